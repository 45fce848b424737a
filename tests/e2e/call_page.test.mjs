// A call as people use it: the lobby, chat, reactions, the layout, devices, in both browsers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { untilMixed } from './support/people.mjs';
import { until } from './support/until.mjs';
import { kOtherColour, kScreen } from './support/visitor.mjs';
import { Visitors } from './support/visitors.mjs';

const visitors = new Visitors('chromium', 'firefox', 'chromium');

async function startWithBob() {
  const { ann, path } = await visitors.start();
  const bob = await visitors.visit(1, path);
  await bob.enterAs('go');
  await untilMixed([ann, bob]);
  return { ann, bob, path };
}

const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

/** Waits until `visitor` sees `colour` in the tile of `userId`, and that `holds` of it. */
function untilTile(what, visitor, userId, colour, holds = () => true) {
  return until(what, async () => {
    const { tiles } = await visitor.look([]);
    const tile = tiles.find(({ user_id }) => user_id === userId);
    return tile && distance(tile.colour, colour) < 60 && holds(tile, tiles);
  });
}

test('a host lets one in from the lobby and another not', async () => {
  const { ann, path } = await visitors.start();
  await ann.press('more');
  await ann.press('lobby');
  await ann.press('close');
  const bob = await visitors.visit(1, path);
  await bob.enterName('go');
  await bob.says('mullion-door >>> h1', 'The host will let you in');
  assert.equal(await bob.page.$('>>> .timer'), null, 'no time runs at the door');
  await ann.says('.banner', 'Bob waits to be let in');
  await ann.says('[data-control="people"] .badge', '1');
  await ann.press('banner-admit');
  bob.userId = await bob.inCall((component) => component.session.userId);
  await untilMixed([ann, bob]);

  const eve = await visitors.visit(2, path);
  await eve.enterName('go');
  await ann.press('banner-people');
  await ann.press('deny');
  await eve.says('.dead h1', 'has not let you in');
  await untilMixed([ann, bob]);
});

test('what is written is read by all, also by who comes later, and a reaction floats', async () => {
  const { ann, bob, path } = await startWithBob();
  await bob.press('chat');
  await bob.type('#message', 'Hello, all!');
  await bob.page.keyboard.press('Enter');
  await ann.says('[data-control="chat"] .badge', '1');
  await ann.page.keyboard.press('c');
  await ann.says('mullion-chat >>> .message', 'Hello, all!');
  await ann.untilGone('.badge');

  const eve = await visitors.visit(2, path);
  await eve.enterAs('go');
  await eve.press('chat');
  await eve.says('mullion-chat >>> .message', 'Hello, all!');
  await eve.press('more');
  await eve.click('[data-reaction="🎉"]');
  for (const visitor of [ann, bob]) await visitor.says('.reaction', 'Eve');
  await ann.untilGone('.reaction');
});

test('a spotlight over a tile changes the picture for all, and a host mutes and removes', async () => {
  const { ann, bob } = await startWithBob();
  await ann.press('more');
  await ann.click('[data-mode="speaker"]');
  await ann.press('close');
  const isLargest = ({ width }, tiles) => tiles.every((tile) => tile.width <= width) && width > 640;
  for (const person of [bob, ann]) {
    await ann.pressOverTile(person.userId, 'spotlight');
    for (const visitor of [ann, bob])
      await untilTile(
        `${person.name} large at ${visitor.name}`,
        visitor,
        person.userId,
        person.colour,
        isLargest,
      );
    await ann.pressOverTile(person.userId, 'spotlight');
  }
  await ann.press('more');
  await ann.click('[data-mode="grid"]');
  // One's own picture follows the server's.
  await ann.press('whole-pictures');
  await ann.find('.self.pad');
  await ann.press('close');
  await ann.pressOverTile(bob.userId, 'mute');
  await until('silence from Bob', async () => (await ann.look([bob.tone])).heard[0] < -60);
  await bob.says('.banner', 'The host has muted you');
  await bob.press('banner-dismiss');
  // He goes on talking, and is told that nobody hears it.
  await bob.says('.banner', 'Nobody hears you');
  await bob.press('banner-unmute');
  await until('Bob again', async () => (await ann.look([bob.tone])).heard[0] > -40);

  await ann.pressOverTile(bob.userId, 'remove');
  await ann.press('yes');
  await bob.says('.dead h1', 'taken you out');
  await bob.says('.dead', 'when somebody in the call rings you');
  await bob.page.reload();
  await bob.says('.dead h1', 'taken you out');
  await ann.says('.banner', 'Everybody else has left');
  await ann.press('more');
  await ann.press('end-for-all');
  await ann.press('yes');
  await ann.says('.news', 'You ended the call');
});

