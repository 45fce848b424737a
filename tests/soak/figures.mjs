// What a process holds, and whether it holds more at the end than at the beginning.
import { readFileSync, readdirSync } from 'node:fs';

import { until } from '../e2e/support/until.mjs';

/** The environment of a process whose pads livingPads() can count. */
export const tracer = {
  GST_TRACERS: 'leaks(filters="GstPad")',
  GST_LEAKS_TRACER_SIG: '1',
  GST_DEBUG: 'GST_TRACER:7,leaks:5',
  GST_DEBUG_NO_COLOR: '1',
};

export function figures(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)[1]),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    memoryMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024,
  };
}

/** The figures once they have not changed for five seconds: the last to go is cleaned up after. */
export async function settled(pid) {
  await still('threads and descriptors', 5_000, () => {
    const { threads, descriptors } = figures(pid);
    return `${threads} ${descriptors}`;
  });
  return figures(pid);
}

/**
 * How many pads live in the process: GStreamer's leak tracer logs a line for each on SIGUSR1.
 * `log` is the file that has the process' stderr.
 */
export async function livingPads(pid, log) {
  const lines = () => readFileSync(log, 'utf8').split('object-alive').length - 1;
  const before = lines();
  process.kill(pid, 'SIGUSR1');
  await until('the tracer lists the pads', () => lines() > before);
  return (await still('the list of pads', 1_000, lines)) - before;
}

/** Waits until what `probe` gives has not changed for `ms`, and returns it. */
async function still(what, ms, probe) {
  let last;
  let since = Date.now();
  await until(
    `${what} unchanged for ${ms} ms`,
    () => {
      const now = probe();
      if (now !== last) since = Date.now();
      last = now;
      return Date.now() - since > ms;
    },
    { deadline: 120_000 },
  );
  return last;
}

export function report(after, values) {
  console.log(
    `after ${after}: ${Object.entries(values)
      .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(1)}`)
      .join(', ')}`,
  );
  return values;
}

/** Says what is left over, and makes the program fail if anything is. The tracer's own notes make
 * memory grow, so that it counts only where pads were not counted. */
export function compare(early, late) {
  const growth = late.memoryMb / early.memoryMb - 1;
  console.log(`memory grew by ${(growth * 100).toFixed(1)} %`);
  const left = ['threads', 'descriptors', 'pads'].filter((name) => late[name] > early[name]);
  if (!('pads' in late) && growth > 0.05) left.push('memory');
  console.log(left.length ? `left over: ${left.join(', ')}` : 'nothing is left over');
  if (left.length) process.exitCode = 1;
}
