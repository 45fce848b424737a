// Recordings from the API to the file, judged by ffmpeg: of a call that goes well, and while
// processes are killed.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
// What is recorded meanwhile is as long as that.
import { setTimeout as pause } from 'node:timers/promises';

import { decode, errorsIn, levelOf } from './support/received.mjs';
import { judgeMatroska, RecordedCall } from './support/recorded_call.mjs';
import { until } from './support/until.mjs';

let stage;
beforeEach(async () => (stage = await RecordedCall.set()));
afterEach(() => stage?.close());

for (const format of ['mp4', 'webm'])
  test(`a ${format} is recorded, paused, listed, loaded and erased`, async () => {
    await stage.gather();
    const { callId } = stage;
    const started = await stage.ask('POST', `/call/${callId}/recording`, {
      body: { format },
      status: 201,
    });
    assert.equal(started.status, 'recording');
    assert.equal((await stage.ask('GET', `/call/${callId}`)).recording.id, started.id);
    assert.equal(
      (await stage.ask('POST', `/call/${callId}/recording`, { status: 409 })).code,
      'conflict',
    );
    const startedAt = Date.now();
    await pause(1000 * 3);
    assert.equal((await stage.ask('POST', `/call/${callId}/recording/pause`)).status, 'paused');
    const pausedAt = Date.now();
    await pause(1000 * 2);
    const resumedAt = Date.now();
    assert.equal((await stage.ask('POST', `/call/${callId}/recording/resume`)).status, 'recording');
    await pause(1000 * 3);
    assert.equal((await stage.ask('DELETE', `/call/${callId}/recording`)).status, 'mending');
    const stoppedAt = Date.now();
    assert.equal((await stage.ask('GET', `/call/${callId}`)).recording, null);
    const recording = await stage.ended(started.id);
    assert.equal(recording.status, 'ready', recording.reason);
    assert.equal(recording.parts.length, 1);
    // The pause is not in it, however long requests took. Key frames are waited for twice.
    const longest = (pausedAt - startedAt + stoppedAt - resumedAt) / 1000 + 0.5;
    assert.ok(recording.duration > 3, `${recording.duration} s`);
    assert.ok(recording.duration < longest, `${recording.duration} s of ${longest} s`);
    await stage.check(recording, recording.parts[0]);

    const list = await stage.ask('GET', `/recordings?call_id=${callId}`);
    assert.deepEqual(
      list.recordings.map(({ id }) => id),
      [recording.id],
    );
    const picture = await fetch(recording.preview_url);
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
    assert.ok((await (await fetch(recording.waveform_url)).json()).peaks.some((peak) => peak > 5));
    const forged = recording.parts[0].url.replace(/sig=\d/, 'sig=9');
    assert.equal((await fetch(forged)).status, 401);
    await stage.ask('DELETE', `/recordings/${recording.id}`);
    assert.equal(
      (await stage.ask('GET', `/recordings/${recording.id}`, { status: 404 })).code,
      'not_found',
    );
  });

test('processes are killed meanwhile: the recording goes on in another part', async () => {
  await stage.gather();
  const { callId } = stage;
  const { id } = await stage.ask('POST', `/call/${callId}/recording`, { body: {}, status: 201 });
  await pause(1000 * 3);
  const pid = stage.server.callPid(callId);
  process.kill(pid, 'SIGKILL');
  await until('the next process records', async () => {
    const { parts } = await stage.ask('GET', `/recordings/${id}`);
    return parts.length === 2;
  });
  await pause(1000 * 3);
  await stage.server.kill();
  await pause(1000 * 1);
  await stage.server.startAgain();
  assert.equal((await stage.ask('GET', `/call/${callId}`)).recording.id, id);
  await pause(1000 * 2);
  await stage.ask('POST', `/call/${callId}/end`);
  const recording = await stage.ended(id);
  assert.equal(recording.status, 'ready', recording.reason);
  assert.deepEqual(
    recording.parts.map(({ index }) => index),
    [1, 2],
  );
  const [first, second] = recording.parts;
  await stage.check(recording, first);
  await stage.check(recording, second);
  // Two seconds may be lost by a kill, none by mulliond's.
  assert.ok(first.duration > 1, `${first.duration} s before the kill`);
  assert.ok(second.duration > 5, `${second.duration} s after it`);
});

test('a call that is made to be recorded is, and ends with it', async () => {
  const { id: callId } = await stage.ask('POST', '/call/initiate', {
    body: { participants: [], open: true, record: true, type: 'audio' },
    headers: { 'x-user-id': 'ann' },
    status: 201,
  });
  const { recording } = await stage.ask('GET', `/call/${callId}`);
  assert.equal(recording.video, false);
  await pause(1000 * 3);
  await stage.ask('POST', `/call/${callId}/end`);
  const done = await stage.ended(recording.id);
  assert.equal(done.status, 'ready', done.reason);
  assert.ok(done.duration > 1);
});

test('participants’ own tracks are kept beside it, also when the process is killed', async () => {
  await stage.gather();
  const { callId } = stage;
  const { id } = await stage.ask('POST', `/call/${callId}/recording`, {
    body: { format: 'mp4', tracks: true },
    status: 201,
  });
  const begun = (count) =>
    until(`${count} tracks`, async () => {
      const { tracks } = await stage.ask('GET', `/recordings/${id}`);
      return tracks.length === count && tracks;
    });
  await begun(4);
  await pause(1000 * 4);
  process.kill(stage.server.callPid(callId), 'SIGKILL');
  await begun(8);
  await pause(1000 * 4);
  await stage.ask('DELETE', `/call/${callId}/recording`);
  const recording = await stage.ended(id);
  assert.equal(recording.status, 'ready', recording.reason);
  assert.equal(recording.tracks.length, 8);
  for (const { userId, tone } of stage.people) {
    const own = recording.tracks.filter((track) => track.user_id === userId);
    assert.deepEqual(own.map(({ source }) => source).sort(), [
      'camera',
      'camera',
      'sound',
      'sound',
    ]);
    for (const track of own) {
      assert.ok(track.duration > 1.5, `${track.source}: ${track.duration} s`);
      assert.ok(Math.abs(Date.parse(track.started_at) - Date.now()) < 120_000);
      const file = await stage.load(track.url, `${track.index}.mkv`);
      judgeMatroska(file);
      assert.equal(errorsIn(['-i', file]), '');
      const isSound = track.source === 'sound';
      const { frames, sound } = decode(['-i', file], { kinds: isSound ? 'a' : 'v' });
      if (isSound) assert.ok(levelOf(sound, tone) > -40);
      else assert.ok(frames > 25, `${frames} frames`);
    }
  }
});
