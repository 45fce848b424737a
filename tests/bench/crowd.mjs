// Three calls of eight at once: what they cost together, and whether a frame is lost.
//
//   node tests/bench/crowd.mjs [--calls 3] [--people 8] [--bitrate BPS] [--seconds N] [--json FILE] [--write]
import { measureCalls } from './calls.mjs';
import { countOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const options = optionsOf({ calls: '3', people: '8', bitrate: '1500000', seconds: '30' });
const row = await measureCalls({
  calls: countOf(options.calls, 'calls'),
  people: countOf(options.people, 'people'),
  bitrate: countOf(options.bitrate, 'bitrate'),
  seconds: countOf(options.seconds, 'seconds'),
});

const lines = [
  '## Several calls at once',
  '',
  `${row.calls} calls of ${row.people}, VP8 at ${Number(options.bitrate) / 1e6} Mbit/s, with all clients on the same machine. CPU seconds a second.`,
  '',
  ...table(
    ['people', 'the calls', 'mulliond', 'the clients', 'frames missing', 'sound missing'],
    [
      [
        row.calls * row.people,
        row.cost.toFixed(3),
        row.control.toFixed(3),
        row.load.toFixed(3),
        `${row.missing} of ${row.expected}`,
        `${row.soundMissing} of ${row.soundExpected}`,
      ],
    ],
  ),
  '',
  measuredBy('node tests/bench/crowd.mjs', `${options.seconds} s`),
];
publish(options, 'crowd', lines, row);
