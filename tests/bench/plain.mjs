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

const options = optionsOf({ people: '2,4,8', seconds: '20' });
const seconds = countOf(options.seconds, 'seconds');

const rows = [];
for (const text of options.people.split(',')) {
  const people = countOf(text, 'people');
  const call = await measureCalls({ people, seconds, bitrate: kBitrate });
  const plain = await figuresOf(plainBench(), [
    ...['--people', `${people}`, '--bitrate', `${kBitrate}`],
  ]);
  rows.push({ ...call, plain: plain.cpu_per_second, ratio: plain.cpu_per_second / call.cost });
  console.log(`${people} people: ${rows.at(-1).ratio.toFixed(2)} times mullion's cost`);
}

const lines = [
  '## Beside the plain way',
  '',
  'The same clip and canvas as above. The plain way is one pipeline of `compositor`, an `audiomixer`',
  'and a `vp8enc` for each participant, with the same settings of the encoders, payloaders and SRTP.',
  'It works as fast as it can, without ICE, DTLS and jitter buffers, so CPU seconds a second of media;',
  'mullion’s column is a call with clients, all included.',
  '',
  ...table(
    ['people', 'mullion-call', 'plain way', 'ratio', 'frames missing (mullion)'],
    rows.map((row) => [
      row.people,
      row.cost.toFixed(3),
      row.plain.toFixed(3),
      row.ratio.toFixed(2),
      `${row.missing} of ${row.expected}`,
    ]),
  ),
  '',
  measuredBy('node tests/bench/plain.mjs', `${seconds} s each`),
];
publish(options, 'plain', lines, { bitrate: kBitrate, rows });
const missed = rows.filter(({ people, ratio }) => people === kAsked.people && ratio < kAsked.ratio);
if (missed.length) console.error('the plain way costs less than three times as much');
process.exitCode = missed.length ? 1 : 0;
