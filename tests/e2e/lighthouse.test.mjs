// What Lighthouse says of the pages: accessibility and best practices.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { navigation, snapshot } from 'lighthouse';

import { untilMixed } from './support/people.mjs';
import { Visitors } from './support/visitors.mjs';

const visitors = new Visitors('chromium', 'chromium');

const kCategories = ['accessibility', 'best-practices'];

/** Lighthouse's flags for a page of a size, which stays as it is. */
function flagsFor(width) {
  const formFactor = width < 600 ? 'mobile' : 'desktop';
  return {
    onlyCategories: kCategories,
    disableStorageReset: true,
    formFactor,
    screenEmulation: { disabled: true },
    throttlingMethod: 'provided',
  };
}

/** Asserts that a report has no other score than 100, and says what it found otherwise. */
function expectFull({ lhr }, screen) {
  const faults = Object.values(lhr.audits)
    .filter(({ score }) => score !== null && score < 1)
    .map(({ id, title, displayValue }) => `${id}: ${title} ${displayValue ?? ''}`.trim());
  const scores = kCategories.map((id) => [id, lhr.categories[id].score * 100]);
  assert.deepEqual(
    scores,
    kCategories.map((id) => [id, 100]),
    `${screen}: ${faults.join('; ')}`,
  );
}

for (const [name, width, height, paths] of [
  ['desktop', 1280, 800, ['/', '/docs']],
  ['phone', 390, 844, ['/']],
])
  test(`the pages are loaded on a ${name}`, async () => {
    for (const path of paths) {
      const ann = await visitors.visit(0, '/');
      await ann.page.setViewport({ width, height });
      const report = await navigation(ann.page, `${visitors.url}${path}`, {
        flags: flagsFor(width),
      });
      expectFull(report, path);
      await ann.close();
    }
  });

test('a call of two, and its panels', async () => {
  const { ann, path } = await visitors.start();
  const bob = await visitors.visit(1, path);
  await bob.enterAs('go');
  await untilMixed([ann, bob]);
  for (const control of [null, 'people', 'chat', 'more']) {
    if (control) await ann.press(control);
    const report = await snapshot(ann.page, { flags: flagsFor(1280) });
    expectFull(report, control ?? 'the call');
  }
});
