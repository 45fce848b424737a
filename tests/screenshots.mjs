// Takes pictures of every screen of the page, on a desktop, on a phone and on a phone that lies on its
// side, in both themes, and writes docs/screens.md, which shows them all.
// `node screenshots.mjs [folder]` takes them into another folder and writes nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { drawnCamera } from './e2e/support/drawn_camera.mjs';
import { builtPages } from './e2e/support/programs.mjs';
import { Stage } from './e2e/support/stage.mjs';
import { until } from './e2e/support/until.mjs';

const kDocs = fileURLToPath(new URL('../docs', import.meta.url));
const folder = process.argv[2] ?? `${kDocs}/screenshots/page`;
mkdirSync(folder, { recursive: true });

const kDesktop = { width: 1440, height: 900 };
// Of a phone's size but not `isMobile`: a page whose kind of device changes is loaded again.
const kViews = {
  desktop: kDesktop,
  phone: { width: 390, height: 844 },
  side: { width: 844, height: 390 },
};
const kThemes = ['light', 'dark'];
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

  /**
   * The screen that is there, in every view and theme. `ready` is done in each view before it is
   * taken, as what a pointer opens closes when it moves.
   */
  async shoot(screen, title, ready = () => this.showBars()) {
    screens.push({ screen, title });
    await this.page.bringToFront();
    for (const [view, size] of Object.entries(kViews)) {
      await this.page.setViewport(size);
      for (const theme of kThemes) {
        await this.useTheme(theme);
        await ready();
        await this.laidOut();
        const path = `${folder}/${screen}-${view}-${theme}.webp`;
        await this.page.screenshot({ path, type: 'webp', quality: 70 });
      }
    }
    await this.page.setViewport(kDesktop);
  }

  /** They hide until a pointer moves. */
  async showBars() {
    await this.page.mouse.move(200, 60);
    await this.page.mouse.move(201, 61);
  }

  /** What is laid over the picture follows its size a frame later. */
  laidOut() {
    return this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  }
}

/** What was taken: the beginning of its files' names, and what it shows. */
const screens = [];

async function start(stage) {
  const ann = await Sitter.seat(stage, kPeople[0], '/');
  await ann.type('#name', kPeople[0][0]);
  await ann.untilSeesHimself();
  await ann.shoot('start', 'The start');
  return ann;
}

async function callOfThree(stage, ann) {
  await ann.press('go');
  await until('the link', () => new URL(ann.page.url()).pathname.startsWith('/call/'));
  const { pathname } = new URL(ann.page.url());
  const bob = await Sitter.seat(stage, kPeople[1], pathname);
  await bob.type('#name', kPeople[1][0]);
  await bob.press('go');
  const eve = await Sitter.seat(stage, kPeople[2], pathname);
  await eve.type('#name', kPeople[2][0]);
  await eve.untilSeesHimself();
  await eve.shoot('join', 'A link to a call');
  await eve.press('go');
  for (const sitter of [ann, bob, eve]) await sitter.untilSees(3);
  for (const sitter of [ann, bob, eve]) await sitter.untilGone('.banner');
  return { bob, eve };
}

async function inTheCall(ann, bob, eve) {
  await ann.shoot('call', 'A call');

  const bobsId = await bob.page.$eval('>>> mullion-call', ({ session }) => session.userId);
  await ann.shoot('tile-actions', 'Names and actions over the tiles', async () => {
    await ann.showBars();
    await (await ann.find(`.tile[data-user="${bobsId}"]`)).hover();
  });

  await bob.press('chat');
  await bob.type('#message', 'The slides are in the shared folder.');
  await bob.press('send');
  await bob.press('chat');
  await ann.press('chat');
  await ann.type('#message', 'Thank you! I show them in a minute: https://example.org/slides');
  await ann.press('send');
  await ann.find('.message:nth-of-type(2)');
  await ann.shoot('chat', 'Chat and reactions', async () => {
    await ann.showBars();
    // It rises and is gone after a while.
    await eve.react('👏');
    await ann.find('.reaction');
  });
  await ann.press('chat');
}

