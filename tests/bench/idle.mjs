// What waiting people cost: 2,000 WebSockets that say nothing, and 500 REST requests a second
// beside them, with the clients on the same machine.
//
//   node tests/bench/idle.mjs [--sockets 2000] [--rate 500] [--seconds 20] [--json FILE] [--write]
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import WebSocket from 'ws';

import { Server } from '../e2e/support/server.mjs';
import { countOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const options = optionsOf({ sockets: '2000', rate: '500', seconds: '20' });
const sockets = countOf(options.sockets, 'sockets');
const rate = countOf(options.rate, 'rate');
const seconds = countOf(options.seconds, 'seconds');
/** A user has at most 16 devices. */
const kDevices = 10;
const kRooms = 7;

const server = await Server.start({
  env: {
    MULLION_LIMITS_REQUESTS_PER_USER: '0',
    MULLION_LIMITS_REQUESTS_PER_ADDRESS: '0',
    MULLION_LIMITS_CONNECTIONS_PER_ADDRESS: '1000000',
  },
});
const api = `${server.url}/api/webrtc`;
const { pid } = server.process;

const memoryKb = () =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const cpuSeconds = () => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

async function tokenOf(user) {
  const answer = await fetch(`${api}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: user, name: user }),
  });
  return (await answer.json()).token;
}

async function connect(token) {
  const socket = new WebSocket(`${api.replace('http', 'ws')}/ws?access_token=${token}`);
  await once(socket, 'message');
  return socket;
}

const tokens = await Promise.all(
  Array.from({ length: Math.ceil(sockets / kDevices) }, (_, i) => tokenOf(`user${i}`)),
);
const before = memoryKb();
const open = [];
while (open.length < sockets) {
  const some = Math.min(50, sockets - open.length);
  open.push(
    ...(await Promise.all(
      Array.from({ length: some }, (_, i) => connect(tokens[(open.length + i) % tokens.length])),
    )),
  );
}
const perSocketKb = (memoryKb() - before) / sockets;

const idleFrom = cpuSeconds();
await wait(5_000);
const idleCpu = (cpuSeconds() - idleFrom) / 5;

async function ask(token, method, path, body) {
  return fetch(`${api}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
}

/** Rooms whose titles are written; made before, as each starts a process. */
const rooms = [];
for (const token of tokens.slice(0, kRooms)) {
  const answer = await ask(token, 'POST', '/call/initiate', { participants: [], type: 'audio' });
  rooms.push({ token, id: (await answer.json()).id });
}
while ((await fetch(`${server.url}/readyz`)).status !== 200) await wait(100);

// Every tenth request writes.
const took = [];
let failed = 0;
async function request(n) {
  const room = rooms[n % kRooms];
  const start = performance.now();
  try {
    const answer = await (n % 10 === 0
      ? ask(room.token, 'PATCH', `/call/${room.id}`, { title: `Title ${n}` })
      : ask(tokens[n % tokens.length], 'GET', '/calls/active'));
    await answer.arrayBuffer();
    if (answer.status !== 200) ++failed;
  } catch {
    ++failed;
  }
  took.push(performance.now() - start);
}
async function drive(count) {
  const start = performance.now();
  const running = [];
  for (let n = 0; n < count;) {
    const due = Math.min(count, ((performance.now() - start) / 1000) * rate);
    while (n < due) running.push(request(n++));
    await wait(2);
  }
  await Promise.all(running);
}
// The client compiles itself in the first seconds, which is not mulliond's time.
await drive(rate * 4);
took.length = 0;
const cpuFrom = cpuSeconds();
await drive(rate * seconds);
const cpu = (cpuSeconds() - cpuFrom) / seconds;
for (const socket of open) socket.terminate();
await server.remove();

took.sort((a, b) => a - b);
const quantile = (q) => took[Math.min(took.length - 1, Math.floor(took.length * q))];
const figures = {
  ...{ sockets, rate, seconds, requests: took.length, failed, perSocketKb, idleCpu, cpu },
  ...{ p50: quantile(0.5), p99: quantile(0.99), slowest: took.at(-1) },
};
const lines = [
  '## People who wait',
  '',
  `${sockets} WebSockets that say nothing, ${kDevices} a user, and beside them ${rate} REST requests a second, of which a tenth writes, with the clients on the same machine. CPU seconds a second of mulliond.`,
  '',
  ...table(
    ['memory a WebSocket', 'CPU, idle', 'CPU, with requests', 'p50', 'p99', 'failed'],
    [
      [
        `${perSocketKb.toFixed(1)} KiB`,
        idleCpu.toFixed(3),
        cpu.toFixed(3),
        `${figures.p50.toFixed(1)} ms`,
        `${figures.p99.toFixed(1)} ms`,
        `${failed} of ${took.length}`,
      ],
    ],
  ),
  '',
  measuredBy('node tests/bench/idle.mjs', `${seconds} s`),
];
publish(options, 'idle', lines, figures);
process.exit(failed ? 1 : 0);
