/* global client */
// How long a join takes in Chromium on loopback: from `webrtc:offer` to the first mixed frame
// decoded, 30 times, into a call that runs already.
//
//   node tests/bench/join_time.mjs [--joins N] [--json FILE]
//
// FreeSWITCH's conference takes 225 ms on the same work (median of 49, two cores, November 2026).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { launchChromium } from '../e2e/support/browsers.mjs';
import { enter, people } from '../e2e/support/people.mjs';
import { Server } from '../e2e/support/server.mjs';

const { values: options } = parseArgs({
  options: {
    joins: { type: 'string', default: '30' },
    json: { type: 'string' },
  },
});
const program =
  process.env.PARTICIPANT ??
  path.join(
    path.dirname(process.env.MULLIOND ?? path.resolve('build/mulliond')),
    'tools/participant/mullion-participant',
  );

const server = await Server.start();
const others = spawn(program, ['--server', server.url, '--count', '2', '--scene', 'test'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [line] = await once(others.stdout, 'data');
const callId = `${line}`.trim();
const browser = await launchChromium();
const { page } = await enter(browser, server, people[0]);

const join = () =>
  page.evaluate(async (id) => {
    client.callId = id;
    await client.request('POST', `/call/${id}/join`);
    await client.openLeg();
    const { connection } = client;
    const marks = {};
    const mark = (name) => (marks[name] ??= performance.now() - client.offeredAt);
    connection.addEventListener('signalingstatechange', () => mark('answered'));
    connection.addEventListener('iceconnectionstatechange', () => {
      if (connection.iceConnectionState === 'connected') mark('ice');
    });
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'connected') mark('dtls');
    });
    // The decoder's own output: statistics are cached for 50 ms, a video element waits to paint.
    const { track } = connection.getReceivers().find(({ track: { kind } }) => kind === 'video');
    const frames = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const { value: frame } = await frames.read();
    mark('decoded');
    frame.close();
    await frames.cancel();
    await client.request('POST', `/call/${id}/leave`);
    connection.close();
    client.before = undefined;
    return marks;
  }, callId);

await join(); // The first in a browser loads what later ones have.
const joins = [];
for (let n = 0; n < Number(options.joins); ++n) {
  joins.push(await join());
  // The server takes ten offers in ten seconds from one user.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
}

const median = (name) => joins.map((marks) => marks[name]).sort((a, b) => a - b)[joins.length >> 1];
const result = Object.fromEntries(
  ['answered', 'ice', 'dtls', 'decoded'].map((name) => [name, Math.round(median(name))]),
);
console.log(
  `ms after the offer, medians of ${joins.length} joins: ${Object.entries(result)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`,
);
console.log(
  `first frame decoded, sorted: ${joins
    .map(({ decoded }) => Math.round(decoded))
    .sort((a, b) => a - b)
    .join(' ')}`,
);
if (options.json) writeFileSync(options.json, JSON.stringify({ medians: result, joins }, null, 2));

await browser.close();
others.kill();
await server.remove();