async function menus(ann) {
  await ann.press('more');
  await ann.press('record');
  await ann.find('.recording');
  await ann.press('more');
  await ann.find('.modes');
  await ann.shoot('more', 'Layouts, recording and more');
  await ann.press('close');
  await ann.page.keyboard.press('?');
  await ann.find('kbd');
  await ann.shoot('shortcuts', 'Shortcuts');
  await ann.press('close');
  await ann.press('quality');
  await ann.find('table');
  await ann.shoot('quality', 'Your connection');
  await ann.press('close');
  await ann.press('more');
  await ann.press('devices');
  await ann.find('select');
  await ann.shoot('devices', 'Devices');
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
  await cem.shoot('door', 'Waiting to be let in');
  await ann.find('[data-control="banner-admit"]');
  await ann.shoot('somebody-waits', 'Somebody waits');
  await ann.press('banner-people');
  await ann.press('settings');
  await ann.shoot('people', 'People, and who waits to be let in');
}

/** One rings another, who does not answer. */
async function ringing(stage) {
  const bob = await Sitter.seat(stage, kPeople[1], '/');
  await bob.page.evaluate((name) => localStorage.setItem('mullion.name', name), kPeople[1][0]);
  await bob.page.reload();
  await bob.find('mullion-app[connected]');
  const id = await bob.page.evaluate(() => localStorage.getItem('mullion.user_id'));
  const ann = await Sitter.seat(stage, kPeople[0], '/');
  await ann.type('#name', kPeople[0][0]);
  await ann.type('#friend', id);
  await ann.press('ring');
  await ann.find('mullion-outgoing-call');
  await ann.shoot('outgoing', 'Ringing somebody');
  await bob.find('mullion-incoming-call');
  await bob.shoot('incoming', 'Somebody rings');
  await ann.press('cancel');
  await bob.find('[data-control="call-back"]');
  await bob.shoot('missed', 'A call that was missed');
}

/** The broadcast of the call, and the reference of the API. */
async function otherPages(stage, ann) {
  const [, watch] = await ann.page.$eval('>>> mullion-call', async ({ session }) => {
    const { urls } = await session.rest.startBroadcast(session.call.id, { kind: 'hls' });
    return urls;
  });
  const { pathname, search } = new URL(watch);
  const eve = await Sitter.seat(stage, kPeople[2], `${pathname}${search}`);
  await until('the broadcast', async () => {
    const video = await eve.page.$('>>> video');
    return video?.evaluate((element) => element.videoWidth > 0);
  });
  await eve.shoot('watch', 'A broadcast');
  const reader = await Sitter.seat(stage, kPeople[3], '/docs');
  await reader.find('section .name');
  await reader.shoot('docs', 'The reference of the API');
}

async function deadEnds(stage) {
  const eve = await Sitter.seat(stage, kPeople[2], '/call/nowhere');
  await eve.find('.dead');
  await eve.shoot('nowhere', 'A link that leads nowhere');
  const ali = await Sitter.seat(stage, kPeople[3], '/?lang=ar');
  await ali.untilSeesHimself();
  await ali.shoot('start-arabic', 'The start, from right to left');
}

/** All that was taken, a screen after the other. */
function gallery() {
  const shots = (screen, view) =>
    kThemes
      .map((theme) => {
        const path = `screenshots/page/${screen}-${view}-${theme}.webp`;
        return `<img src="${path}" alt="${view}, ${theme}" width="${view === 'phone' ? 200 : 400}">`;
      })
      .join(' ');
  const parts = screens.map(
    ({ screen, title }) =>
      `## ${title}\n\n` +
      Object.keys(kViews)
        .map((view) => `${shots(screen, view)}\n`)
        .join('\n'),
  );
  return (
    '# Screens\n\nEvery screen of the page, on a desktop, on a phone and on a phone on its side, in ' +
    'both themes, as `node tests/screenshots.mjs` takes them.\n\n' +
    parts.join('\n')
  );
}

const stage = await Stage.set({ pages: builtPages() });
try {
  const ann = await start(stage);
  const { bob, eve } = await callOfThree(stage, ann);
  await inTheCall(ann, bob, eve);
  await menus(ann);
  await door(stage, ann);
  await otherPages(stage, ann);
  await ringing(stage);
  await deadEnds(stage);
  if (!process.argv[2]) writeFileSync(`${kDocs}/screens.md`, gallery());
} finally {
  await stage.close();
}
