// What a first visit loads and what the client weighs, gzipped, against their limits.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const kB = (files) =>
  files
    .map((file) => readFileSync(new URL(`../dist/${file}`, import.meta.url)))
    // Fonts are packed by themselves.
    .reduce((sum, data, i) => sum + (/woff2$/.test(files[i]) ? data : gzipSync(data)).length, 0) /
  1000;

const assets = readdirSync(new URL('../dist/assets', import.meta.url)).map(
  (name) => `assets/${name}`,
);
/** What comes when it is needed: the call, the words of another language, the other pages. */
const isLater = (file) => /assets\/(call|ar|de|es|zh|watch|hls|docs)[-.]/.test(file);
const rows = [
  ['first load', ['index.html', 'favicon.svg', ...assets.filter((file) => !isLater(file))], 100],
  [
    'with the call',
    ['index.html', 'favicon.svg', ...assets.filter((file) => !isLater(file) || /call-/.test(file))],
    130,
  ],
  ['client', ['sdk/mullion-client.js'], 20],
];
for (const [name, files, limit] of rows) {
  const size = kB(files);
  console.log(`${name}: ${size.toFixed(1)} kB of ${limit} kB`);
  if (size > limit) process.exitCode = 1;
}
