// Kills the process of a call, or mulliond, at random moments of recordings, and looks at what is
// left of each: all but the last two seconds plays, and each is listed.
//
//   node tests/soak/recording_kills.mjs [N]      N kills (20); SEED=7 repeats what it chose
//
// The programs are those in `build`, or those beside the mulliond that MULLIOND names.
import { setTimeout as pause } from 'node:timers/promises';

import { RecordedCall } from '../e2e/support/recorded_call.mjs';
import { until } from '../e2e/support/until.mjs';
import { chanceFrom } from './chance.mjs';

const count = Number(process.argv[2] ?? 20);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const random = chanceFrom(seed);
const stage = await RecordedCall.set();
let worst = 0;
let bad = 0;
try {
  const { server } = stage;
  for (let round = 1; round <= count; ++round) {
    // A call whose process dies three times in a minute is given up.
    await stage.gather();
    const { callId } = stage;
    const format = random() < 0.5 ? 'mp4' : 'webm';
    const victim = random() < 0.5 ? 'call' : 'mulliond';
    const seconds = 2 + random() * 6;
    const id = await stage.record({ format });
    const began = Date.now();
    await pause(seconds * 1000);
    const length = (Date.now() - began) / 1000;
    if (victim === 'call') {
      const pid = server.callPid(callId);
      process.kill(pid, 'SIGKILL');
      await until('another process', () => server.callPid(callId) !== pid);
    } else {
      // Both, so that nothing goes on: what is found at the start is made whole.
      const pid = server.callPid(callId);
      await server.kill();
      process.kill(pid, 'SIGKILL');
      await server.startAgain();
    }
    await until('people are back', async () => {
      const { participants } = await stage.ask('GET', `/call/${callId}`);
      return participants.filter(({ state }) => state === 'connected').length === 2;
    });
    await pause(1000);
    await stage.ask('DELETE', `/call/${callId}/recording`);
    const recording = await stage.ended(id);
    const [first] = recording.parts;
    const lost = first ? length - first.duration : length;
    worst = Math.max(worst, lost);
    let fault = recording.status === 'ready' && lost <= 2 ? '' : 'BAD ';
    for (const part of recording.parts)
      await stage.check(recording, part).catch((error) => (fault = `BAD ${error.message} `));
    const { recordings } = await stage.ask('GET', `/recordings?call_id=${callId}`);
    if (!recordings.some((listed) => listed.id === id)) fault = 'BAD not listed ';
    await stage.ask('POST', `/call/${callId}/end`);
    await stage.disperse();
    if (fault) ++bad;
    console.log(
      `${round}/${count} ${format}, ${victim} after ${length.toFixed(1)} s: ` +
        `${fault}${recording.status}, ${recording.parts.length} parts, ${lost.toFixed(2)} s lost`,
    );
  }
} finally {
  await stage.close();
}
console.log(`seed ${seed}: ${count - bad} of ${count} whole, ${worst.toFixed(2)} s lost at most`);
process.exitCode = bad === 0 ? 0 : 1;
