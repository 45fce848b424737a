// Recordings from the API to the file, judged by ffmpeg: of a call that goes well, and while
// processes are killed.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import { afterEach, beforeEach, test } from 'node:test';

import { mulliond, participant } from './support/programs.mjs';
import { Server } from './support/server.mjs';
import { until } from './support/until.mjs';

let folder, server, key, crowd;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mullion-recording-'));
  const made = spawnSync(mulliond(), ['--make-api-key', 'test', 'admin'], { encoding: 'utf8' });
  const keys = join(folder, 'keys');
  writeFileSync(keys, made.stdout);
  key = made.stderr.trim().split(' ').at(-1);
  server = await Server.start({
    env: { MULLION_AUTH_API_KEYS_FILE: keys, MULLION_RECORDINGS_MIN_FREE: '0' },
  });
});
afterEach(async () => {
  if (crowd?.exitCode === null) {
    const ended = once(crowd, 'exit');
    crowd.kill('SIGINT');
    await ended;
  }
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns the answer's body; `refused`: a status other than 2xx is expected. */
async function ask(method, path, { body, headers = {}, status } = {}) {
  const answer = await fetch(`${server.url}/api/webrtc${path}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const json = await answer.json();
  if (status) assert.equal(answer.status, status, JSON.stringify(json));
  else assert.ok(answer.ok, `${method} ${path}: ${JSON.stringify(json)}`);
  return json;
}

/** Two people with a colour and a tone each. @returns the id of their call. */
async function startCall() {
  crowd = spawn(
    participant(),
    ['--server', server.url, '--count', '2', '--scene', 'test', '--title', 'Tea'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [callId] = await once(readline.createInterface({ input: crowd.stdout }), 'line');
  await until('two people in the call', async () => {
    const { participants } = await ask('GET', `/call/${callId}`);
    return participants.filter(({ state }) => state === 'connected').length === 2;
  });
  return callId;
}

/** Waits until `seconds` more of the recording are on the disk, as far as its files tell. */
async function untilRecorded(seconds) {
  const end = Date.now() + seconds * 1000;
  await until('time passes', () => Date.now() > end, { deadline: 120_000 });
}

const ended = (id) =>
  until(
    'the end of the recording',
    async () => {
      const recording = await ask('GET', `/recordings/${id}`);
      return ['ready', 'failed'].includes(recording.status) && recording;
    },
    { deadline: 120_000 },
  );

/** What ffprobe says of a file. */
function probe(file) {
  const words = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file];
  return JSON.parse(execFileSync('ffprobe', words, { encoding: 'utf8' }));
}

/** Loads a part by its signed address, decodes all of it, and checks what the recording says. */
async function check(recording, part, format) {
  const answer = await fetch(part.url);
  assert.equal(answer.status, 200);
  const file = join(folder, `${recording.id}.${part.index}.${format}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.length, part.bytes);
  writeFileSync(file, bytes);
  const sum = execFileSync('sha256sum', [file], { encoding: 'utf8' }).split(' ')[0];
  assert.equal(sum, part.sha256);
  const decoded = spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-'], {
    encoding: 'utf8',
  });
  assert.equal(decoded.stderr, '');
  const { streams, format: container } = probe(file);
  const codecs = streams.map(({ codec_name: codec }) => codec).sort();
  assert.deepEqual(codecs, format === 'mp4' ? ['aac', 'h264'] : ['opus', 'vp8']);
  assert.ok(Math.abs(Number(container.duration) - part.duration) < 0.2);
  const tail = await fetch(part.url, { headers: { range: `bytes=-1000` } });
  assert.equal(tail.status, 206);
  assert.ok(bytes.subarray(-1000).equals(Buffer.from(await tail.arrayBuffer())));
  return file;
}

for (const format of ['mp4', 'webm'])
  test(`a ${format} is recorded, paused, listed, loaded and erased`, async () => {
    const callId = await startCall();
    const started = await ask('POST', `/call/${callId}/recording`, {
      body: { format },
      status: 201,
    });
    assert.equal(started.status, 'recording');
    assert.equal((await ask('GET', `/call/${callId}`)).recording.id, started.id);
    assert.equal(
      (await ask('POST', `/call/${callId}/recording`, { status: 409 })).code,
      'conflict',
    );
    await untilRecorded(3);
    assert.equal((await ask('POST', `/call/${callId}/recording/pause`)).status, 'paused');
    await untilRecorded(2);
    assert.equal((await ask('POST', `/call/${callId}/recording/resume`)).status, 'recording');
    await untilRecorded(3);
    assert.equal((await ask('DELETE', `/call/${callId}/recording`)).status, 'mending');
    assert.equal((await ask('GET', `/call/${callId}`)).recording, null);
    const recording = await ended(started.id);
    assert.equal(recording.status, 'ready', recording.reason);
    assert.equal(recording.parts.length, 1);
    // The pause is not in it.
    assert.ok(recording.duration > 4 && recording.duration < 7.5, `${recording.duration} s`);
    await check(recording, recording.parts[0], format);

    const list = await ask('GET', `/recordings?call_id=${callId}`);
    assert.deepEqual(
      list.recordings.map(({ id }) => id),
      [recording.id],
    );
    const picture = await fetch(recording.preview_url);
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
    assert.ok((await (await fetch(recording.waveform_url)).json()).peaks.some((peak) => peak > 5));
    const forged = recording.parts[0].url.replace(/sig=\d/, 'sig=9');
    assert.equal((await fetch(forged)).status, 401);
    await ask('DELETE', `/recordings/${recording.id}`);
    assert.equal(
      (await ask('GET', `/recordings/${recording.id}`, { status: 404 })).code,
      'not_found',
    );
  });

test('processes are killed meanwhile: the recording goes on in another part', async () => {
  const callId = await startCall();
  const { id } = await ask('POST', `/call/${callId}/recording`, { body: {}, status: 201 });
  await untilRecorded(3);
  const pid = server.callPid(callId);
  process.kill(pid, 'SIGKILL');
  await until('the next process records', async () => {
    const { parts } = await ask('GET', `/recordings/${id}`);
    return parts.length === 2;
  });
  await untilRecorded(3);
  await server.kill();
  await untilRecorded(1);
  await server.startAgain();
  assert.equal((await ask('GET', `/call/${callId}`)).recording.id, id);
  await untilRecorded(2);
  await ask('POST', `/call/${callId}/end`);
  const recording = await ended(id);
  assert.equal(recording.status, 'ready', recording.reason);
  assert.deepEqual(
    recording.parts.map(({ index }) => index),
    [1, 2],
  );
  const [first, second] = recording.parts;
  await check(recording, first, 'mp4');
  await check(recording, second, 'mp4');
  // Two seconds may be lost by a kill, none by mulliond's.
  assert.ok(first.duration > 1, `${first.duration} s before the kill`);
  assert.ok(second.duration > 5, `${second.duration} s after it`);
});

test('a call that is made to be recorded is, and ends with it', async () => {
  const { id: callId } = await ask('POST', '/call/initiate', {
    body: { participants: [], open: true, record: true, type: 'audio' },
    headers: { 'x-user-id': 'ann' },
    status: 201,
  });
  const { recording } = await ask('GET', `/call/${callId}`);
  assert.equal(recording.video, false);
  await untilRecorded(3);
  await ask('POST', `/call/${callId}/end`);
  const done = await ended(recording.id);
  assert.equal(done.status, 'ready', done.reason);
  assert.ok(done.duration > 1);
});
