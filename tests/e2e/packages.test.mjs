// What npm installs of the client and the components: it is there whole, and what their READMEs show
// is what a strict compiler takes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const kWeb = fileURLToPath(new URL('../../web', import.meta.url));
const kPackages = `${kWeb}/packages`;

/** Runs a program of npm's that `web` has installed. */
function run(program, words, cwd) {
  try {
    return execFileSync(`${kWeb}/node_modules/.bin/${program}`, words, { cwd, encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${program} ${words.join(' ')}:\n${error.stdout}${error.stderr}`);
  }
}

test('the packages have their types, and what their READMEs show compiles', () => {
  execFileSync('node', [`${kWeb}/tools/packages.mjs`], { encoding: 'utf8' });
  const folder = `${kPackages}/try`;
  mkdirSync(`${folder}/node_modules/@mullion`, { recursive: true });
  for (const name of ['client', 'ui']) {
    symlinkSync(`${kPackages}/${name}`, `${folder}/node_modules/@mullion/${name}`);
    const readme = readFileSync(`${kPackages}/${name}/README.md`, 'utf8');
    const shown = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
    assert.ok(shown.length > 0, name);
    shown.forEach((code, i) => writeFileSync(`${folder}/${name}${i}.ts`, code));
  }
  const options = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    // As installed packages lie, and not where the links lead.
    preserveSymlinks: true,
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: options }));
  run('tsc', ['-p', folder], folder);
  rmSync(folder, { recursive: true });
});

test('the client is a module without effects, whose every file has types', async () => {
  const client = await import(`${kPackages}/client/index.js`);
  for (const name of ['Client', 'LocalMedia', 'devToken', 'DeviceError'])
    assert.equal(typeof client[name], 'function', name);
  const files = readdirSync(`${kPackages}/client`);
  for (const module of files.filter((file) => file.endsWith('.js')))
    assert.ok(files.includes(module.replace(/js$/, 'd.ts')), module);
  const { private: isPrivate, exports } = JSON.parse(
    readFileSync(`${kPackages}/client/package.json`, 'utf8'),
  );
  assert.equal(isPrivate, undefined);
  assert.deepEqual(exports, { '.': { types: './index.d.ts', default: './index.js' } });
});
