// What a call costs the server as it grows: CPU seconds a second of mullion-call with 2, 4, 6 and 8
// people who all send the camera-like clip, beside what each piece of the work costs alone.
//
//   node tests/bench/cost.mjs [--people 2,4,6,8] [--seconds N] [--json FILE] [--write]
//
// Canvas 1280×720 at 25, one VP8 rung at 3 Mbit/s. --write puts the figures into
// docs/performance.md. FreeSWITCH's conference with one shared encoder takes 0.172 + 0.060 a member
// on the same work (two cores, November 2026).
import { floorBench } from '../e2e/support/programs.mjs';
import { measureCalls } from './calls.mjs';
import { countOf, figuresOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const kBitrate = 3_000_000;

const options = optionsOf({ people: '2,4,6,8', seconds: '20' });
const sizes = options.people.split(',').map((text) => countOf(text, 'people'));
const seconds = countOf(options.seconds, 'seconds');

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
  rows.push(await measureCalls({ people, seconds, bitrate: kBitrate }));
  const { cost, missing, expected } = rows.at(-1);
  console.log(
    `${people} people: ${cost.toFixed(3)} CPU seconds a second, ${missing} of ${expected} frames missing`,
  );
}
const floor = await figuresOf(floorBench(), [
  ...['--people', `${sizes.at(-1)}`, '--bitrate', `${kBitrate}`],
]);

const marginal = rows.length > 1 ? fit(rows) : null;
const lines = [
  '## Cost of a call',
  '',
  'Everybody sends the same camera-like clip (640×360 at 25, VP8 at 400 kbit/s, a voice in Opus) and',
  'gets a canvas of 1280×720 at 25, VP8 at 3 Mbit/s. CPU seconds a second; clients are other processes.',
  '',
  ...table(
    ['people', 'mullion-call', 'mulliond', 'frames missing', 'longest gap'],
    rows.map((row) => [
      row.people,
      row.cost.toFixed(3),
      row.control.toFixed(3),
      `${row.missing} of ${row.expected}`,
      `${row.longestGapMs.toFixed(0)} ms`,
    ]),
  ),
  '',
  ...(marginal
    ? [`Fits ${marginal.base.toFixed(3)} + ${marginal.slope.toFixed(3)} a participant.`, '']
    : []),
  `Each piece of the work for ${floor.people} people alone, in the same run:`,
  '',
  ...table(
    ['piece', 'CPU seconds a second'],
    [...Object.entries(floor.pieces), ['all', floor.sum]].map(([name, cost]) => [
      name,
      cost.toFixed(3),
    ]),
  ),
  '',
  measuredBy('node tests/bench/cost.mjs', `${seconds} s each`),
];
publish(options, 'cost', lines, { bitrate: kBitrate, rows, marginal, floor });
