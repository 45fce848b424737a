// Every screen of the page under axe-core, in both themes, and whether a finger finds what to press.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { untilMixed } from './support/people.mjs';
import { until } from './support/until.mjs';
import { Visitors } from './support/visitors.mjs';

const kAxe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kTarget = 44;
const kBar = ['microphone', 'camera', 'share', 'people', 'chat', 'more', 'hang-up'];

const visitors = new Visitors('chromium', 'chromium');

/** Runs inside the page: what can be pressed and is smaller than `least` either way. */
function smallTargets(least) {
  const all = (root) =>
    [...root.querySelectorAll('*')].flatMap((one) =>
      one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one],
    );
  return all(document)
    .filter((one) => one.matches('button, select, input, summary, a[href]:not(.text a)'))
    .filter((one) => one.checkVisibility())
    .map((one) => {
      // A check mark is pressed by its label, and what looks small may be larger to a finger.
      const box = (
        one.matches('[type=checkbox]') ? one.closest('label') : one
      ).getBoundingClientRect();
      const edge = Number.parseFloat(getComputedStyle(one, '::after').inset) || 0;
      const [width, height] = [box.width - 2 * edge, box.height - 2 * edge];
      const name = one.getAttribute('aria-label') ?? one.textContent.trim();
      return { name, width: Math.round(width), height: Math.round(height) };
    })
    .filter(({ width, height }) => width < least - 0.5 || height < least - 0.5);
}

/** The control that the focus is on, as far as it is one of the call. */
const focusOf = ({ page }) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.dataset.control ?? element?.id;
  });

/** What the focus is on, one `Tab` after the other, as far as it is a control of the call. */
async function reachedByTab(visitor, times) {
  const reached = [];
  for (let i = 0; i < times; i++) {
    await visitor.page.keyboard.press('Tab');
    reached.push(await focusOf(visitor));
  }
  return reached.filter(Boolean);
}

/** Whether axe finds anything on the screen as it is, in either theme. */
async function examine(visitor, screen) {
  const { page } = visitor;
  for (const theme of ['light', 'dark']) {
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: theme },
      // Or colours are measured half way.
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(kAxe);
    const found = await page.evaluate(async () => {
      const { violations, passes } = await globalThis.axe.run(document, {
        // Cameras of a test say nothing, and nobody has captions of what is said now.
        rules: { 'video-caption': { enabled: false } },
      });
      return {
        passes: passes.length,
        violations: violations.map(({ id, nodes }) => ({
          id,
          nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
        })),
      };
    });
    assert.ok(found.passes > 10, `${screen}: axe looked at ${found.passes} things only`);
    assert.deepEqual(found.violations, [], `${screen}, ${theme}`);
  }
  assert.deepEqual(await page.evaluate(smallTargets, kTarget), [], `${screen}: too small`);
}

test('the pages before a call', async () => {
  const ann = await visitors.visit(0, '/');
  await ann.find('#name');
  await examine(ann, 'the start');
  await ann.press('go');
  await examine(ann, 'the start without a name');
  await ann.refuseDevices('NotAllowedError');
  await ann.press('camera');
  await ann.press('camera');
  await ann.find('mullion-lobby >>> [role="alert"]');
  await examine(ann, 'the start without devices');
  await ann.page.setViewport({ width: 390, height: 844 });
  await ann.page.goto(`${visitors.url}/?lang=ar`);
  await until('Arabic', () => ann.page.evaluate(() => document.documentElement.dir === 'rtl'));
  await ann.find('#name');
  await examine(ann, 'the start in Arabic on a phone');
  await ann.page.goto(`${visitors.url}/call/nowhere`);
  await ann.find('.dead');
  await examine(ann, 'a link that leads nowhere');
  await ann.page.goto(`${visitors.url}/#token=garbage`);
  await ann.find('.news');
  await examine(ann, 'a token that is none');
  // Who has been here before may be rung while the page is closed, where he is not blocked.
  for (const permissions of [['notifications'], []]) {
    await ann.context.overridePermissions(visitors.url, permissions);
    await ann.page.goto(`${visitors.url}/`);
    await ann.comeBack();
    await ann.find('[data-control="push"]');
    await examine(ann, `the start of somebody known, who allows ${permissions}`);
  }
});

