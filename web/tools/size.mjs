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
const rows = [
  ['first load', ['index.html', 'favicon.svg', ...assets], 100],
  ['client', ['sdk/mullion-client.js'], 20],
];
for (const [name, files, limit] of rows) {
  const size = kB(files);
  console.log(`${name}: ${size.toFixed(1)} kB of ${limit} kB`);
  if (size > limit) process.exitCode = 1;
}
