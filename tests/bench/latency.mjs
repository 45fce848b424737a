// How long a picture and a click take through the server.
//
//   node tests/bench/latency.mjs [--seconds 60] [--json FILE] [--write]
import { latency } from '../e2e/support/programs.mjs';
import { Server } from '../e2e/support/server.mjs';
import { countOf, figuresOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const options = optionsOf({ seconds: '60' });
const seconds = countOf(options.seconds, 'seconds');
const server = await Server.start();
const figures = await figuresOf(latency(), [
  ...['--server', server.url, '--seconds', `${seconds}`],
]).finally(() => server.remove());

const ms = (value) => `${value.toFixed(1)} ms`;
const lines = [
  ...table(
    ['', 'median', '95 of 100', 'worst', 'the tool alone'],
    [
      ['picture', figures.picture],
      ['sound', figures.sound],
    ].map(([name, figure]) => [
      name,
      ms(figure.median_ms),
      ms(figure.p95_ms),
      ms(figure.worst_ms),
      ms(figure.tool_median_ms),
    ]),
  ),
  '',
  measuredBy('node tests/bench/latency.mjs', `${seconds} s`),
];
publish(options, 'latency', lines, figures);
