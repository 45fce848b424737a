/* global client, probe */
// What the API asks of the picture, seen in real browsers: rungs, layouts and a shared screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { enter, gather, people, setRung, untilMixed } from './support/people.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let stage;
let browsers;

before(async () => {
  stage = await Stage.set();
  browsers = await Promise.all([stage.open('chromium'), stage.open('firefox')]);
});
after(() => stage?.close());

const height = (member) => member.evaluate(() => client.video.videoHeight);

/** What the browser's decoder has to say of the picture so far. */
const decoding = (member) =>
  member.evaluate(async () => {
    const reports = [...(await client.connection.getStats()).values()];
    const {
      framesDecoded,
      framesDropped,
      freezeCount,
      totalFreezesDuration,
      pliCount,
      packetsLost,
    } = reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    return {
      ...{ framesDecoded, framesDropped, freezeCount, totalFreezesDuration },
      ...{ pliCount, packetsLost },
    };
  });

/** What the server's last report says that it has sent of the picture, and what has come. */
const reported = (member) =>
  member.evaluate(async () => {
    const reports = [...(await client.connection.getStats()).values()];
    const of = (wanted) =>
      reports.find(({ type, kind }) => type === wanted && kind === 'video') ?? {};
    const { packetsSent, bytesSent } = of('remote-outbound-rtp');
    const { packetsReceived, bytesReceived } = of('inbound-rtp');
    return { packetsSent, bytesSent, packetsReceived, bytesReceived };
  });

/** One frame at 25 a second, in RTP's units of a video. */
const FRAME = 3600;
/** How often rungs are changed until a round is calm. */
const kRounds = 4;
/** What nobody takes for a freeze: half a second. A busy machine's encoder leaves out that much. */
const PAUSE = 45_000;

/**
 * How long a freeze took that came between two looks, the mean in seconds. Browsers call it one
 * where a frame comes 150 ms late, as a busy machine's does.
 */
function freezes(before, after) {
  const count = after.freezeCount - before.freezeCount;
  return count && (after.totalFreezesDuration - before.totalFreezesDuration) / count;
}

/** From now on: by how much the RTP timestamp of each frame is later than that of the one before. */
async function stepsFromNow(member) {
  const start = await member.evaluate(() => client.frames.video.length - 1);
  return async () => {
    const times = await member.evaluate((from) => client.frames.video.slice(from), start);
    return times.slice(1).map((time, i) => (time - times[i]) >>> 0);
  };
}

/** 360p, 180p and 720p again, and how that looked to `member`; `other` stays on his rung. */
async function changeRungs(member, other) {
  const stepsOfMember = await stepsFromNow(member);
  const stepsOfOther = await stepsFromNow(other);
  const before = await decoding(member);
  for (const [rung, lines] of [
    ['360p', 360],
    ['180p', 180],
    ['720p', 720],
  ]) {
    await setRung(member, rung);
    await until(`${rung} is seen`, async () => (await height(member)) === lines);
  }
  const [steps, others] = [await stepsOfMember(), await stepsOfOther()];
  const after = await decoding(member);
  return {
    frames: after.framesDecoded - before.framesDecoded,
    // RTP timestamps go on by a frame, or by the smallest step where two rungs meet.
    backwards: steps.filter((step) => step < 90).length,
    // Where a busy machine left out frames of the mix, the other misses them too.
    pauses: steps.filter(
      (step) => step > PAUSE && !others.some((same) => Math.abs(same - step) <= 2 * FRAME),
    ),
    froze: freezes(before, after),
    lost: after.packetsLost - before.packetsLost,
  };
}

for (const [index, name] of ['Chromium', 'Firefox'].entries()) {
  test(`a leg changes its rung without a break in ${name}`, async () => {
    const member = await enter(browsers[index], stage.server, people[0], { followFrames: true });
    const other = await enter(browsers[0], stage.server, people[1], { followFrames: true });
    await gather([member, other]);
    await untilMixed([member, other]);
    // A machine that is busy for a moment spoils one round; a break would be there in each.
    let round;
    for (
      let left = kRounds;
      left > 0 && (!round || round.pauses.length || round.froze > 0.5);
      left--
    ) {
      round = await changeRungs(member, other);
      console.log(`${name}: ${JSON.stringify(round)}`);
      assert.equal(round.backwards, 0, 'RTP timestamps do not go on');
      assert.equal(round.lost, 0, 'packets are missing');
    }
    assert.deepEqual(round.pauses, [], 'the picture paused');
    assert.ok(round.froze <= 0.5, `the picture froze for ${round.froze} s`);

    // A report is a little older than what has come; it counts whatever came by any rung.
    await until('the sender reports tell of what came', async () => {
      const { packetsSent, bytesSent, packetsReceived, bytesReceived } = await reported(member);
      return [packetsSent / packetsReceived, bytesSent / bytesReceived].every(
        (ratio) => ratio > 0.8 && ratio < 1.02,
      );
    });

    await setRung(member, 'audio');
    let frames = -1;
    await until(
      'no more pictures',
      async () => {
        const { framesDecoded } = await decoding(member);
        const still = framesDecoded === frames;
        frames = framesDecoded;
        return still;
      },
      { every: 500 },
    );
    await setRung(member, '720p');
    await until('the picture again', async () => (await decoding(member)).framesDecoded > frames);
    assert.equal(await height(member), 720);
    await Promise.all([member, other].map(({ page }) => page.close()));
  });
}

test('a shared screen takes the stage, and the speaker is told', async () => {
  const members = [
    await enter(browsers[0], stage.server, people[0]),
    await enter(browsers[1], stage.server, people[1]),
  ];
  await gather(members);
  await untilMixed(members);
  const [first] = members;
  await first.evaluate(() => client.share(probe.pictureTrack('rgb(240, 200, 20)')));
  for (const member of members)
    await until(`${member.name} sees the screen`, async () => {
      const { tiles } = await member.look([]);
      const screen = tiles.find(({ source }) => source === 'screen');
      return screen && screen.width > 900 && Math.abs(screen.colour[0] - 240) < 40;
    });
  assert.equal(await first.evaluate(() => client.layout.mode), 'presentation');
  await first.evaluate(() =>
    client.send({ type: 'media:muted', audio_muted: false, video_muted: false, screen: false }),
  );
  await untilMixed(members);
  assert.equal(await first.evaluate(() => client.layout.mode), 'grid');
  await Promise.all(members.map(({ page }) => page.close()));
});
