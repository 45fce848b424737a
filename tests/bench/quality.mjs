// How good the composite is that people see, and what its encoder costs: SSIM of luma against the
// canvas itself, for the server's settings and for libvpx's real-time cpu-used=8 with otherwise the
// same ones, on the very same frames; H.264 stands beside for information.
//
//   node tests/bench/quality.mjs [--rounds N] [--rates BPS,…] [--vp8 "cpu-used=-6;cpu-used=-8,…"]
//                                [--json FILE] [--write]
//
// ffmpeg's `ssim` filter is the judge: means over all windows of 8×8 and all frames. --vp8 tries
// other settings beside the server's. Asked for are at most 0.005 below cpu-used=8, and a rate
// within 5 % of the one asked for; it ends with 1 where the server's settings miss either.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { qualityBench } from '../e2e/support/programs.mjs';
import { countOf, measuredBy, optionsOf, publish, run, table, withFolder } from './performance.mjs';

const kMaxBelow = 0.005;
const kMaxOff = 0.05;

const options = optionsOf({ rounds: '3', rates: '1000000,1500000,3000000', vp8: '' });

async function lumaSsim(canvas, stream, fps) {
  const { stderr } = await run('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-threads', '1'],
    ...(stream.endsWith('.h264') ? ['-r', `${fps}`] : []),
    ...['-i', stream],
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '1280x720', '-r', `${fps}`, '-i', canvas],
    ...['-lavfi', 'ssim', '-f', 'null', '-'],
  ]);
  const found = /SSIM Y:([\d.]+)/.exec(stderr);
  if (!found) throw new Error(`ffmpeg tells no SSIM of ${stream}:\n${stderr}`);
  return Number(found[1]);
}

const rows = await withFolder(async (folder) => {
  await run(qualityBench(), [
    ...['--out', folder, '--rates', options.rates],
    ...['--rounds', `${countOf(options.rounds, 'rounds')}`, '--vp8', options.vp8],
  ]);
  const { fps, rows } = JSON.parse(readFileSync(path.join(folder, 'figures.json'), 'utf8'));
  for (const row of rows) row.ssim = await lumaSsim(path.join(folder, 'canvas.yuv'), row.file, fps);
  return rows;
});
for (const row of rows) {
  const peer = rows.find(({ name, asked }) => name === 'cpu-used=8' && asked === row.asked);
  delete row.file;
  row.below = peer.ssim - row.ssim;
  row.cpuRatio = row.cpu_per_frame / peer.cpu_per_frame;
  row.off = row.bitrate / row.asked - 1;
}

const signed = (value, digits) => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(digits);
const lines = [
  '## Quality of the picture',
  '',
  'The canvas of eight people, 1280×720 at 25, 10 s, encoded by the settings of',
  '`pipelines/mix/encoder.cpp`, by libvpx’s real-time `cpu-used=8` with otherwise the same settings,',
  'and as H.264. SSIM of luma against the canvas, by ffmpeg; CPU of the encoder beside cpu-used=8’s.',
  '',
  ...table(
    ['asked', 'encoder', 'SSIM', 'to cpu-used=8', 'rate', 'off', 'CPU a frame', 'ratio'],
    rows.map((row) => [
      `${row.asked / 1e6} Mbit/s`,
      row.name,
      row.ssim.toFixed(4),
      signed(-row.below, 4),
      `${(row.bitrate / 1e6).toFixed(3)} Mbit/s`,
      `${signed(row.off * 100, 1)} %`,
      `${(row.cpu_per_frame * 1000).toFixed(2)} ms`,
      row.cpuRatio.toFixed(2),
    ]),
  ),
  '',
  measuredBy('node tests/bench/quality.mjs', `the cheapest of ${options.rounds} rounds`),
];
publish(options, 'quality', lines, { rows });

const missed = rows.filter(
  ({ name, below, off }) => name === 'mullion' && (below > kMaxBelow || Math.abs(off) > kMaxOff),
);
for (const { asked } of missed)
  console.error(`at ${asked} bit/s the picture or its rate is worse than asked for`);
process.exitCode = missed.length ? 1 : 0;
