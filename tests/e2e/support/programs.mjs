// Where the programs under test are: in `build`, or beside the mulliond that MULLIOND names.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../../../', import.meta.url));
const kBuild = process.env.MULLIOND ? dirname(resolve(process.env.MULLIOND)) : join(kRoot, 'build');

function built(path) {
  const program = join(kBuild, path);
  if (!existsSync(program))
    throw new Error(`${program} is missing: build first (tools/test does), or set MULLIOND`);
  return program;
}

export const mulliond = () => built('mulliond');
export const mullionCall = () => built('pipelines/mullion-call');
export const participant = () => built('tools/participant/mullion-participant');
export const fakeCall = () => built('tests/worker/fake_call');
export const load = () => built('tools/load/mullion-load');
export const floorBench = () => built('tests/bench/bench_floor');
export const qualityBench = () => built('tests/bench/bench_quality');
export const plainBench = () => built('tests/bench/bench_plain');
export const latency = () => built('tools/latency/mullion-latency');

/** The pages of the tests: a client that is written from the interface alone. */
export const testPages = join(kRoot, 'tests/e2e/page');

/** The pages that mullion brings. */
export function builtPages() {
  const pages = process.env.MULLION_WEB ?? join(kRoot, 'web/dist');
  if (!existsSync(join(pages, 'index.html')))
    throw new Error(`no pages in ${pages}; run \`npm ci && npm run build\` in web`);
  return pages;
}
