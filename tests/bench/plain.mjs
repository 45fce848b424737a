// mullion beside the plain way: one pipeline of GStreamer's own elements that encodes the picture
// once for each participant and mixes the sound as often (plain_bench.cpp).
//
//   node tests/bench/plain.mjs [--people 2,4,8] [--seconds N] [--json FILE] [--write]
import { plainBench } from '../e2e/support/programs.mjs';
import { measureCalls } from './calls.mjs';
import { countOf, figuresOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const kBitrate = 3_000_000;
/** At this many people the plain way has to cost so many times as much. */
const kAsked = { people: 8, ratio: 3 };

/** Of its frames, by which the plain way counts as live. */
const kMaxMissing = 0.01;

const options = optionsOf({ people: '2,4,8', seconds: '20' });
const seconds = countOf(options.seconds, 'seconds');

const rows = [];
for (const text of options.people.split(',')) {
  const people = countOf(text, 'people');
  const call = await measureCalls({ people, seconds, bitrate: kBitrate });
  const plain = await figuresOf(plainBench(), [
    ...['--people', `${people}`, '--bitrate', `${kBitrate}`],
  ]);
  const missing = Math.max(0, plain.expected - plain.frames);
  // What does not fit into the machine does not do all of its work.
  const isWhole = missing <= kMaxMissing * plain.expected;
  const whole = isWhole ? plain.cpu_per_second : plain.cpu_per_second_from_memory;
  rows.push({
    ...call,
    plain: plain.cpu_per_second,
    plainMissing: missing,
    plainExpected: plain.expected,
    fromMemory: plain.cpu_per_second_from_memory,
    ratio: whole / call.cost,
  });
  console.log(`${people} people: ${rows.at(-1).ratio.toFixed(2)} times mullion's cost`);
}

const lines = [
  '## Beside the plain way',
  '',
  'The same clip and canvas as above. The plain way is one pipeline of `compositor`, an `audiomixer`',
  'and a `vp8enc` for each participant, with the same settings of the encoders, that takes and sends',
  'SRTP. Live it works in time, from sockets by `rtpjitterbuffer`; from memory it works as fast as it',
  'can, without both, which costs less. The ratio is that of the live figure, or, where more than one',
  'in a hundred of its frames is missing because it does not fit into this machine, that from memory.',
  'It has no ICE, DTLS and RTCP, which a call of mullion has, all included. CPU seconds a second of',
  'media.',
  '',
  ...table(
    [
      ...['people', 'mullion-call', 'frames missing', 'plain way, live', 'frames missing'],
      ...['from memory', 'ratio'],
    ],
    rows.map((row) => [
      row.people,
      row.cost.toFixed(3),
      `${row.missing} of ${row.expected}`,
      row.plain.toFixed(3),
      `${row.plainMissing} of ${row.plainExpected}`,
      row.fromMemory.toFixed(3),
      row.ratio.toFixed(2),
    ]),
  ),
  '',
  measuredBy('node tests/bench/plain.mjs', `${seconds} s each`),
];
publish(options, 'plain', lines, { bitrate: kBitrate, rows });
const missed = rows.filter(({ people, ratio }) => people === kAsked.people && ratio < kAsked.ratio);
if (missed.length) console.error('the plain way costs less than three times as much');
process.exitCode = missed.length ? 1 : 0;