test('the page of the API, closed, open and searched, on a desktop and on a phone', async () => {
  const ann = await visitors.visit(0, '/docs');
  for (const size of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    await ann.page.setViewport(size);
    await ann.page.goto(`${visitors.url}/docs`);
    await ann.find('details');
    await examine(ann, `the API at ${size.width}`);
    await ann.page.keyboard.press('/');
    await ann.page.keyboard.type('chat');
    await until('what is found', () =>
      ann.page.evaluate(
        () =>
          document.querySelector('mullion-docs').shadowRoot.querySelectorAll('details').length < 20,
      ),
    );
    await (await ann.find('button')).click();
    await ann.find('details[open]');
    await examine(ann, `what is found in the API at ${size.width}`);
    const wide = await ann.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} pixels stand out at ${size.width}`);
  }
});

test('the page can be installed', async () => {
  const ann = await visitors.visit(0, '/');
  const session = await ann.page.createCDPSession();
  const { errors } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A context of a test's own is a private window.
  const real = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
  assert.deepEqual(real, []);
});

test('a call with its panels and menus, on a desktop and on a phone', async () => {
  const { ann, path } = await visitors.start();
  await ann.says('.banner', 'Nobody else is here yet');
  await examine(ann, 'a call alone');
  const bob = await visitors.visit(1, path);
  await bob.enterAs('go');
  await untilMixed([ann, bob]);
  await bob.press('chat');
  await bob.type('#message', 'Hello, see https://example.org');
  await bob.press('send');
  await ann.says('[data-control="chat"] .badge', '1');
  await examine(ann, 'a call of two');
  assert.deepEqual(
    await reachedByTab(ann, 12),
    ['spotlight', 'spotlight', 'mute', 'remove', 'quality', ...kBar],
    'all is reached by the Tab key, in the order that it is seen',
  );
  for (const size of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    await ann.page.setViewport(size);
    await ann.press('chat');
    await ann.find('.message');
    await examine(ann, `the chat at ${size.width}`);
    await ann.press('people');
    await ann.press('settings');
    await examine(ann, `the people at ${size.width}`);
    await ann.press('people');
    await ann.press('more');
    await examine(ann, `the menu at ${size.width}`);
    await ann.press('devices');
    await ann.find('#camera');
    await examine(ann, `the devices at ${size.width}`);
    await ann.press('close');
    await ann.press('quality');
    await ann.find('table');
    await examine(ann, `the connection at ${size.width}`);
    await ann.press('close');
    await ann.page.keyboard.press('?');
    await ann.find('kbd');
    await examine(ann, `the keys at ${size.width}`);
    await ann.page.keyboard.press('Escape');
    await ann.untilGone('kbd');
  }
  await ann.page.setViewport({ width: 1280, height: 800 });
  await ann.pressOverTile(bob.userId, 'remove');
  await examine(ann, 'whether somebody is to be removed');
  await ann.press('no');
  await ann.press('more');
  await ann.press('audio-only');
  await ann.says('.banner', 'with sound alone');
  await examine(ann, 'a call by sound alone');
});

test('the focus comes back from every dialogue and panel', async () => {
  const { ann } = await visitors.start();
  const { keyboard } = ann.page;
  const open = async (control) => {
    await (await ann.find(`[data-control="${control}"]`)).focus();
    await keyboard.press('Enter');
  };
  const untilFocus = (control) =>
    until(`the focus on ${control}`, async () => (await focusOf(ann)) === control);
  for (const control of ['more', 'quality']) {
    await open(control);
    await untilFocus('close');
    await keyboard.press('Escape');
    await untilFocus(control);
  }
  await open('more');
  await open('devices');
  await ann.find('#camera');
  await untilFocus('close');
  await keyboard.press('Enter');
  await ann.untilGone('#camera');
  await untilFocus('more');
  await open('chat');
  await untilFocus('message');
  await keyboard.press('Escape');
  await untilFocus('chat');
  await open('people');
  await (await ann.find('mullion-people >>> [data-control="close"]')).focus();
  await keyboard.press('Enter');
  await untilFocus('people');
});

test('all of the bar is there on the smallest page, in either direction', async () => {
  const { ann } = await visitors.start();
  const { page } = ann;
  await page.setViewport({ width: 320, height: 568 });
  for (const dir of ['ltr', 'rtl']) {
    const boxes = await ann.inCall((component, value) => {
      const bar = component.shadowRoot.querySelector('mullion-controls');
      component.dir = bar.dir = value;
      return [...bar.shadowRoot.querySelectorAll('button')].map((one) =>
        one.getBoundingClientRect().toJSON(),
      );
    }, dir);
    assert.equal(boxes.length, kBar.length);
    for (const { left, right, width, height } of boxes) {
      assert.ok(left >= 0 && right <= 320, `from ${left} to ${right} in ${dir}`);
      assert.ok(width >= 40 && height >= 40, `${width} × ${height}`);
    }
  }
});

test('the lobby’s door and ringing', async () => {
  const { ann, path } = await visitors.start();
  const bob = await visitors.visit(1, '/');
  const bobId = await bob.comeBack();
  await ann.press('more');
  await ann.press('lobby');
  await ann.press('close');
  await bob.page.goto(`${visitors.url}${path}`);
  await bob.press('go');
  await bob.find('mullion-door');
  await examine(bob, 'the door');
  await ann.find('[data-control="banner-admit"]');
  await examine(ann, 'a call where somebody waits');
  await bob.press('hang-up');
  await ann.press('hang-up');
  await bob.page.goto(visitors.url);
  await bob.find('mullion-app[connected]');
  await ann.page.goto(visitors.url);
  await ann.type('#friend', bobId);
  await ann.press('ring');
  await ann.find('mullion-outgoing-call');
  await examine(ann, 'ringing');
  await bob.find('mullion-incoming-call');
  await examine(bob, 'being rung');
  await ann.press('cancel');
  await bob.find('[data-control="call-back"]');
  await examine(bob, 'a missed call');
});
