/* global client */
// Three people in one mixed picture, in real browsers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { enter, gather, people, untilMixed } from './support/people.mjs';
import { Stage } from './support/stage.mjs';

let stage;
let chromium;
let firefox;

before(async () => {
  stage = await Stage.set();
  [chromium, firefox] = await Promise.all([stage.open('chromium'), stage.open('firefox')]);
});
after(() => stage?.close());

const mixes = {
  'two in Chromium, one in Firefox': () => [chromium, firefox, chromium],
  'one in Chromium, two in Firefox': () => [firefox, chromium, firefox],
};

test('VP8 and H.264 in one call see the same mix', async () => {
  const members = [
    await enter(chromium, stage.server, people[0], { codec: 'H264' }),
    await enter(chromium, stage.server, people[1], { codec: 'VP8' }),
    await enter(firefox, stage.server, people[2]),
  ];
  await gather(members);
  await untilMixed(members);
  for (const [index, codec] of ['video/H264', 'video/VP8', 'video/VP8'].entries())
    assert.deepEqual(await members[index].evaluate(() => client.codecs()), {
      sent: codec,
      received: codec,
    });
  await Promise.all(members.map(({ page }) => page.close()));
});

for (const [title, browsers] of Object.entries(mixes)) {
  test(`everyone sees all and hears the others: ${title}`, async () => {
    const members = [];
    for (const [index, browser] of browsers().entries())
      members.push(await enter(browser, stage.server, people[index]));
    await gather(members);
    await untilMixed(members);
    for (const member of members) {
      const { heard } = await member.look(members.map(({ tone }) => tone));
      console.log(`${member.name} hears ${heard.join(', ')} dB of himself and the others`);
      assert.equal(
        await member.evaluate(() => client.streams),
        'mullion',
        'sound and picture are one stream',
      );
    }
    await Promise.all(members.map(({ page }) => page.close()));
  });
}
