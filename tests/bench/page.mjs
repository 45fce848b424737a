// What the page of a call costs the device that shows it: a call of four in Chromium for a minute.
//
//   node tests/bench/page.mjs [--seconds N] [--json FILE] [--write]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { builtPages, participant } from '../e2e/support/programs.mjs';
import { Stage } from '../e2e/support/stage.mjs';
import { until } from '../e2e/support/until.mjs';
import { countOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const options = optionsOf({ seconds: '60' });
const seconds = countOf(options.seconds, 'seconds');

/** Begins to note, inside the page, how long its tasks are. */
function watchTasks() {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
  }).observe({ type: 'longtask' });
}

/** Keeps the page's peer connections at hand. */
function keepConnections() {
  window.connections = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...words) {
      super(...words);
      window.connections.push(this);
    }
  };
}

const stage = await Stage.set({ pages: builtPages() });
let crowd = null;
try {
  crowd = spawn(participant(), ['--server', stage.server.url, '--count', '3'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [callId] = await once(readline.createInterface({ input: crowd.stdout }), 'line');
  const browser = await stage.open('chromium');
  // The browser's own camera: one that a script draws would be the page's work.
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  await page.evaluateOnNewDocument(keepConnections);
  await page.goto(`${stage.server.url}/call/${callId}`);
  const find = (selector) => page.waitForSelector(`>>> ${selector}`, { visible: true });
  await (await find('#name')).type('Ann');
  await (await find('[data-control="go"]')).click();
  const call = await find('mullion-call');
  await until('four tiles', () =>
    call.evaluate((component) => component.session.layout?.tiles.length >= 4),
  );
  const session = await page.createCDPSession();
  await session.send('Performance.enable', { timeDomain: 'timeTicks' });
  const metrics = async () => {
    const { metrics: all } = await session.send('Performance.getMetrics');
    return Object.fromEntries(all.map(({ name, value }) => [name, value]));
  };
  // The page has settled.
  await pause(5_000);
  await page.evaluate(watchTasks);
  const before = await metrics();
  await pause(seconds * 1000);
  const after = await metrics();
  const busy = (after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp);
  const script =
    (after.ScriptDuration - before.ScriptDuration) / (after.Timestamp - before.Timestamp);
  const longTasks = await page.evaluate(() => window.longTasks);
  const decoders = await page.evaluate(async () => {
    const found = [];
    for (const connection of window.connections)
      for (const report of (await connection.getStats()).values())
        if (report.type === 'inbound-rtp' && report.kind === 'video' && report.framesDecoded > 0)
          found.push(report.decoderImplementation);
    return found;
  });
  const figures = {
    seconds,
    busy,
    script,
    longTasks,
    decoders: decoders.length,
    elements: await page.evaluate(() => document.querySelectorAll('*').length),
  };
  publish(
    options,
    'page',
    [
      '## The page',
      '',
      'The page of a call of four in Chromium, without a GPU, beside the server and the three others: how',
      'much of its main thread is busy, the tasks of more than 50 ms, and how many pictures it decodes.',
      '',
      ...table(
        ['main thread', 'of that script', 'long tasks', 'video decoders'],
        [
          [
            `${(100 * busy).toFixed(1)} %`,
            `${(100 * script).toFixed(1)} %`,
            longTasks.length ? longTasks.map((ms) => `${ms} ms`).join(', ') : 'none',
            `${decoders.length}`,
          ],
        ],
      ),
      '',
      measuredBy('node tests/bench/page.mjs', `${seconds} s`),
    ],
    figures,
  );
} finally {
  crowd?.kill('SIGINT');
  await stage.close();
}
