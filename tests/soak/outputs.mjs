// Starts and stops recordings of a call of four over and over: nobody in it misses a frame or a
// packet, and the call's process is as large afterwards as it was after the first few.
//
//   node tests/soak/outputs.mjs [N]      N starts and stops (100)
//
// The programs are those in `build`, or those beside the mulliond that MULLIOND names.
import { setTimeout as pause } from 'node:timers/promises';

import { RecordedCall } from '../e2e/support/recorded_call.mjs';
import { load } from '../e2e/support/programs.mjs';
import { until } from '../e2e/support/until.mjs';
import { figuresOf } from '../bench/performance.mjs';
import { settled } from './figures.mjs';

const count = Number(process.argv[2] ?? 100);
/** What a round takes, and joining before and leaving after all. */
const kRound = 1.5;
const kWarmUp = 10;

const stage = await RecordedCall.set();
let failed = false;
try {
  const { server } = stage;
  const measured = figuresOf(
    load(),
    [
      ...['--server', server.url, '--server-pid', `${server.process.pid}`],
      ...['--data-dir', server.dataDir, '--people', '4'],
      ...['--seconds', `${Math.round(count * kRound)}`],
    ],
    [1],
  );
  const callId = await until('four in a call', async () => {
    const { calls } = await stage.ask('GET', '/calls?status=active');
    const call = calls.find(
      ({ participants }) => participants.filter((p) => p.state === 'connected').length === 4,
    );
    return call?.id;
  });
  const pid = server.callPid(callId);
  let warm;
  for (let round = 1; round <= count; ++round) {
    const format = round % 2 ? 'mp4' : 'webm';
    await stage.ask('POST', `/call/${callId}/recording`, { body: { format }, status: 201 });
    await pause(500);
    const { id } = await stage.ask('DELETE', `/call/${callId}/recording`);
    await stage.ended(id);
    await stage.ask('DELETE', `/recordings/${id}`);
    if (round === kWarmUp) warm = await settled(pid);
  }
  const now = await settled(pid);
  const { picture, sound } = await measured;
  console.log(JSON.stringify({ warm, now, picture, sound }, null, 2));
  failed = picture.missing > 0 || sound.missing > 0;
} finally {
  await stage.close();
}
process.exitCode = failed ? 1 : 0;
