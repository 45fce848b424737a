/* global client */
// Either process may die.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { enter, gather, people, untilMixed } from './support/people.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';

/** Times depend on the machine; they fail a test only where they are asked to. */
const strict = process.env.STRICT_TIMES === '1';

let stage;
beforeEach(async () => (stage = await Stage.set()));
afterEach(() => stage.close());

/** A call of one person a browser: a page behind another one is slowed down. */
async function call(kinds, options) {
  const members = await Promise.all(
    kinds.map(async (kind, index) =>
      enter(await stage.open(kind), stage.server, people[index], options),
    ),
  );
  const callId = await gather(members);
  await untilMixed(members);
  return { members, callId };
}

test('the process of a call is killed: everybody is back in the full mix', async () => {
  const { members, callId } = await call(['chromium', 'firefox', 'chromium']);
  const pid = stage.server.callPid(callId);
  const killedAt = Date.now();
  process.kill(pid, 'SIGKILL');
  // The picture that is on the screen still shows everybody; wait for the new legs' first.
  await Promise.all(
    members.map((member) =>
      until('a new leg is connected', () =>
        member.evaluate(
          () =>
            client.legs === 2 &&
            !client.before &&
            client.connection.connectionState === 'connected',
        ),
      ),
    ),
  );
  await untilMixed(members);
  const seconds = (Date.now() - killedAt) / 1000;
  console.log(`everybody was in the full mix again ${seconds.toFixed(2)} s after the kill`);
  assert.notEqual(stage.server.callPid(callId), pid);
  if (strict) assert.ok(seconds < 3);
});

/** One frame in units of the RTP clock: 20 ms of 48 kHz, 40 ms of 90 kHz. */
const kFrame = { audio: 960, video: 3600 };

/** The steps between consecutive timestamps that are not one frame, and where they are. */
function faults(kind, timestamps) {
  return timestamps
    .slice(1)
    .map((timestamp, index) => ({ index, step: (timestamp - timestamps[index]) | 0 }))
    .filter(({ step }) => step !== kFrame[kind]);
}

test('mulliond is killed and started again: nobody misses a frame', async () => {
  const { members, callId } = await call(['chromium', 'firefox'], { followFrames: true });
  const { server } = stage;
  const pid = server.callPid(callId);
  // A machine without time for the mix skips frames by itself (pipelines/mix/rung.cpp): it has to
  // keep up with all its browsers started before anything can be seen of a crash.
  await Promise.all(
    members.map((member) =>
      until('three seconds in which no frame is skipped', async () => {
        const { audio, video } = await member.evaluate(() => client.frames);
        return (
          video.length > 75 &&
          faults('video', video.slice(-75)).length === 0 &&
          faults('audio', audio.slice(-150)).length === 0
        );
      }),
    ),
  );
  const before = await Promise.all(
    members.map((member) =>
      member.evaluate(() => {
        // The last one that is known, and then all that come.
        for (const kind of ['audio', 'video'])
          client.frames[kind].splice(0, client.frames[kind].length - 1);
        return { sockets: client.sockets, legs: client.legs };
      }),
    ),
  );
  const killedAt = Date.now();
  await server.kill('SIGKILL');
  await server.startAgain();
  await Promise.all(
    members.map((member, index) =>
      until('the WebSocket is back with the call', () =>
        member.evaluate(
          (sockets, id) => client.sockets > sockets && client.hellos.at(-1).includes(id),
          before[index].sockets,
          callId,
        ),
      ),
    ),
  );
  const seconds = (Date.now() - killedAt) / 1000;
  const atReturn = await Promise.all(members.map((member) => member.evaluate(() => client.frames)));
  await Promise.all(
    members.map((member, index) =>
      until('five more seconds of frames', () =>
        member.evaluate(
          ({ audio, video }) =>
            client.frames.audio.length > audio + 250 && client.frames.video.length > video + 125,
          { audio: atReturn[index].audio.length, video: atReturn[index].video.length },
        ),
      ),
    ),
  );
  const later = await Promise.all(
    members.map((member) => member.evaluate(() => ({ frames: client.frames, legs: client.legs }))),
  );
  console.log(`the WebSockets were back ${seconds.toFixed(2)} s after the kill`);
  for (const [index, { frames, legs }] of later.entries()) {
    const { name } = members[index];
    console.log(
      `${name}: ${frames.video.length} pictures, ${frames.audio.length} packets of sound`,
    );
    for (const kind of ['audio', 'video'])
      assert.deepEqual(faults(kind, frames[kind]), [], `${name}'s ${kind} goes on frame by frame`);
    assert.equal(legs, before[index].legs, 'no new leg was needed');
  }
  process.kill(pid, 0); // The same process mixes on.
  if (strict) assert.ok(seconds < 3);
  await untilMixed(members);
});
