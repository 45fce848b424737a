// Takes pictures of every screen of the page, on a desktop and on a phone, in both themes, into the
// folder that is named; without one those of docs/screenshots. `node screenshots.mjs [folder]`
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { drawnCamera } from './e2e/support/drawn_camera.mjs';
import { builtPages } from './e2e/support/programs.mjs';
import { Stage } from './e2e/support/stage.mjs';
import { until } from './e2e/support/until.mjs';

const kDocumented = new Set([
  'call-desktop',
  'call-phone',
  'chat-desktop-light',
  'door-desktop-light',
  'incoming-phone',
  'more-phone',
  'people-desktop-dark',
  'start-desktop-dark',
  'start-desktop-light',
  'start-phone-arabic',
  'start-phone-light',
  'tile-actions',
]);
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/screenshots', import.meta.url));
mkdirSync(folder, { recursive: true });

const kDesktop = { width: 1440, height: 900 };
const kPhone = { width: 390, height: 844, isMobile: true, hasTouch: true };
const kPeople = [
  ['Ann Lindqvist', '#27435f', '#e2b08c', '#c7563d'],
  ['Bob Okafor', '#3c4f3a', '#8d5a3b', '#d8b13c'],
  ['Eve Tanaka', '#54405f', '#f0c9a6', '#3f7f8c'],
  ['Cem Aksoy', '#3d3d52', '#c98f6b', '#4d6f9c'],
];

/** Somebody with a browser of his own, whose camera is drawn. */
class Sitter {
  static async seat(stage, person, path, viewport = kDesktop, theme = 'dark') {
    const page = await (await stage.open('chromium')).newPage();
    const sitter = new Sitter();
    Object.assign(sitter, { page, person, server: stage.server });
    await page.setViewport(viewport);
    await sitter.useTheme(theme);
    await page.evaluateOnNewDocument(drawnCamera, person);
    await page.goto(`${stage.server.url}${path}`);
    return sitter;
  }

  useTheme(theme) {
    return this.page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: theme },
      // Or the colours are caught half way.
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
  }

  find(selector) {
    return this.page.waitForSelector(`>>> ${selector}`, { visible: true });
  }

  async type(selector, text) {
    const field = await this.find(selector);
    await field.evaluate((input) => (input.value = ''));
    await field.type(text);
    await field.evaluate((input) => input.blur());
  }

  async press(control) {
    await this.page.bringToFront();
    const button = await this.find(`[data-control="${control}"]`);
    await button.evaluate((element) => element.click());
  }

  untilGone(selector) {
    return until(`no ${selector}`, async () => (await this.page.$(`>>> ${selector}`)) === null);
  }

  untilSeesHimself() {
    return until('the picture', async () => {
      const video = await this.page.$('>>> mullion-lobby >>> video');
      return video?.evaluate((element) => element.videoWidth > 0);
    });
  }

  async untilSees(people) {
    await until('everybody in the picture', () =>
      this.page.$eval(
        '>>> mullion-call',
        ({ session }, count) =>
          session.state === 'connected' && session.layout?.tiles.length === count,
        people,
      ),
    );
    await this.settle();
  }

  /** As many frames as the mix needs to settle. */
  settle() {
    return this.page.$eval(
      '>>> .composite',
      (video) =>
        new Promise((resolve) => {
          let left = 50;
          const count = () => (--left ? video.requestVideoFrameCallback(count) : resolve());
          video.requestVideoFrameCallback(count);
        }),
    );
  }

  react(emoji) {
    return this.page.$eval('>>> mullion-call', ({ session }, text) => session.react(text), emoji);
  }

  async inBothThemes(name) {
    for (const theme of ['light', 'dark']) {
      await this.useTheme(theme);
      await this.shoot(`${name}-${theme}`);
    }
  }

  async shoot(name) {
    await this.page.bringToFront();
    // The bar comes back with the pointer.
    await this.page.mouse.move(200, 60);
    await this.page.mouse.move(201, 61);
    await this.keep(name);
  }

  async keep(name) {
    if (process.argv[2] || kDocumented.has(name))
      await this.page.screenshot({ path: `${folder}/${name}.jpg`, type: 'jpeg', quality: 80 });
  }
}

/** The start, the links that lead nowhere, in both sizes and both themes. */
async function start(stage) {
  const ann = await Sitter.seat(stage, kPeople[0], '/', kDesktop, 'light');
  for (const [view, size] of Object.entries({ phone: kPhone, desktop: kDesktop })) {
    // Between a phone and a desktop the page is loaded again.
    await ann.page.setViewport(size);
    await ann.type('#name', kPeople[0][0]);
    for (const theme of ['light', 'dark']) {
      await ann.useTheme(theme);
      await ann.untilSeesHimself();
      await ann.shoot(`start-${view}-${theme}`);
    }
  }
  return ann;
}

