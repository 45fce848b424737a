// Kills mulliond at random moments of a call of four that goes on: nobody in it misses a frame or a
// packet, its process mixes on, and after each start the call is there with all who are in it.
//
//   node tests/soak/media_kills.mjs [N]      N kills (50); SEED=7 repeats what it chose
//
// The programs are those in `build`, or those beside the mulliond that MULLIOND names.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { figuresOf } from '../bench/performance.mjs';
import { load } from '../e2e/support/programs.mjs';
import { RecordedCall } from '../e2e/support/recorded_call.mjs';
import { until } from '../e2e/support/until.mjs';
import { chanceFrom } from './chance.mjs';

const count = Number(process.argv[2] ?? 50);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const chance = chanceFrom(seed);
const kPeople = 4;
/** Between two kills at most, and what mullion-load measures for each. */
const kApart = 3;

const stage = await RecordedCall.set();
try {
  const { server } = stage;
  const measured = figuresOf(
    load(),
    [
      ...['--server', server.url, '--server-pid', `${server.process.pid}`],
      ...['--data-dir', server.dataDir, '--people', `${kPeople}`],
      ...['--seconds', `${count * kApart}`],
    ],
    [1],
  );
  const inCall = (call) =>
    call.participants.filter(({ state }) => state === 'connected').length === kPeople;
  const before = await until('four in a call', async () => {
    const { calls } = await stage.ask('GET', '/calls?status=active');
    return calls.find(inCall);
  });
  const pid = server.callPid(before.id);
  for (let kill = 1; kill <= count; ++kill) {
    // The moment of the kill is what is tried.
    await pause(chance() * kApart * 700);
    await server.kill();
    await server.startAgain();
    const after = await stage.ask('GET', `/call/${before.id}`);
    assert.ok(inCall(after), `kill ${kill}: ${JSON.stringify(after.participants)}`);
    assert.equal(after.answered_at, before.answered_at);
    process.kill(pid, 0);
  }
  const { picture, sound } = await measured;
  console.log(
    `seed ${seed}: ${count} kills, pictures missing ${picture.missing} of ${picture.expected}, ` +
      `sound ${sound.missing} of ${sound.expected}, longest gap ${picture.longest_gap_ms} ms, ` +
      `${picture.freezes} freezes`,
  );
  process.exitCode = picture.missing + sound.missing + picture.freezes > 0 ? 1 : 0;
} finally {
  await stage.close();
}
