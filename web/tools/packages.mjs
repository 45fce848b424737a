// Makes of sdk/ and ui/ what npm installs, in packages/: modules that a bundler picks from, with
// their types.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const kFolders = { client: 'sdk', ui: 'ui' };

rmSync(`${root}packages`, { recursive: true, force: true });
// The components are checked against the types of the client.
for (const [name, folder] of Object.entries(kFolders)) {
  const compiler = `${root}node_modules/.bin/tsc`;
  execFileSync(compiler, ['-p', `${root}${folder}`], { stdio: 'inherit' });
  const source = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
  const exports = Object.fromEntries(
    Object.entries(
      typeof source.exports === 'string' ? { '.': source.exports } : source.exports,
    ).map(([way, file]) => {
      const module = file.replace('./src/', './').replace(/\.ts$/, '');
      return [way, { types: `${module}.d.ts`, default: `${module}.js` }];
    }),
  );
  writeFileSync(
    `${root}packages/${name}/package.json`,
    `${JSON.stringify({ ...source, private: undefined, exports }, null, 2)}\n`,
  );
  copyFileSync(`${root}${folder}/README.md`, `${root}packages/${name}/README.md`);
  copyFileSync(`${root}../LICENSE`, `${root}packages/${name}/LICENSE`);
}