async function callOfThree(stage, ann) {
  await ann.press('go');
  await until('the link', () => new URL(ann.page.url()).pathname.startsWith('/call/'));
  const { pathname } = new URL(ann.page.url());
  const bob = await Sitter.seat(stage, kPeople[1], pathname);
  await bob.type('#name', kPeople[1][0]);
  await bob.press('go');
  const eve = await Sitter.seat(stage, kPeople[2], pathname, kPhone);
  await eve.type('#name', kPeople[2][0]);
  await eve.untilSeesHimself();
  await eve.shoot('join-phone-dark');
  await eve.press('go');
  for (const sitter of [ann, bob, eve]) await sitter.untilSees(3);
  for (const sitter of [ann, bob, eve]) await sitter.untilGone('.banner');
  return { bob, eve };
}

async function inTheCall(ann, bob, eve) {
  await ann.shoot('call-desktop');
  await eve.shoot('call-phone');

  const bobsId = await bob.page.$eval('>>> mullion-call', ({ session }) => session.userId);
  await (await ann.find(`.tile[data-user="${bobsId}"]`)).hover();
  await ann.keep('tile-actions');

  await bob.press('chat');
  await bob.type('#message', 'The slides are in the shared folder.');
  await bob.press('send');
  await ann.press('chat');
  await ann.type('#message', 'Thank you! I show them in a minute: https://example.org/slides');
  await ann.press('send');
  await ann.find('.message:nth-of-type(2)');
  await eve.react('👏');
  await ann.find('.reaction');
  await ann.inBothThemes('chat-desktop');
  await eve.press('chat');
  await eve.find('.message:nth-of-type(2)');
  await eve.shoot('chat-phone');
  await eve.press('chat');
  await ann.press('chat');
}

async function menus(ann, eve) {
  await ann.press('more');
  await ann.find('.modes');
  await ann.inBothThemes('more-desktop');
  await ann.press('record');
  await ann.find('.recording');
  await eve.press('more');
  await eve.find('.emoji');
  await eve.shoot('more-phone');
  await eve.press('close');
  await ann.page.keyboard.press('?');
  await ann.find('kbd');
  await ann.inBothThemes('shortcuts');
  await ann.press('close');
  await ann.press('quality');
  await ann.find('table');
  await ann.shoot('quality');
  await ann.press('close');
  await ann.press('more');
  await ann.press('devices');
  await ann.find('select');
  await ann.inBothThemes('devices');
  await ann.press('close');
}

/** One waits to be let in, and the host sees who. */
async function door(stage, ann) {
  await ann.press('more');
  await ann.press('lobby');
  await ann.press('close');
  const { pathname } = new URL(ann.page.url());
  const cem = await Sitter.seat(stage, kPeople[3], pathname);
  await cem.type('#name', kPeople[3][0]);
  await cem.untilSeesHimself();
  await cem.press('go');
  await cem.find('mullion-door');
  await cem.inBothThemes('door-desktop');
  await ann.find('[data-control="banner-admit"]');
  await ann.shoot('somebody-waits');
  await ann.press('banner-people');
  await ann.press('settings');
  await ann.inBothThemes('people-desktop');
}

/** Two ring, and one does not answer. */
async function ringing(stage) {
  const bob = await Sitter.seat(stage, kPeople[1], '/', kPhone);
  await bob.page.evaluate((name) => localStorage.setItem('mullion.name', name), kPeople[1][0]);
  await bob.page.reload();
  await bob.find('mullion-app[connected]');
  const id = await bob.page.evaluate(() => localStorage.getItem('mullion.user_id'));
  const ann = await Sitter.seat(stage, kPeople[0], '/', kDesktop, 'light');
  await ann.type('#name', kPeople[0][0]);
  await ann.type('#friend', id);
  await ann.press('ring');
  await ann.find('mullion-outgoing-call');
  await ann.shoot('outgoing-desktop');
  await bob.find('mullion-incoming-call');
  await bob.shoot('incoming-phone');
  await bob.page.setViewport(kDesktop);
  // Between a phone and a desktop the page is loaded again.
  await bob.find('mullion-incoming-call');
  await bob.shoot('incoming-desktop');
  await ann.press('cancel');
  await bob.find('[data-control="call-back"]');
  await bob.inBothThemes('missed-desktop');
}

async function deadEnds(stage) {
  const eve = await Sitter.seat(stage, kPeople[2], '/call/nowhere', kDesktop, 'light');
  await eve.find('.dead');
  await eve.inBothThemes('nowhere-desktop');
  const ali = await Sitter.seat(stage, kPeople[3], '/?lang=ar', kPhone, 'light');
  await ali.untilSeesHimself();
  await ali.shoot('start-phone-arabic');
}

const stage = await Stage.set({ pages: builtPages() });
try {
  const ann = await start(stage);
  const { bob, eve } = await callOfThree(stage, ann);
  await inTheCall(ann, bob, eve);
  await menus(ann, eve);
  await door(stage, ann);
  await ringing(stage);
  await deadEnds(stage);
} finally {
  await stage.close();
}
