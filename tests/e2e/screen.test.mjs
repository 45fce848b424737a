/* global client, desktop */
// Whether a shared screen can be read.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { enter, gather, people, setRung, untilMixed } from './support/people.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';

/**
 * Of the structural similarity between the text in the decoded composite and the text of the screen,
 * scaled alike. Seen by VP8 and H.264 alike: 0.96 to 0.98 in the first picture, 0.99 some seconds
 * later. The 360p rung, which nobody can read, has 0.62; the page at half its size and back, 0.64.
 * Half the bit rate does not blur: a page comes later, but with 0.96. 0.2 Mbit/s begin with 0.91.
 */
const kReadable = 0.9;
const kBlurred = 0.8;

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.close());

const likeness = (member, page) =>
  member.evaluate((url) => desktop.likeness(client.video, client.layout, url), page);

const untilReadable = (member, page) =>
  until(`${member.name} can read the screen`, async () => {
    const found = await likeness(member, page);
    if (found < kReadable) throw new Error(`a similarity of ${found.toFixed(3)}`);
    return found;
  });

/** Keeps the composite as `member` decodes it, where MULLION_SCREENSHOTS names a folder. */
async function keep(member, name) {
  const folder = process.env.MULLION_SCREENSHOTS;
  if (!folder) return;
  const url = await member.evaluate(() =>
    desktop.composite(client.video, client.layout).toDataURL(),
  );
  writeFileSync(join(folder, name), Buffer.from(url.split(',')[1], 'base64'));
}

test('text of 12 points on a shared screen can be read, by VP8 and by H.264', async () => {
  const [chromium, firefox] = await Promise.all([stage.open('chromium'), stage.open('firefox')]);
  const members = [
    await enter(chromium, stage.server, people[0]),
    await enter(chromium, stage.server, people[1], { codec: 'H264' }),
    await enter(firefox, stage.server, people[2]),
  ];
  await gather(members);
  await untilMixed(members);
  const [speaker, ...viewers] = members;
  const first = await speaker.evaluate(async () => {
    const page = desktop.turnTo(0);
    await client.share(desktop.track());
    return page;
  });
  for (const viewer of viewers) await untilReadable(viewer, first);

  // Not only what a key frame brings.
  const second = await speaker.evaluate(() => desktop.turnTo(1));
  for (const viewer of viewers) {
    const found = await untilReadable(viewer, second);
    console.log(`${viewer.name} sees the next page with a similarity of ${found.toFixed(3)}`);
  }
  await keep(viewers[0], 'screen-share.png');

  // The measure tells what cannot be read.
  const [viewer] = viewers;
  await setRung(viewer, '360p');
  await until('360p is seen', () => viewer.evaluate(() => client.video.videoHeight === 360));
  const blurred = await likeness(viewer, second);
  console.log(`at 360p it has ${blurred.toFixed(3)}`);
  assert.ok(blurred < kBlurred, `${blurred}`);
});