test('another camera in mid-call, and one that is unplugged, keep the picture coming', async () => {
  const { ann, bob } = await startWithBob();
  const leg = await ann.inCall(async ({ session }) => {
    const stats = [...(await session.stats()).values()];
    return stats.find(({ type }) => type === 'transport').id;
  });
  await ann.press('more');
  await ann.press('devices');
  const camera = await ann.find('#camera');
  await camera.select('second');
  await untilTile('the second camera', bob, ann.userId, kOtherColour);
  await ann.press('close');
  await ann.inCall((component) => component.media.camera.dispatchEvent(new Event('ended')));
  await untilTile('the first camera again', bob, ann.userId, ann.colour);
  const after = await ann.inCall(async ({ session }) => {
    const stats = [...(await session.stats()).values()];
    return stats.find(({ type }) => type === 'transport').id;
  });
  assert.equal(after, leg, 'by the same connection');
});

test('a smaller picture that one has chosen comes back after sound alone', async () => {
  const { ann, bob } = await startWithBob();
  const untilRung = (rung, lines) =>
    until(`${rung} at Ann`, () =>
      ann.inCall(
        ({ session, shadowRoot }, wanted, height) =>
          session.call.participants.find(({ user_id }) => user_id === session.userId).rung ===
            wanted && shadowRoot.querySelector('.composite').videoHeight === height,
        rung,
        lines,
      ),
    );
  await ann.press('quality');
  const choice = await ann.find('#picture-quality');
  await choice.select('360p');
  await untilRung('360p', 360);
  await ann.press('close');
  await ann.press('more');
  await ann.press('audio-only');
  await ann.says('.banner', 'with sound alone');
  await untilRung('audio', 360);
  await ann.press('banner-pictures');
  await untilRung('360p', 360);
  await untilTile('Bob again', ann, bob.userId, bob.colour);
});

test('who has sound alone keeps it with a new connection', async () => {
  const { ann } = await startWithBob();
  await ann.press('more');
  await ann.press('audio-only');
  await ann.says('.banner', 'with sound alone');
  await ann.inCall(({ session }) => {
    globalThis.legs = 0;
    session.on('leg', () => (globalThis.legs += 1));
    session.accept({ type: 'webrtc:renegotiate', call_id: session.call.id, reason: 'test' });
  });
  await until('another leg', () => ann.page.evaluate(() => globalThis.legs === 1));
  assert.equal(await ann.inCall(({ session }) => session.state), 'connected');
});

test('a screen is seen and heard beside its owner, and a recording is told to all', async () => {
  const { ann, bob } = await startWithBob();
  await ann.press('share');
  await until('the screen at Bob', async () => {
    const { tiles, heard } = await bob.look([kScreen.tone, ann.tone]);
    const screen = tiles.find(({ source }) => source === 'screen');
    return (
      screen && distance(screen.colour, kScreen.colour) < 60 && heard.every((level) => level > -40)
    );
  });
  await ann.press('microphone');
  await until('the screen alone', async () => {
    const [screen, voice] = (await bob.look([kScreen.tone, ann.tone])).heard;
    return screen > -40 && voice < -60;
  });
  await ann.press('microphone');
  await ann.press('share');
  await untilMixed([ann, bob]);

  await ann.press('more');
  await ann.press('record');
  await ann.says('.banner', 'The recording has begun');
  for (const visitor of [ann, bob]) await visitor.says('.recording', 'Recording');
  await ann.press('more');
  await ann.press('pause-recording');
  await bob.says('.recording', 'paused');
  await ann.press('more');
  await ann.press('stop-recording');
  for (const visitor of [ann, bob]) await visitor.untilGone('.recording');
});

