// How long a join takes: from the `webrtc:offer` sent to the first mixed frame decoded, in Chromium
// on this machine. The call is warm: somebody is in it. `node join_time.mjs [joins] [result.json]`
import { writeFileSync } from 'node:fs';
import { kCast, Person } from '../e2e/support/person.mjs';
import { Stage } from '../e2e/support/stage.mjs';
import { until } from '../e2e/support/until.mjs';

const joins = Number(process.argv[2] ?? 30);
const file = process.argv[3];

/** Joins, measures and leaves, all in the page: this process's own delays stay out of it. */
async function joinOnce(callId) {
  const { client, tracks, video } = globalThis.me;
  let offeredAt = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    if (text.includes('"webrtc:offer"')) offeredAt = performance.now();
    return send.call(this, text);
  };
  const connected = [];
  const answered = [];
  const off = client.on('event', ({ type, state }) => {
    if (type === 'webrtc:answer') answered.push(performance.now());
    if (type === 'leg:state' && state === 'connected') connected.push(performance.now());
  });
  const session = await client.join(callId, tracks);
  video.srcObject = session.stream;
  // The counter of decoded frames itself; a frame's callback would wait for the next repaint.
  let decodedAt = 0;
  while (decodedAt === 0) {
    for (const stat of ((await session.stats()) ?? new Map()).values())
      if (stat.type === 'inbound-rtp' && stat.kind === 'video' && stat.framesDecoded > 0)
        decodedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  WebSocket.prototype.send = send;
  off();
  await session.hangUp();
  const since = (time) => Math.round((time - offeredAt) * 10) / 10;
  return {
    total: since(decodedAt),
    answer: since(answered[0]),
    connected: since(connected[0] ?? NaN),
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const stage = await Stage.set();
try {
  const host = await Person.connect(await stage.browsers.open('chromium'), stage.server, kCast[0]);
  const callId = await host.start();
  await until('the host in the call', async () => (await host.state()) === 'connected');
  const guest = await Person.connect(await stage.browsers.open('chromium'), stage.server, kCast[1]);
  const rows = [];
  // The first is not counted: the browser loads its own media code for it.
  for (let i = 0; i <= joins; i++) {
    const row = await guest.evaluate(joinOnce, callId);
    if (i > 0) rows.push(row);
    await until('the seat free again', () =>
      host.evaluate(() => globalThis.me.session.layout?.tiles.length === 1),
    );
  }
  const totals = rows.map(({ total }) => total);
  const result = {
    joins,
    median_ms: median(totals),
    median_answer_ms: median(rows.map(({ answer }) => answer)),
    worst_ms: Math.max(...totals),
    all_ms: totals,
  };
  console.log(`from offer to first decoded frame, ${joins} joins: median ${result.median_ms} ms`);
  console.log(`answer after ${result.median_answer_ms} ms, worst join ${result.worst_ms} ms`);
  console.log(totals.join(' '));
  if (file) writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await stage.close();
}
