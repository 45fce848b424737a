// Recordings on their way to a storage, which is away, is cut off, gets bytes wrong, and is killed
// for; and out of it again.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
// What is recorded meanwhile is as long as that.
import { setTimeout as pause } from 'node:timers/promises';

import { Films } from './support/films.mjs';
import { RecordedCall } from './support/recorded_call.mjs';
import { Storage } from './support/storage.mjs';
import { until } from './support/until.mjs';

const kMiB = 1 << 20;

let storage, films;
beforeEach(async () => {
  storage = await Storage.start();
  films = null;
});
afterEach(async () => {
  await films?.close();
  await storage.close();
});

/** What a test holds back until it opens it. */
function gate(matches) {
  const passed = {};
  passed.opens = new Promise((resolve) => (passed.open = resolve));
  passed.holds = (request) => {
    if (!matches(request)) return false;
    passed.hasOne = true;
    return passed.opens;
  };
  return passed;
}

const isPart = (number) => (request) => request.method === 'PUT' && request.part === number;

test('a large and a small file go, are compared, loaded by a redirect, and are here no more', async () => {
  films = await Films.set(storage.env);
  const third = gate(isPart(3));
  const last = gate(
    ({ method, key }) => method === 'PUT' && key.endsWith('.json') && !key.includes('waveform'),
  );
  storage.holdsBefore = (request) => third.holds(request) || last.holds(request);
  const large = await films.record(12 * kMiB);
  await until('the third part', () => third.hasOne);
  const going = await films.become(large, 'uploading');
  assert.equal(going.uploaded, 10 * kMiB);
  assert.equal(await films.metric('mullion_uploads_waiting'), 1);
  assert.equal(await films.metric('mullion_uploaded_bytes_total'), 10 * kMiB);
  // It is served from here meanwhile.
  assert.equal((await films.load(going.parts[0])).url, going.parts[0].url);
  third.open();
  await until('what is known of it', () => last.hasOne);
  assert.ok(films.filesOf(large).includes('1.mp4'));
  last.open();
  const stored = await films.become(large, 'stored');
  assert.equal(stored.uploaded, undefined);
  await until('the media’s end here', () => !films.filesOf(large).includes('1.mp4'));
  assert.deepEqual(films.filesOf(large), ['jpg', 'json', 'waveform.json']);

  const small = await films.record(1000);
  const other = await films.become(small, 'stored');
  const names = ['1.mp4', 'jpg', 'json', 'waveform.json'];
  for (const id of [large, small]) {
    const keys = storage.keys().filter((key) => key.includes(id));
    assert.deepEqual(
      keys.map((key) => key.slice(key.indexOf(id) + id.length + 1)),
      names,
    );
    assert.match(keys[0], /^all\/\d{4}\/\d\d\/\d\d\/[^/]+\/\d{6}-/);
  }
  assert.equal(storage.unfinished, 0);
  // Each went once.
  assert.equal(storage.puts(`${large}.1.mp4`, 1), 1);
  assert.equal(storage.puts(`${small}.1.mp4`), 1);

  for (const { parts } of [stored, other]) {
    const [part] = parts;
    const { bytes, url } = await films.load(part);
    assert.equal(Number(new URL(url).port), storage.port);
    const manual = await fetch(part.url, { redirect: 'manual' });
    assert.equal(manual.status, 307);
    assert.equal(manual.headers.get('cache-control'), 'no-store');
    assert.equal(new URL(manual.headers.get('location')).searchParams.get('X-Amz-Expires'), '900');
    const tail = await fetch(part.url, { headers: { range: 'bytes=-1000' } });
    assert.equal(tail.status, 206);
    assert.ok(bytes.subarray(-1000).equals(Buffer.from(await tail.arrayBuffer())));
    const head = await fetch(part.url, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(Number(head.headers.get('content-length')), part.bytes);
    assert.equal((await fetch(part.url.replace(/sig=\d/, 'sig=9'))).status, 401);
  }
  // Pages may load from there.
  const page = await fetch(`${films.server.url}/client.html`);
  const policy = page.headers.get('content-security-policy');
  assert.match(policy, new RegExp(`media-src [^;]*127.0.0.1:${storage.port}`));

  // What is beside it stays here.
  const answer = await fetch(stored.waveform_url);
  assert.equal(answer.status, 200);

  await until(
    'the last webhook',
    () => films.told.filter(({ type }) => type === 'recording:stored').length === 2,
  );
  const told = films.told.filter(({ recording }) => recording.id === large);
  assert.deepEqual(
    told.map(({ type, recording }) => [type, recording.status]),
    [
      ['recording:started', 'recording'],
      ['recording:stopped', 'mending'],
      ['recording:ready', 'uploading'],
      ['recording:stored', 'stored'],
    ],
  );
  assert.equal(await films.metric('mullion_uploads_waiting'), 0);
  assert.deepEqual(
    (await films.ask('GET', '/recordings?status=stored')).recordings.map(({ id }) => id).sort(),
    [large, small].sort(),
  );
});

test('real media goes and comes back as it was', async () => {
  const stage = await RecordedCall.set(storage.env);
  try {
    await stage.gather();
    const { id } = await stage.ask('POST', `/call/${stage.callId}/recording`, {
      body: {},
      status: 201,
    });
    await pause(1000 * 3);
    await stage.ask('DELETE', `/call/${stage.callId}/recording`);
    const recording = await until('stored', async () => {
      const current = await stage.ask('GET', `/recordings/${id}`);
      return current.status === 'stored' && current;
    });
    await stage.check(recording, recording.parts[0]);
  } finally {
    await stage.close();
  }
});

test('mulliond is killed meanwhile: what has come is not sent again', async () => {
  films = await Films.set(storage.env);
  // The answer to the second part never comes: the storage has it, and mulliond does not know.
  const second = gate(isPart(2));
  let asked = 0;
  storage.holdsAfter = second.holds;
  const id = await films.record(17 * kMiB);
  await until('the second part', () => second.hasOne);
  await films.server.kill();
  second.open();
  asked = storage.log.filter(({ method, upload }) => method === 'GET' && upload).length;
  // Killed again while it sends the third.
  const third = gate(isPart(3));
  storage.holdsBefore = third.holds;
  storage.holdsAfter = () => false;
  await films.server.startAgain();
  await until('the third part', () => third.hasOne);
  await films.server.kill();
  storage.holdsBefore = () => false;
  await films.server.startAgain();
  const stored = await films.become(id, 'stored');
  third.open();
  await films.load(stored.parts[0]);
  const film = `${id}.1.mp4`;
  assert.equal(storage.puts(film, 1), 1);
  assert.equal(storage.puts(film, 2), 1);
  assert.equal(storage.puts(film, 4), 1);
  assert.ok(storage.log.filter(({ method, upload }) => method === 'GET' && upload).length > asked);
  assert.equal(
    storage.log.filter(
      ({ method, key, upload }) => method === 'POST' && key.endsWith(film) && upload === '',
    ).length,
    1,
  );
  assert.equal(storage.unfinished, 0);
  await until('the media’s end here', () => !films.filesOf(id).includes('1.mp4'));
});

test('mulliond is killed when all has come, before it knows', async () => {
  films = await Films.set(storage.env);
  const whole = gate(
    ({ method, upload, key }) => method === 'POST' && upload && key.endsWith('.mp4'),
  );
  storage.holdsAfter = whole.holds;
  const id = await films.record(6 * kMiB);
  await until('the end of the upload', () => whole.hasOne);
  await films.server.kill();
  whole.open();
  await films.server.startAgain();
  const stored = await films.become(id, 'stored');
  await films.load(stored.parts[0]);
  for (const part of [1, 2]) assert.equal(storage.puts(`${id}.1.mp4`, part), 1);
});

test('the storage is away for a while', async () => {
  films = await Films.set(storage.env);
  await storage.shut();
  const id = await films.record(6 * kMiB);
  const waiting = await films.become(id, 'uploading');
  await until('two tries', async () => (await films.metric('mullion_upload_failures_total')) >= 2);
  assert.equal((await films.load(waiting.parts[0])).url, waiting.parts[0].url);
  await storage.open();
  await films.load((await films.become(id, 'stored')).parts[0]);
  // It was told once, not at each try.
  const lines = films.server.lines.filter((line) => line.includes('tried again until it works'));
  assert.equal(lines.length, 1, lines.join('\n'));
});

test('a part that comes wrong is sent again, and nothing else', async () => {
  films = await Films.set(storage.env);
  const wrong = { part: 1, whole: 1 };
  storage.corrupts = (request) =>
    (isPart(2)(request) && wrong.part-- > 0) ||
    (request.method === 'PUT' && request.key.endsWith('.jpg') && wrong.whole-- > 0);
  const id = await films.record(11 * kMiB);
  const stored = await films.become(id, 'stored');
  await films.load(stored.parts[0]);
  assert.equal(storage.puts(`${id}.1.mp4`, 1), 1);
  assert.equal(storage.puts(`${id}.1.mp4`, 2), 2);
  assert.equal(storage.puts(`${id}.1.mp4`, 3), 1);
  assert.equal(storage.puts(`${id}.jpg`), 2);
});

test('it may be that we may not list', async () => {
  storage.isSecretive = true;
  films = await Films.set(storage.env);
  const id = await films.record(6 * kMiB);
  await films.load((await films.become(id, 'stored')).parts[0]);
});

test('files may stay here as well', async () => {
  films = await Films.set({ ...storage.env, MULLION_STORAGE_KEEP_LOCAL: 'true' });
  const id = await films.record(1000);
  const stored = await films.become(id, 'stored');
  assert.equal((await films.load(stored.parts[0])).url, stored.parts[0].url);
  assert.ok(films.filesOf(id).includes('1.mp4'));
});

test('what was recorded before there was a storage goes too', async () => {
  films = await Films.set();
  const id = await films.record(1000);
  await films.become(id, 'ready');
  await films.server.kill();
  Object.assign(films.server.env, storage.env);
  await films.server.startAgain();
  await films.load((await films.become(id, 'stored')).parts[0]);
});

test('what is erased goes from the storage, whatever happens meanwhile', async () => {
  films = await Films.set(storage.env);
  const kept = await films.record(1000);
  await films.become(kept, 'stored');
  const others = storage.keys();
  const gone = () => until('an empty storage', () => storage.keys().length === others.length);

  // Stored.
  const stored = await films.record(6 * kMiB);
  await films.become(stored, 'stored');
  await films.ask('DELETE', `/recordings/${stored}`);
  await films.ask('GET', `/recordings/${stored}`, { status: 404 });
  await gone();
  assert.deepEqual(films.filesOf(stored), []);

  // On its way.
  const second = gate(isPart(2));
  storage.holdsBefore = second.holds;
  const going = await films.record(12 * kMiB);
  await until('the second part', () => second.hasOne);
  await films.ask('DELETE', `/recordings/${going}`);
  second.open();
  await until('the end of the upload', () => storage.unfinished === 0);
  await until('its end', async () => (await films.metric('mullion_uploads_erasing')) === 0);
  await gone();

  // While the storage is away and mulliond is killed.
  const lost = await films.record(1000);
  await films.become(lost, 'stored');
  await storage.shut();
  await films.ask('DELETE', `/recordings/${lost}`);
  assert.deepEqual(films.filesOf(lost), ['remains']);
  await films.server.kill();
  await films.server.startAgain();
  await films.ask('GET', `/recordings/${lost}`, { status: 404 });
  assert.equal(await films.metric('mullion_uploads_erasing'), 1);
  await storage.open();
  await gone();
  await until('its last file', () => films.filesOf(lost).length === 0);
  assert.deepEqual(storage.keys(), others);
  await films.load((await films.ask('GET', `/recordings/${kept}`)).parts[0]);
});

test('who is erased is so in the storage too', async () => {
  films = await Films.set(storage.env);
  const hers = await films.record(1000, 'ada', ['bob']);
  const his = await films.record(1000, 'bob');
  const record = (id) => films.become(id, 'stored');
  await record(hers);
  await until(
    'his',
    async () => (await films.ask('GET', `/recordings/${his}`, { user: 'bob' })).status === 'stored',
  );
  const text = () => storage.text(`${hers}.json`);
  assert.match(text(), /called bob/);
  assert.match(text(), /"status": "stored"/);
  await films.ask('DELETE', '/users/bob', { user: 'bob' });
  await until('his recording’s end', () => !storage.keys().some((key) => key.includes(his)));
  await until('his name’s end', () => !text().includes('bob'));
  assert.match(text(), /called ada/);
  assert.equal((await films.ask('GET', `/recordings/${hers}`)).status, 'stored');
});
