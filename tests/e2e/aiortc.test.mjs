/* global client */
// A client that is no browser: aiortc, which shares no code with them or with us.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AiortcMember } from './support/aiortc.mjs';
import { enter, gather, people, untilMixed } from './support/people.mjs';
import { Stage } from './support/stage.mjs';

let stage;
let aiortc;

before(async () => (stage = await Stage.set()));
after(async () => {
  try {
    await aiortc?.close();
  } finally {
    await stage?.close();
  }
});

test('Chromium, Firefox and aiortc see and hear each other, VP8 and H.264 in one call', async () => {
  const [ann, bob] = await Promise.all(
    ['chromium', 'firefox'].map(async (kind, index) =>
      enter(await stage.open(kind), stage.server, people[index]),
    ),
  );
  const tones = people.map(({ tone }) => tone);
  aiortc = new AiortcMember(stage.server, people[2], tones);
  const members = [ann, bob, aiortc];
  await gather(members);
  await untilMixed(members);
  for (const member of members)
    console.log(`${member.name} hears ${(await member.look(tones)).heard.join(', ')} dB`);
  assert.deepEqual(aiortc.codecs, ['video/H264']);
  assert.deepEqual(await bob.evaluate(() => client.codecs()), {
    sent: 'video/VP8',
    received: 'video/VP8',
  });
  await aiortc.close();
  await untilMixed([ann, bob]);
});
