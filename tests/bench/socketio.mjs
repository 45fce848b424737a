// What waiting clients of Socket.IO cost: 500 that poll and 500 at WebSockets say nothing for longer
// than the server's ping takes, with the clients on the same machine. Fails if any of them is lost.
//
//   node tests/bench/socketio.mjs [--clients 500] [--seconds 25]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { Caller, SocketIoDevice } from '../e2e/support/devices.mjs';
import { Server } from '../e2e/support/server.mjs';
import { countOf, optionsOf } from './performance.mjs';

const options = optionsOf({ clients: '500', seconds: '25' });
const clients = countOf(options.clients, 'clients');
const seconds = countOf(options.seconds, 'seconds');
/** A user has at most 16 devices. */
const kDevices = 10;

const server = await Server.start({
  env: {
    MULLION_LIMITS_REQUESTS_PER_ADDRESS: '0',
    MULLION_LIMITS_CONNECTIONS_PER_ADDRESS: '1000000',
  },
});
const proc = (name) => readFileSync(`/proc/${server.process.pid}/${name}`, 'utf8');
const memoryKb = () => Number(/^VmRSS:\s+(\d+)/m.exec(proc('status'))[1]);
const cpuSeconds = () => {
  const fields = proc('stat').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

async function fill(transport) {
  const devices = [];
  while (devices.length < clients) {
    const caller = await Caller.enter(server.url, `${transport}${devices.length}`);
    const some = Math.min(kDevices, clients - devices.length);
    const opened = Array.from({ length: some }, () =>
      SocketIoDevice.open(caller, { transports: [transport], reconnection: false }),
    );
    devices.push(...(await Promise.all(opened)));
  }
  return devices;
}

const open = [];
for (const transport of ['websocket', 'polling']) {
  const before = memoryKb();
  open.push(...(await fill(transport)));
  await wait(1_000);
  const each = (memoryKb() - before) / clients;
  console.log(`${clients} by ${transport}: ${each.toFixed(1)} KiB of memory each`);
}
const cpuFrom = cpuSeconds();
await wait(seconds * 1000);
const cpu = (cpuSeconds() - cpuFrom) / seconds;
const lost = open.filter(({ socket }) => !socket.connected).length;
console.log(
  `${open.length} idle for ${seconds} s: ${cpu.toFixed(3)} CPU seconds a second, ${lost} lost`,
);
for (const device of open) device.close();
await wait(500);
await server.remove();
assert.equal(lost, 0);
process.exit(0);