test('a host broadcasts the call, and everybody is told', async () => {
  const { ann, bob } = await startWithBob();
  await ann.press('more');
  await ann.press('go-live');
  for (const visitor of [ann, bob]) await visitor.says('[data-sign=live]', 'Live');
  const link = await until('the link', () =>
    ann.page.$eval('>>> input[readonly]', ({ value }) => value).catch(() => ''),
  );
  const viewer = await ann.page.browserContext().newPage();
  await viewer.goto(link);
  await until('the broadcast', () =>
    viewer.evaluate(() => {
      const root = document.querySelector('mullion-watch').shadowRoot;
      return root.querySelector('video').videoWidth === 1280;
    }),
  );
  await viewer.close();
  await ann.page.keyboard.press('Escape');
  // As long as it goes on, its link can be had again.
  await ann.page.evaluate(() => {
    navigator.clipboard.writeText = async (text) => (globalThis.copied = text);
  });
  await ann.press('more');
  await ann.press('watch-link');
  await ann.press('copy-link');
  const again = await until('the link', () => ann.page.evaluate(() => globalThis.copied));
  assert.equal(new URL(again).pathname, new URL(link).pathname);
  await ann.page.keyboard.press('Escape');
  await ann.press('more');
  await ann.press('stop-broadcasts');
  for (const visitor of [ann, bob]) await visitor.untilGone('[data-sign=live]');
});

test('a network that is away as a call begins is told in words, and the next try goes through', async () => {
  const ann = await visitors.visit(0, '/');
  const { page } = ann;
  let isAway = true;
  await page.setRequestInterception(true);
  page.on('request', (request) =>
    isAway && request.url().includes('/assets/call-') ? request.abort() : request.continue(),
  );
  await page.reload();
  await ann.enterName('go');
  await ann.says('.news', 'The server cannot be reached. Check your network, then try again.');
  isAway = false;
  await ann.press('go');
  await ann.find('mullion-call');
});

test('the language of one’s address stays one’s own', async () => {
  const ann = await visitors.visit(0, '/?lang=de');
  await ann.enterAs('go');
  await ann.says('.banner', 'Noch ist niemand sonst hier');
  assert.match(ann.page.url(), /\/call\/[^?]+\?lang=de$/);
  await ann.page.evaluate(() => {
    navigator.clipboard.writeText = async (text) => (globalThis.copied = text);
  });
  await ann.press('banner-link');
  const link = await until('the link', () => ann.page.evaluate(() => globalThis.copied));
  assert.equal(link, ann.page.url().replace('?lang=de', ''));
  await ann.press('hang-up');
  await ann.says('.news', 'Du hast den Anruf verlassen');
});

test('the picture fills the screen, and goes into a window of its own', async () => {
  const { ann } = await visitors.start();
  await until('a picture', async () => (await ann.look([])).width === 1280);
  for (const [key, element] of [
    ['f', 'fullscreenElement'],
    ['i', 'pictureInPictureElement'],
  ]) {
    const isThere = (name) => document[name] !== null;
    await ann.page.keyboard.press(key);
    await until(element, () => ann.page.evaluate(isThere, element));
    await ann.page.keyboard.press(key);
    await until(`no ${element}`, async () => !(await ann.page.evaluate(isThere, element)));
  }
});

test('who loads the page again in mid-call comes back to his tile', async () => {
  const { ann, bob } = await startWithBob();
  const place = () =>
    ann.inCall(({ session }, id) => {
      const { x, y, width } = session.layout.tiles.find(({ user_id }) => user_id === id);
      return { x, y, width };
    }, bob.userId);
  const before = await place();
  await bob.page.reload();
  await bob.press('go');
  assert.equal(await bob.inCall(({ session }) => session.userId), bob.userId);
  await untilMixed([ann, bob]);
  assert.deepEqual(await place(), before);
});

test('of two tabs the later one has the call, and the first says so', async () => {
  const { ann, bob, path } = await startWithBob();
  const first = bob.page;
  await bob.openTab(path);
  await bob.press('go');
  await untilMixed([ann, bob]);
  const said = await first.waitForSelector('>>> .news', { visible: true });
  assert.match(await said.evaluate((node) => node.textContent), /another device/);
});

for (const [reason, words] of [
  ['NotAllowedError', 'is blocked'],
  ['NotFoundError', 'was found'],
])
  test(`who has no devices by ${reason} is told what to do, and takes part all the same`, async () => {
    const { ann, path } = await visitors.start();
    const bob = await visitors.visit(1, path);
    await bob.refuseDevices(reason);
    await bob.press('see');
    await bob.says('mullion-lobby >>> [role="alert"]', words);
    await bob.enterAs('go');
    await bob.says('.banner', words);
    await until('Ann heard', async () => (await bob.look([ann.tone])).heard[0] > -40);
    await untilTile('Ann seen', bob, ann.userId, ann.colour);
    await bob.press('banner-dismiss');
    // Allowed by now.
    await bob.refuseDevices('');
    await bob.press('microphone');
    await bob.press('camera');
    await untilMixed([ann, bob]);
  });
