// What is below Socket.IO, word for word: polling, WebSockets, and the way from the one to the other.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import WebSocket from 'ws';

import { Caller } from './support/devices.mjs';
import { fakeCall } from './support/programs.mjs';
import { Server } from './support/server.mjs';

const kLimit = 20;
const kSeparator = '\x1e';

let server, token;
before(async () => {
  server = await Server.start({
    env: {
      MULLION_MEDIA_CALL_BINARY: fakeCall(),
      MULLION_LIMITS_CONNECTIONS_PER_ADDRESS: `${kLimit}`,
    },
  });
  ({ token } = await Caller.enter(server.url, 'ada'));
});
after(() => server?.remove());

const address = (sid, transport = 'polling') =>
  `${server.url}/socket.io/?EIO=4&transport=${transport}${sid ? `&sid=${sid}` : ''}`;

async function get(sid) {
  const answer = await fetch(address(sid));
  const text = await answer.text();
  return {
    status: answer.status,
    packets: text.split(kSeparator),
    type: answer.headers.get('content-type'),
  };
}

function post(sid, body, type = 'text/plain;charset=UTF-8') {
  return fetch(address(sid), { method: 'POST', body, headers: { 'content-type': type } });
}

async function handshake() {
  const { packets } = await get('');
  assert.equal(packets.length, 1);
  return JSON.parse(packets[0].slice(1));
}

/** A session by polling that is in the default namespace. */
async function connected() {
  const { sid } = await handshake();
  assert.equal(await (await post(sid, `40${JSON.stringify({ token })}`)).text(), 'ok');
  const { packets } = await get(sid);
  assert.match(packets[0], /^40{"sid":/);
  assert.match(packets[1], /^42\["hello",/);
  return sid;
}

/** A WebSocket whose frames are taken one after the other. */
class Frames {
  #frames = [];
  #waiting = null;

  static async open(sid, options) {
    const frames = new Frames();
    frames.socket = new WebSocket(address(sid, 'websocket').replace('http', 'ws'), options);
    frames.socket.on('message', (data) => {
      frames.#frames.push(`${data}`);
      frames.#waiting?.();
    });
    await once(frames.socket, 'open');
    return frames;
  }

  async next() {
    if (!this.#frames.length) await new Promise((resolve) => (this.#waiting = resolve));
    return this.#frames.shift();
  }

  send(text) {
    this.socket.send(text);
  }

  async closed() {
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
  }
}

/** The status and body that a WebSocket's handshake is refused with. */
function refusal(sid, { query = '', headers = {} } = {}) {
  const url = address(sid, 'websocket').replace('http', 'ws') + query;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.once('open', () => reject(new Error('not refused')));
    socket.once('error', () => {});
    socket.once('unexpected-response', async (_, answer) => {
      let text = '';
      for await (const part of answer) text += part;
      resolve([answer.statusCode, JSON.parse(text).code]);
    });
  });
}

test('a handshake says what the server can do', async () => {
  const { sid, ...rest } = await handshake();
  assert.match(sid, /^\w{22}$/);
  assert.deepEqual(rest, {
    upgrades: ['websocket'],
    pingInterval: 20_000,
    pingTimeout: 20_000,
    maxPayload: 262_144,
  });
  const frames = await Frames.open('');
  assert.deepEqual(JSON.parse((await frames.next()).slice(1)).upgrades, []);
  frames.socket.close();
  // Also without the last slash.
  const bare = await fetch(address('').replace('/socket.io/', '/socket.io'));
  assert.match(await bare.text(), /^0{/);
});

test('polling changes to a WebSocket, and a poll that waits is let go', async () => {
  const sid = await connected();
  const poll = get(sid);
  const frames = await Frames.open(sid);
  frames.send('2probe');
  assert.equal(await frames.next(), '3probe');
  assert.deepEqual((await poll).packets, ['6']);
  // One that comes now is not held either.
  assert.deepEqual((await get(sid)).packets, ['6']);
  // What is sent before the change is complete comes after it, once.
  await post(sid, '421["chat:message",{"call_id":"x","text":"a"}]');
  frames.send('5');
  assert.match(await frames.next(), /^431\[{"error":{"code":"not_found"/);
  assert.equal((await get(sid)).status, 400);
  assert.equal((await post(sid, '3')).status, 400);
  assert.deepEqual(await refusal(sid), [400, 3]);
  frames.send('41');
  frames.send('1');
  await frames.closed();
  assert.equal((await get(sid)).status, 400);
});

test('a WebSocket that proves nothing leaves polling as it is', async () => {
  const sid = await connected();
  for (const words of [['5'], ['4hello'], ['2probe', '2probe'], []]) {
    const frames = await Frames.open(sid);
    assert.deepEqual(await refusal(sid), [400, 3], 'one at a time');
    for (const word of words) frames.send(word);
    if (words.length) await frames.closed();
    else frames.socket.terminate();
    await frames.closed();
    const poll = get(sid);
    await post(sid, '427["chat:message",{"call_id":"x","text":"a"}]');
    const { packets } = await poll;
    assert.match(packets[0], /^437\[/);
  }
});

test('handshakes of WebSockets are refused before they are done', async () => {
  assert.deepEqual(await refusal('nobody'), [400, 1]);
  assert.deepEqual(await refusal('', { query: '&EIO=3' }), [400, 5]);
  assert.deepEqual(await refusal('', { headers: { origin: 'https://evil.example' } }), [403, 4]);
  assert.deepEqual(await refusal('', { headers: { host: 'evil.example' } }), [403, 4]);
});

test('wrong requests are refused', async () => {
  const sid = await connected();
  const code = async (answer) => [(await answer).status, (await (await answer).json()).code];
  assert.deepEqual(await code(fetch(`${server.url}/socket.io/`)), [400, 5]);
  assert.deepEqual(await code(fetch(address(sid, 'websocket'))), [400, 3]);
  assert.deepEqual(await code(post('nobody', '3')), [400, 1]);
  assert.deepEqual(await code(post(sid, 'x'.repeat(262_145))), [413, 'too_large']);
  assert.deepEqual(await code(post(sid, 'AAAA', 'application/octet-stream')), [
    415,
    'unsupported_media',
  ]);
  assert.equal((await fetch(address(sid), { method: 'DELETE' })).status, 405);
  // It has survived all that, and long bodies are fine.
  const text = 'x'.repeat(250_000);
  assert.equal(
    (await post(sid, `429["chat:message",{"call_id":"x","text":"${text}"}]`)).status,
    200,
  );
  assert.match((await get(sid)).packets[0], /^439\[{"error":{"code":"bad_request"/);
  const [first, second] = await Promise.all([get(sid), get(sid)]);
  assert.deepEqual([first.status, second.status].sort(), [200, 400]);
  assert.equal((await get(sid)).status, 400);
});

test('long messages and bytes close a WebSocket', async () => {
  for (const message of [`42["x",{"a":"${'x'.repeat(262_144)}"}]`, Buffer.from([1, 2])]) {
    const frames = await Frames.open('');
    await frames.next();
    frames.send(message);
    const [closeCode] = await once(frames.socket, 'close');
    assert.equal(closeCode, typeof message === 'string' ? 1009 : 1003);
  }
});

test('an address has so many sessions and no more', async () => {
  const sids = [];
  let answer;
  for (;;) {
    answer = await fetch(address(''));
    if (answer.status !== 200) break;
    sids.push(JSON.parse((await answer.text()).slice(1)).sid);
    assert.ok(sids.length <= kLimit);
  }
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).code, 'at_capacity');
  for (const sid of sids) await post(sid, '1');
  await handshake();
});
