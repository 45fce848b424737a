// The power of the disk under a recording is cut: the call goes on, and once the disk is there again
// all but the last two seconds of the recording plays.
//
// POWER_CUTS=20 cuts it so often.
import assert from 'node:assert/strict';
import { test } from 'node:test';
// What is recorded meanwhile is as long as that.
import { setTimeout as pause } from 'node:timers/promises';

import { CutDisk } from './support/cut_disk.mjs';
import { RecordedCall } from './support/recorded_call.mjs';
import { until } from './support/until.mjs';

const kCuts = Number(process.env.POWER_CUTS ?? 1);

const connected = async (stage) => {
  const { participants } = await stage.ask('GET', `/call/${stage.callId}`);
  return participants.filter(({ state }) => state === 'connected').length === 2;
};

async function cutOnce(t, format, seconds) {
  const disk = CutDisk.make();
  const stage = await RecordedCall.set({ MULLION_RECORDINGS_DIR: disk.path });
  try {
    await stage.gather();
    const id = await stage.record({ format });
    const began = Date.now();
    await pause(seconds * 1000);
    const length = (Date.now() - began) / 1000;
    disk.cut();
    const failed = await stage.ended(id);
    assert.equal(failed.status, 'failed');
    assert.match(failed.reason, /Input\/output error|Read-only/i);
    assert.ok(await connected(stage), 'the call goes on');
    // The machine goes down, and comes up again.
    const pids = stage.server.callPids();
    await stage.server.kill();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until('their end', () => stage.server.callPids().length === 0);
    disk.mountAgain();
    await stage.server.startAgain();
    // What had failed could not be written down: as the call goes on, so does its recording.
    await until('people are back', () => connected(stage));
    await stage.ask('DELETE', `/call/${stage.callId}/recording`);
    const recording = await stage.ended(id);
    assert.equal(recording.status, 'ready', recording.reason);
    const lost = length - recording.parts[0].duration;
    t.diagnostic(`${format}: ${lost.toFixed(2)} s of ${length.toFixed(1)} s lost`);
    assert.ok(lost <= 2, `${lost} s lost`);
    for (const part of recording.parts) await stage.check(recording, part);
  } finally {
    await stage.close();
    disk.remove();
  }
}

test(
  'a recording outlives the power of its disk',
  { skip: CutDisk.obstacle() ?? false },
  async (t) => {
    for (let round = 0; round < kCuts; ++round)
      await cutOnce(t, round % 2 ? 'webm' : 'mp4', 3 + ((round * 1.3) % 4));
  },
);
