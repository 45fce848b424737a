/* global client */
// People come and go for minutes; afterwards nothing may be left of them.
//
//   node tests/soak/soak.mjs joins [N]   N joins (200) of one call: threads, descriptors and memory
//                                        of its mullion-call
//   node tests/soak/soak.mjs pads [N]    the same under GStreamer's leak tracer: living pads
//   node tests/soak/soak.mjs calls [N]   N calls (50) started and ended: the same of mulliond
//
// Fails where something is left over, or memory after the last is more than 5 % above memory after
// the twentieth.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';

import { launchChromium, launchFirefox } from '../e2e/browsers.mjs';
import { enter, people } from '../e2e/people.mjs';
import { Server } from '../e2e/server.mjs';
import { until } from '../e2e/until.mjs';

const program =
  process.env.PARTICIPANT ??
  path.join(
    path.dirname(process.env.MULLIOND ?? path.resolve('build/mulliond')),
    'tools/participant/mullion-participant',
  );
const [kind = 'joins', count = kind === 'calls' ? '50' : '200'] = process.argv.slice(2);
const total = Number(count);
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // how long a client stays

function figures(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    memoryMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024,
  };
}

/** The figures once they have not changed for five seconds: the last to go is cleaned up after. */
async function settled(pid) {
  let last = '';
  let since = Date.now();
  await until(
    'threads and descriptors settle',
    () => {
      const { threads, descriptors } = figures(pid);
      const now = `${threads} ${descriptors}`;
      if (now !== last) since = Date.now();
      last = now;
      return Date.now() - since > 5_000;
    },
    120_000,
  );
  return figures(pid);
}

/** Synthetic people; resolves with the process once it has told the call's id. */
async function participants(server, options) {
  const child = spawn(program, ['--server', server.url, '--scene', 'test', ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, callId: `${line}`.trim() };
}

async function end(child, signal) {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function report(after, values) {
  console.log(
    `after ${after}: ${Object.entries(values)
      .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(1)}`)
      .join(', ')}`,
  );
  return values;
}

function compare(early, late) {
  const growth = late.memoryMb / early.memoryMb - 1;
  console.log(`memory grew by ${(growth * 100).toFixed(1)} %`);
  const left = ['threads', 'descriptors', 'pads'].filter((name) => late[name] > early[name]);
  if (left.length || (kind !== 'pads' && growth > 0.05)) {
    console.log(`left over: ${left.join(', ') || 'memory'}`);
    process.exitCode = 1;
  } else {
    console.log('nothing is left over');
  }
}

/** How many pads live in the process: GStreamer's leak tracer logs a line for each on SIGUSR1. */
async function livingPads(server, pid) {
  const lines = () =>
    readFileSync(`${server.dataDir}/mullion-call.log`, 'utf8').split('object-alive').length - 1;
  const before = lines();
  process.kill(pid, 'SIGUSR1');
  let last = before;
  let since = Date.now();
  await until('the tracer has listed the pads', () => {
    const now = lines();
    if (now !== last) since = Date.now();
    last = now;
    return now > before && Date.now() - since > 1_000;
  });
  return last - before;
}

async function browserJoins(browser, server, person, callId) {
  const member = await enter(browser, server, person);
  await member.page.evaluate(async (id) => {
    await client.request('POST', `/call/${id}/join`);
    client.callId = id;
    await client.openLeg();
  }, callId);
  await until(
    'the browser sees the mix',
    async () => (await member.page.evaluate(() => client.see())).width === 1280,
  );
  await member.page.evaluate(() => client.request('POST', `/call/${client.callId}/leave`));
  await member.page.close();
}

async function joins() {
  const pads = kind === 'pads';
  const tracer = {
    GST_TRACERS: 'leaks(filters="GstPad")',
    GST_LEAKS_TRACER_SIG: '1',
    GST_DEBUG: 'GST_TRACER:7,leaks:5',
    GST_DEBUG_NO_COLOR: '1',
  };
  // A killed client's seat is free soon, so that as many are there at once in the end as in the
  // beginning: the mix keeps the inputs and tiles that its fullest moment took.
  const server = await Server.start({
    env: { MULLION_CALLS_RECONNECT_GRACE: '1', ...(pads ? tracer : {}) },
  });
  const browsers = await Promise.all([launchChromium(), launchFirefox()]);
  const stayer = await participants(server, ['--count', '1']);
  const pid = await until('the call has a process', () => server.callPid(stayer.callId));
  await wait(3);
  const measure = async (after) =>
    report(after, {
      ...(await settled(pid)),
      ...(pads ? { pads: await livingPads(server, pid) } : {}),
    });
  await measure('0 joins');
  const peak = await participants(server, ['--call', stayer.callId, '--count', '14']);
  await wait(4);
  await end(peak.child, 'SIGTERM');
  let joined = 14;
  let early;
  for (let round = 0; joined < total; ++round) {
    if (round % 8 === 7) {
      await browserJoins(
        browsers[(round >> 3) % 2],
        server,
        people[(round >> 3) % people.length],
        stayer.callId,
      );
      joined += 1;
    } else {
      const group = (round % 4) + 1;
      const { child } = await participants(server, [
        '--call',
        stayer.callId,
        '--count',
        `${group}`,
      ]);
      // Some go before their media came, some are killed, most stay a while.
      await wait([0, 2, 0.15, 1.5, 2, 0.5, 2][round % 7]);
      await end(child, round % 3 === 0 ? 'SIGKILL' : 'SIGTERM');
      joined += group;
    }
    if (!early && joined >= 20) early = await measure(`${joined} joins`);
    else if (round % 20 === 19) console.log(`${joined} joins …`, JSON.stringify(figures(pid)));
  }
  const late = await measure(`${joined} joins`);
  compare(early, late);
  await end(stayer.child, 'SIGTERM');
  await Promise.all(browsers.map((browser) => browser.close()));
  await server.remove();
}

async function calls() {
  // A room lasts a while after the last has left; here it ends at once.
  const server = await Server.start({
    env: { MULLION_CALLS_EMPTY_TIMEOUT: '1' },
  });
  const { pid } = server.process;
  let early;
  for (let call = 1; call <= total; ++call) {
    const { child, callId } = await participants(server, ['--count', '2']);
    await until('the call has a process', () => server.callPid(callId));
    await wait(1.5);
    await end(child, 'SIGTERM');
    await until('the call’s process has ended', () => server.callPids().length <= 1);
    if (call === 20) early = report('20 calls', await settled(pid));
  }
  compare(early, report(`${total} calls`, await settled(pid)));
  await server.remove();
}

await (kind === 'calls' ? calls() : joins());
