/* global client */
// Clients of Socket.IO, by its own client: what the WebSocket has, over every transport.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';

import { Caller, SocketDevice, SocketIoDevice } from './support/devices.mjs';
import { enter, gather, people, untilMixed } from './support/people.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';

const kSecret = 'a secret of enough bytes for a test';
const kClient = createRequire(import.meta.url).resolve('socket.io-client/dist/socket.io.js');
const kListed = 'https://app.example.org';

/** An application of somebody else, at an origin of its own. */
const app = createServer((_, answer) => answer.end('<!doctype html><title>An app</title>'));

let stage, url;
before(async () => {
  await once(app.listen(0, '127.0.0.1'), 'listening');
  stage = await Stage.set({
    env: { MULLION_AUTH_SECRET: kSecret, MULLION_CORS_ORIGINS: `${kListed},${originOfApp()}` },
  });
  ({ url } = stage.server);
});
after(async () => {
  app.close();
  await stage?.close();
});

const originOfApp = () => `http://127.0.0.1:${app.address().port}`;

const devices = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});

function keep(device) {
  devices.push(device);
  return device;
}

let count = 0;
/** Somebody whom no other test knows. */
const somebody = (name) => Caller.enter(url, `${name}${++count}`);

/** A token that expires so many seconds from now. */
function tokenFor(user, seconds) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, name: user, exp })}`;
  return `${text}.${createHmac('sha256', kSecret).update(text).digest('base64url')}`;
}

const kTransports = {
  'by polling': ['polling'],
  'by WebSocket': ['websocket'],
  'by polling, then WebSocket': ['polling', 'websocket'],
};

for (const [how, transports] of Object.entries(kTransports)) {
  const open = async (caller, options) => {
    const device = keep(await SocketIoDevice.open(caller, { transports, ...options }));
    const last = transports.at(-1);
    await until(`the transport ${last}`, () => device.transport === last);
    return device;
  };

  test(`tokens are looked at ${how}`, async () => {
    const ada = await somebody('ada');
    const device = await open(ada);
    assert.equal(device.hello.user_id, ada.id);
    assert.deepEqual(device.hello.calls, []);
    for (const token of ['garbage', '', 7, null, tokenFor(ada.id, -3600)]) {
      const refused = keep(SocketIoDevice.begin({ url, token }, { transports }));
      const { message, data } = await refused.take('connect_error');
      assert.equal(data.code, 'unauthenticated', message);
    }
    const lost = keep(SocketIoDevice.begin(ada, { transports, nsp: '/admin' }));
    assert.equal((await lost.take('connect_error')).data.code, 'not_found');
  });

  test(`a token that expires ends the connection ${how}, unless it is renewed`, async () => {
    const ada = await somebody('ada');
    // Clocks may differ by 30 s.
    const short = { url, token: tokenFor(ada.id, -25) };
    const [lasting, ending] = [await open(short), await open(short)];
    assert.deepEqual(await lasting.ask('auth', { access_token: ada.token }), {});
    const error = await ending.take('error');
    assert.deepEqual([error.code, error.close], ['unauthenticated', 4401]);
    assert.equal((await ending.take('disconnect')).reason, 'io server disconnect');
    assert.deepEqual(await lasting.ask('auth', { access_token: ada.token }), {});
  });

  test(`one rings another and they chat, ${how} and by the WebSocket`, async () => {
    const [ada, bob] = [await somebody('ada'), await somebody('bob')];
    const desk = await open(ada);
    const phone = keep(await SocketDevice.open(bob));
    for (const [caller, callee, from, to] of [
      [ada, bob, desk, phone],
      [bob, ada, phone, desk],
    ]) {
      const { id } = await caller.ask('POST', '/call/initiate', { participants: [callee.id] });
      const incoming = await to.take('call:incoming');
      assert.equal(incoming.call.id, id);
      assert.equal(typeof incoming.seq, 'number');
      await callee.ask('POST', `/call/${id}/answer`);
      assert.equal((await from.take('call:answered')).call.status, 'active');
      from.say('chat:message', { call_id: id, text: 'Hello', ref: 'r1' });
      assert.deepEqual(await from.take('ack'), { type: 'ack', ref: 'r1' });
      assert.equal((await to.take('chat:message')).text, 'Hello');
      to.say('reaction', { call_id: id, emoji: '🎉' });
      assert.equal((await from.take('reaction')).user_id, callee.id);
      await caller.ask('POST', `/call/${id}/leave`);
      assert.equal((await to.take('call:ended')).call.end_reason, 'hangup');
    }
  });

  test(`refusals are told by events and acknowledgements ${how}`, async () => {
    const ada = await somebody('ada');
    const device = await open(ada);
    const { id } = await ada.ask('POST', '/call/initiate', { participants: [] });
    const offer = { call_id: id, leg: crypto.randomUUID(), sdp: 'garbage' };
    // By its `ref`, by an acknowledgement, and by both.
    device.say('webrtc:offer', { ...offer, ref: 'r1' });
    const error = await device.take('error', { ref: 'r1' });
    assert.equal(error.code, 'bad_request');
    const { error: acknowledged } = await device.ask('webrtc:offer', offer);
    assert.equal(acknowledged.code, 'bad_request');
    assert.equal(acknowledged.message, error.message);
    const both = await device.ask('webrtc:offer', { ...offer, ref: 'r2' });
    assert.equal(both.error.code, 'bad_request');
    assert.equal((await device.take('error', { ref: 'r2' })).code, 'bad_request');
    // What no WebSocket could say.
    for (const argument of ['text', 7, [1], { type: 'x' }, { ref: 7 }, { ref: '\u0001x' }]) {
      const answer = await device.ask('chat:message', argument);
      assert.equal(answer.error?.code, 'bad_request', JSON.stringify(argument));
    }
    assert.equal((await device.ask('webrtc:nonsense', { call_id: id })).error.field, 'type');
    assert.deepEqual(await device.ask('chat:message', { call_id: id, text: 'Still here' }), {});
    assert.deepEqual(await device.ask('chat:message', { call_id: id, text: 'x', ref: 'r3' }), {});
    await device.take('ack', { ref: 'r3' });
  });

  test(`bytes are refused ${how}, and said to be`, async () => {
    const ada = await somebody('ada');
    const device = await open(ada);
    device.say('chat:message', { text: new Uint8Array(3) });
    assert.equal((await device.take('error')).code, 'unsupported_media');
    assert.equal((await device.take('disconnect')).reason, 'io server disconnect');
  });

  test(`who comes back ${how} gets what he missed`, async () => {
    const [ada, bob] = [await somebody('ada'), await somebody('bob')];
    const device = await open(ada, { reconnectionDelay: 300, randomizationFactor: 0 });
    const { id } = await ada.ask('POST', '/call/initiate', { participants: [], open: true });
    await bob.ask('POST', `/call/${id}/join`);
    await device.take('participant:joined');
    const { seq } = device;
    device.socket.io.engine.close();
    await device.take('disconnect');
    const phone = keep(await SocketDevice.open(bob));
    for (const text of ['one', 'two']) phone.say('chat:message', { call_id: id, text });
    for (const text of ['one', 'two']) await phone.take('chat:message', { text });
    const hello = await device.take('hello');
    assert.notEqual(hello.session, device.hello.session);
    assert.deepEqual(await device.ask('resume', { session: device.hello.session, seq }), {});
    for (const text of ['one', 'two']) await device.take('chat:message', { text });
    // One session that nobody has had brings a hello.
    await device.ask('resume', { session: 'nobody', seq: 0 });
    await device.take('hello');
  });

  test(`a page of another origin is let in ${how} where it is listed`, async () => {
    const ada = await somebody('ada');
    await open(ada, { extraHeaders: { origin: kListed } });
    const refused = keep(
      SocketIoDevice.begin(ada, { transports, extraHeaders: { origin: 'https://evil.example' } }),
    );
    const { error } = await refused.take('connect_error');
    // The client's own words: it came to no namespace.
    assert.equal(error.data, undefined);
    assert.match(`${error.description?.message ?? error.description}`, /403/);
  });

  test(`a picture is made by what goes ${how}`, { timeout: 180_000 }, async () => {
    const browser = await stage.open('chromium');
    const members = [
      await enter(browser, stage.server, people[0], { transports }),
      await enter(await stage.open('chromium'), stage.server, people[1]),
    ];
    await gather(members);
    await untilMixed(members);
    const name = await members[0].evaluate(() => client.io.io.engine.transport.name);
    assert.equal(name, transports.at(-1));
    await until('frames are decoded', () =>
      members[0].evaluate(async () => {
        const reports = [...(await client.connection.getStats()).values()];
        return reports.some((one) => one.type === 'inbound-rtp' && one.framesDecoded > 50);
      }),
    );
    await Promise.all(members.map(({ page }) => page.close()));
  });
}

test('a browser lets a page of a listed origin in, and no other', async () => {
  const page = await (await stage.open('chromium')).newPage();
  const { token } = await somebody('ada');
  const connect = async (origin, transports) => {
    await page.goto(origin);
    await page.evaluate(readFileSync(kClient, 'utf8'));
    return page.evaluate(
      (address, auth, list) =>
        new Promise((resolve) => {
          const socket = globalThis.io(address, { auth, transports: list, reconnection: false });
          socket.once('hello', () => resolve(`hello by ${socket.io.engine.transport.name}`));
          socket.once('connect_error', () => resolve('refused'));
        }),
      url,
      { token },
      transports,
    );
  };
  for (const name of ['polling', 'websocket']) {
    assert.equal(await connect(originOfApp(), [name]), `hello by ${name}`);
    const other = originOfApp().replace('127.0.0.1', 'localhost');
    assert.equal(await connect(other, [name]), 'refused');
  }
});

test('a page of a listed origin polls, with the headers that its browser wants', async () => {
  const ask = (origin) =>
    fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
  const listed = await ask(kListed);
  assert.equal(listed.status, 200);
  assert.equal(listed.headers.get('access-control-allow-origin'), kListed);
  const evil = await ask('https://evil.example');
  assert.equal(evil.status, 403);
  assert.equal(evil.headers.get('access-control-allow-origin'), null);
  assert.deepEqual(await evil.json(), { code: 4, message: 'Forbidden' });
});
