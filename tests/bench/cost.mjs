// What a call costs the server as it grows: CPU seconds a second of mullion-call with 2, 4, 6 and 8
// people who all send the camera-like clip, beside what each piece of the work costs alone.
//
//   node tests/bench/cost.mjs [--people 2,4,6,8] [--seconds N] [--json FILE] [--write]
//
// Canvas 1280×720 at 25, one VP8 rung at 3 Mbit/s. --write puts the figures into
// docs/performance.md. FreeSWITCH's conference with one shared encoder takes 0.172 + 0.060 a member
// on the same work (two cores, November 2026).
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { floorBench, load } from '../e2e/support/programs.mjs';
import { Server } from '../e2e/support/server.mjs';
import { writeSection } from './performance.mjs';

const run = promisify(execFile);
const kBitrate = 3_000_000;

const { values: options } = parseArgs({
  options: {
    people: { type: 'string', default: '2,4,6,8' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const sizes = options.people.split(',').map(Number);
const folder = mkdtempSync(path.join(tmpdir(), 'mullion-cost-'));

/** Runs a program that writes its figures to a file; a load that lost frames has figures too. */
async function figuresOf(program, args) {
  const file = path.join(folder, 'figures.json');
  rmSync(file, { force: true });
  await run(program, [...args, '--json', file]).catch((error) => {
    if (error.code !== 1) throw error;
  });
  return JSON.parse(readFileSync(file, 'utf8'));
}

const measureCall = (server, people) =>
  figuresOf(load(), [
    ...['--server', server.url, '--server-pid', `${server.process.pid}`],
    ...['--data-dir', server.dataDir, '--people', `${people}`, '--seconds', options.seconds],
  ]);

/** Least squares: cost = base + slope × people. */
function fit(rows) {
  const mean = (value) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  const people = mean((row) => row.people);
  const cost = mean((row) => row.cost);
  const slope =
    mean((row) => (row.people - people) * (row.cost - cost)) /
    mean((row) => (row.people - people) ** 2);
  return { base: cost - slope * people, slope };
}

const rows = [];
for (const people of sizes) {
  // A server each, so that no call is another one's heir.
  const server = await Server.start({ env: { MULLION_MEDIA_BITRATE_720P: `${kBitrate}` } });
  try {
    const { picture, sound, cpu_per_second: cpu, joins } = await measureCall(server, people);
    rows.push({
      people,
      cost: cpu.calls,
      control: cpu.mulliond,
      load: cpu.load,
      missing: picture.missing,
      expected: picture.expected,
      soundMissing: sound.missing,
      freezes: picture.freezes,
      longestGapMs: picture.longest_gap_ms,
      joinsFailed: joins.failed,
    });
  } finally {
    await server.remove();
  }
  const { cost, missing, expected } = rows.at(-1);
  console.log(
    `${people} people: ${cost.toFixed(3)} CPU seconds a second, ${missing} of ${expected} frames missing`,
  );
}
const floor = await figuresOf(floorBench(), [
  ...['--people', `${sizes.at(-1)}`, '--bitrate', `${kBitrate}`],
]);
rmSync(folder, { recursive: true });

const marginal = rows.length > 1 ? fit(rows) : null;
const lines = [
  '## Cost of a call',
  '',
  'Everybody sends the same camera-like clip (640×360 at 25, VP8 at 400 kbit/s, a voice in Opus) and',
  'gets a canvas of 1280×720 at 25, VP8 at 3 Mbit/s. CPU seconds a second; clients are other processes.',
  '',
  '| people | mullion-call | mulliond | frames missing | longest gap |',
  '|---|---|---|---|---|',
  ...rows.map(
    (row) =>
      `| ${row.people} | ${row.cost.toFixed(3)} | ${row.control.toFixed(3)} | ${row.missing} of ${row.expected} | ${row.longestGapMs.toFixed(0)} ms |`,
  ),
  '',
  ...(marginal
    ? [`Fits ${marginal.base.toFixed(3)} + ${marginal.slope.toFixed(3)} a participant.`, '']
    : []),
  `Each piece of the work for ${floor.people} people alone, in the same run:`,
  '',
  '| piece | CPU seconds a second |',
  '|---|---|',
  ...Object.entries(floor.pieces).map(([name, cost]) => `| ${name} | ${cost.toFixed(3)} |`),
  `| all | ${floor.sum.toFixed(3)} |`,
  '',
  `\`node tests/bench/cost.mjs\`, ${options.seconds} s each, on ${cpus().length} × ${cpus()[0].model}, ` +
    `${new Date().toISOString().slice(0, 10)}.`,
];
console.log(`\n${lines.join('\n')}`);
if (options.json) {
  writeFileSync(
    options.json,
    JSON.stringify({ bitrate: kBitrate, rows, marginal, floor }, null, 2),
  );
}
if (options.write) {
  writeSection(fileURLToPath(new URL('../../docs/performance.md', import.meta.url)), 'cost', lines);
}
