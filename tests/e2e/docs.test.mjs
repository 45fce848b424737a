// What docs/api.md tells a newcomer to type, typed as it stands there; what a comment promises, such
// as `# "active"`, is what its command prints.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

import { people } from './support/people.mjs';
import { builtPages, mulliond } from './support/programs.mjs';
import { Shell } from './support/shell.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';
import { Visitor } from './support/visitor.mjs';

const kPage = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const kUrlOfPage = 'http://127.0.0.1:8080';
const kPromise = /\s+# ("[^"]*"|\[.*\]|true|false|null|\d+)\s*$/;

let stage, shell, folder;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mullion-docs-'));
  const made = spawnSync(mulliond(), ['--make-api-key', 'backend'], { encoding: 'utf8' });
  const keys = join(folder, 'keys');
  writeFileSync(keys, made.stdout);
  stage = await Stage.set({ pages: builtPages(), env: { MULLION_AUTH_API_KEYS_FILE: keys } });
  shell = new Shell({ cwd: folder, env: { key: made.stderr.trim().split(' ').at(-1) } });
});
afterEach(async () => {
  await shell?.close();
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The blocks of shell commands of docs/api.md, in their order. */
function blocks() {
  return Array.from(kPage.matchAll(/^```sh\n(.*?)^```/gms), ([, text]) =>
    text.replaceAll(kUrlOfPage, stage.server.url),
  );
}

/** Types a block. @returns how many promises it kept, and what the other commands printed. */
async function type(block) {
  const printed = [];
  let kept = 0;
  for (const line of block.replaceAll('\\\n', ' ').split('\n')) {
    const promise = kPromise.exec(line)?.[1];
    const answer = await shell.run(line);
    if (promise) {
      assert.deepEqual(answer, [promise], line);
      kept += 1;
    } else {
      printed.push(...answer);
    }
  }
  return { kept, printed };
}

// A command that waits for ever ends with the test.
test('every command does what its comment says', { timeout: 240_000 }, async () => {
  let bob;
  let promises = 0;
  for (const block of blocks()) {
    const { kept, printed } = await type(block);
    promises += kept;
    // “open this”: Bob's page, which rings at the next block.
    const address = printed.find((line) => line.includes('#token='));
    if (address) {
      const path = address.slice(stage.server.url.length);
      bob = await Visitor.open(stage, 'chromium', path, people[1]);
      await until('Bob online', () =>
        bob.page.evaluate(() => document.querySelector('mullion-app').hasAttribute('connected')),
      );
      // Who he is, his token says.
      await bob.says('.id', 'bob');
      assert.equal(await (await bob.find('#name')).evaluate((field) => field.value), 'Bob');
    } else if (/accept it in the browser/.test(block)) {
      await bob.says('mullion-incoming-call >>> h1', 'Ada');
      await bob.press('accept');
      await until('Bob’s picture', async () => (await bob.look([])).width === 1280);
    }
  }
  await bob.says('.news', 'ended');
  assert.ok(promises >= 10, `${promises} promises found`);
});
