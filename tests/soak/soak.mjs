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
import { once } from 'node:events';

import { launchChromium, launchFirefox } from '../e2e/support/browsers.mjs';
import { enter, people, untilSees } from '../e2e/support/people.mjs';
import { participant } from '../e2e/support/programs.mjs';
import { Server } from '../e2e/support/server.mjs';
import { until } from '../e2e/support/until.mjs';
import { compare, figures, livingPads, report, settled, tracer } from './figures.mjs';

const [kind = 'joins', count = kind === 'calls' ? '50' : '200'] = process.argv.slice(2);
const total = Number(count);
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // how long a client stays

/** Synthetic people; resolves with the process once it has told the call's id. */
async function participants(server, options) {
  const child = spawn(participant(), ['--server', server.url, '--scene', 'test', ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, callId: `${line}`.trim() };
}

async function end(child, signal) {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function browserJoins(browser, server, person, callId) {
  const member = await enter(browser, server, person);
  await member.join(callId);
  await untilSees(member);
  await member.evaluate(() => client.request('POST', `/call/${client.callId}/leave`));
  await member.page.close();
}

async function joins() {
  const pads = kind === 'pads';
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
      ...(pads ? { pads: await livingPads(pid, `${server.dataDir}/mullion-call.log`) } : {}),
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
