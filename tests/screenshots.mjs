// Takes the pictures of docs/screenshots: the start page and a call, on a desktop and on a phone, in
// both themes. `node screenshots.mjs [folder]`
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { builtPages } from './e2e/support/programs.mjs';
import { Stage } from './e2e/support/stage.mjs';
import { until } from './e2e/support/until.mjs';

const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/screenshots', import.meta.url));
mkdirSync(folder, { recursive: true });

const kDesktop = { width: 1280, height: 800 };
const kPhone = { width: 390, height: 844, isMobile: true, hasTouch: true };
const kPeople = [
  ['Ann Lindqvist', '#27435f', '#e2b08c', '#c7563d'],
  ['Bob Okafor', '#3c4f3a', '#8d5a3b', '#d8b13c'],
  ['Eve Tanaka', '#54405f', '#f0c9a6', '#3f7f8c'],
];

/** A camera with somebody in front of it, drawn. */
function drawnCamera([, wall, skin, cloth]) {
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    if (!video) {
      const audio = new AudioContext();
      return audio.createMediaStreamDestination().stream;
    }
    const canvas = Object.assign(document.createElement('canvas'), {
      width: 1280,
      height: 720,
    });
    const pen = canvas.getContext('2d');
    let step = 0;
    const paint = () => {
      const sway = Math.sin(step++ / 30) * 12;
      // Flat: what is smooth makes large files.
      pen.fillStyle = wall;
      pen.fillRect(0, 0, 1280, 720);
      pen.fillStyle = '#ffffff22';
      pen.fillRect(90, 70, 300, 380);
      pen.fillRect(410, 70, 100, 380);
      const ellipse = (fill, x, y, rx, ry) => {
        pen.fillStyle = fill;
        pen.beginPath();
        pen.ellipse(x + sway, y, rx, ry, 0, 0, 2 * Math.PI);
        pen.fill();
      };
      ellipse(cloth, 640, 800, 330, 270);
      ellipse(skin, 640, 560, 70, 90);
      ellipse('#2a1d18', 640, 330, 168, 190);
      ellipse(skin, 640, 370, 140, 178);
    };
    paint();
    setInterval(paint, 40);
    return canvas.captureStream(25);
  };
}

async function visit(stage, person, path, viewport, theme) {
  const browser = await stage.open('chromium');
  const page = await browser.newPage();
  await page.setViewport(viewport);
  await useTheme(page, theme);
  await page.evaluateOnNewDocument(drawnCamera, person);
  await page.goto(`${stage.server.url}${path}`);
  await typeName(page, person);
  return page;
}

function useTheme(page, theme) {
  return page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: theme },
    // Or the colours are caught half way.
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

async function typeName(page, [name]) {
  const field = await page.waitForSelector('>>> #name', { visible: true });
  await field.evaluate((input) => (input.value = ''));
  await field.type(name);
  await field.evaluate((input) => input.blur());
}

async function press(page, selector) {
  await (await page.waitForSelector(`>>> ${selector}`, { visible: true })).click();
}

async function shoot(page, name) {
  await page.bringToFront();
  // The bar comes back with the pointer.
  await page.mouse.move(200, 300);
  await page.mouse.move(201, 300);
  await page.screenshot({ path: `${folder}/${name}.png` });
}

const stage = await Stage.set({ pages: builtPages() });
try {
  const first = await visit(stage, kPeople[0], '/', kDesktop, 'light');
  for (const [view, size] of Object.entries({
    phone: kPhone,
    desktop: kDesktop,
  })) {
    // Between a phone and a desktop the page is loaded again.
    await first.setViewport(size);
    await typeName(first, kPeople[0]);
    for (const theme of ['light', 'dark']) {
      await useTheme(first, theme);
      await until('the picture', async () => {
        const video = await first.$('>>> mullion-preview >>> video');
        return video?.evaluate((element) => element.videoWidth > 0);
      });
      await shoot(first, `start-${view}-${theme}`);
    }
  }
  await press(first, '[data-control="go"]');
  await until('the link', () => new URL(first.url()).pathname.startsWith('/call/'));
  const { pathname } = new URL(first.url());
  const pages = [first];
  for (const [i, person] of kPeople.slice(1).entries()) {
    const page = await visit(stage, person, pathname, i === 1 ? kPhone : kDesktop, 'dark');
    if (i === 1) await shoot(page, 'join-phone-dark');
    await press(page, '[data-control="go"]');
    pages.push(page);
  }
  for (const page of pages) {
    await until('everybody in the picture', () =>
      page.$eval(
        '>>> mullion-call',
        ({ session }) => session.state === 'connected' && session.layout?.tiles.length === 3,
      ),
    );
    await until('a calm page', async () => (await page.$('>>> .banner')) === null);
    // As many frames as the mix needs to settle.
    await page.$eval(
      '>>> .composite',
      (video) =>
        new Promise((resolve) => {
          let left = 50;
          const count = () => (--left ? video.requestVideoFrameCallback(count) : resolve());
          video.requestVideoFrameCallback(count);
        }),
    );
  }
  await shoot(pages[0], 'call-desktop');
  await shoot(pages[2], 'call-phone');
} finally {
  await stage.close();
}
