// /docs shows all of what the server's own descriptions have, and loads nothing from elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { builtPages, fakeCall } from './support/programs.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';

let stage, page, descriptions;
const loaded = [];
const faults = [];

before(async () => {
  stage = await Stage.set({ pages: builtPages(), env: { MULLION_MEDIA_CALL_BINARY: fakeCall() } });
  page = await (await stage.open('chromium')).newPage();
  page.on('request', (request) => loaded.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  const ask = async (name) => (await fetch(`${stage.server.url}/api/webrtc/${name}.json`)).json();
  descriptions = { rest: await ask('openapi'), socket: await ask('asyncapi') };
});
after(() => stage?.close());

/** Asked again and again: waitForSelector() does not see what changes inside of components. */
const find = (selector) => until(selector, () => page.$(`>>> ${selector}`));

/** Opens the page, perhaps at an entry. */
async function open(fragment = '') {
  await page.goto('about:blank');
  await page.goto(`${stage.server.url}/docs${fragment}`);
  await find('details');
}

/** The names of the entries that are there, by section. */
const shown = () =>
  page.evaluate(() =>
    Object.fromEntries(
      Array.from(
        document.querySelector('mullion-docs').shadowRoot.querySelectorAll('section'),
        (section) => [
          section.id,
          Array.from(section.querySelectorAll('.name'), (name) => name.textContent),
        ],
      ),
    ),
  );

test('every request, message and shape is there', async () => {
  await open();
  const { rest, socket } = descriptions;
  const sections = await shown();
  const { 'from-client': said, 'from-server': told, schemas, ...requests } = sections;
  const operations = Object.entries(rest.paths).flatMap(([path, { parameters, ...methods }]) => {
    assert.ok(!parameters || Array.isArray(parameters));
    return Object.keys(methods).map(() => path);
  });
  assert.deepEqual(Object.values(requests).flat().sort(), operations.sort());
  assert.deepEqual(schemas, Object.keys(rest.components.schemas));
  assert.equal(said.length, socket.operations.fromClient.messages.length);
  assert.equal(told.length, socket.operations.fromServer.messages.length);
  for (const type of ['call:incoming', 'call:layout', 'webrtc:answer', 'hello'])
    assert.ok(told.join().includes(type), type);
});

test('the search leaves what has all the words, and an address leads to an entry', async () => {
  await open();
  await page.keyboard.press('/');
  await page.keyboard.type('webrtc:offer');
  assert.deepEqual(await shown(), { 'from-client': ['webrtc:offer'] });
  await page.keyboard.press('Escape');
  assert.ok(Object.keys(await shown()).length > 5);
  await open('#schema-Participant');
  const entry = await find('#schema-Participant[open]');
  assert.match(await entry.evaluate(({ textContent }) => textContent), /audio_muted/);
  // From there by its link to another one, though the search has left that out.
  await page.keyboard.press('/');
  await page.keyboard.type('Participant');
  await entry.evaluate((one) => one.querySelector('a[href="#schema-Rung"]').click());
  await find('#schema-Rung[open]');
});

test('nothing comes from elsewhere, and nothing is refused', () => {
  for (const url of loaded)
    assert.ok(url.startsWith(stage.server.url) || url.startsWith('about:'), url);
  assert.deepEqual(faults, []);
});
