// The page of a broadcast in real browsers: what it shows, by WHEP and by HLS, and what it says when
// the broadcast is over.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { launchChromium, launchFirefox } from './support/browsers.mjs';
import { builtPages } from './support/programs.mjs';
import { RecordedCall } from './support/recorded_call.mjs';
import { until } from './support/until.mjs';

let browsers, stage;
before(async () => {
  browsers = { Chromium: await launchChromium(), Firefox: await launchFirefox() };
});
after(async () => {
  for (const browser of Object.values(browsers ?? {})) await browser.close();
});
beforeEach(async () => {
  stage = await RecordedCall.set({}, { pages: builtPages() });
  await stage.gather();
});
afterEach(() => stage?.close());

/** What the page shows at points of the canvas, and what it says. */
const look = (page, points) =>
  page.evaluate((at) => {
    const root = document.querySelector('mullion-watch').shadowRoot;
    const video = root.querySelector('video');
    const text = (root.querySelector('.news, .live')?.textContent ?? '').trim();
    if (!video.videoWidth) return { text, colours: [] };
    const canvas = new OffscreenCanvas(1280, 720);
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, 1280, 720);
    return {
      text,
      buttons: [...root.querySelectorAll('button')].map((one) => one.getAttribute('aria-label')),
      colours: at.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3)),
    };
  }, points);

for (const [name, by, said] of [
  ['Chromium', '', 'Live'],
  ['Chromium', '&by=hls', /^\d+\.\d s behind$/],
  // It has no H.264 here, and gets VP8.
  ['Firefox', '', 'Live'],
])
  test(`${name} shows a broadcast${by ? ' by HLS' : ''} until it is over`, async () => {
    const broadcasts = `/call/${stage.callId}/broadcasts`;
    const { id, urls } = await stage.ask('POST', broadcasts, {
      body: { kind: 'hls' },
      status: 201,
    });
    const page = await browsers[name].newPage();
    await page.goto(`${urls[1]}${by}`);
    const seen = await until(
      'everybody is seen',
      async () => {
        const { tiles } = await stage.ask('GET', `/call/${stage.callId}/layout`);
        if (tiles.length < 2) return false;
        const shown = await look(
          page,
          stage.people.map(({ userId }) => {
            const tile = tiles.find(({ user_id: one }) => one === userId);
            return [tile.x + (tile.width >> 1), tile.y + (tile.height >> 1)];
          }),
        );
        const isRight = ({ colour }, i) =>
          colour.every((part, c) => Math.abs(part - (shown.colours[i]?.[c] ?? -99)) < 40);
        return stage.people.every(isRight) && shown.text !== '' && shown;
      },
      { deadline: 90_000 },
    );
    if (typeof said === 'string') assert.equal(seen.text, said);
    else await until('how far behind it is', async () => said.test((await look(page, [])).text));
    assert.deepEqual(seen.buttons, ['Turn the sound on', 'Full screen']);
    await stage.ask('DELETE', `${broadcasts}/${id}`);
    await until(
      'the end is told',
      async () => (await look(page, [])).text === 'The broadcast is over',
      { deadline: 90_000 },
    );
    await page.close();
  });

test('an address that leads nowhere says so', async () => {
  const page = await browsers.Chromium.newPage();
  await page.goto(`${stage.server.url}/watch/nothing`);
  await until('it is told', async () =>
    (await look(page, [])).text.startsWith('This address leads nowhere'),
  );
  await page.close();
});
