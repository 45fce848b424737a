// The page as a person uses it: by its buttons and fields, in both browsers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { untilMixed } from './support/people.mjs';
import { until } from './support/until.mjs';
import { Visitors } from './support/visitors.mjs';

const visitors = new Visitors('chromium', 'firefox', 'chromium');

test('one starts a call, another joins by its link, they mute and hang up', async () => {
  const { ann, path } = await visitors.start();
  await ann.says('.banner', 'Nobody else is here yet');

  const bob = await visitors.visit(1, path);
  await bob.enterAs('go');
  const both = [ann, bob];
  await untilMixed(both);

  // The local preview lies exactly where the own tile is drawn.
  const off = await ann.inCall((component) => {
    const { tiles } = component.session.layout;
    const tile = tiles.find(({ user_id }) => user_id === component.session.userId);
    const overlay = component.shadowRoot.querySelector('mullion-tiles').shadowRoot;
    const self = overlay.querySelector('.self').getBoundingClientRect();
    const scale = component.clientWidth / 1280;
    const bar = (component.clientHeight - 720 * scale) / 2;
    return [
      self.x - tile.x * scale,
      self.y - bar - tile.y * scale,
      self.width - tile.width * scale,
    ];
  });
  for (const distance of off) assert.ok(Math.abs(distance) < 1, `the preview is off by ${off}`);

  // It goes on while the page is drawn anew every second.
  await until('seconds of the preview', () =>
    ann.inCall((component) => {
      const overlay = component.shadowRoot.querySelector('mullion-tiles').shadowRoot;
      const video = overlay.querySelector('.self video');
      return video.getVideoPlaybackQuality().totalVideoFrames > 75;
    }),
  );

  await ann.press('microphone');
  await until('silence from Ann', async () => (await bob.look([ann.tone])).heard[0] < -60);
  await until("Ann's sign", () =>
    bob.inCall(
      (component, id) =>
        component.session.call.participants.find(({ user_id }) => user_id === id).audio_muted,
      ann.userId,
    ),
  );
  await ann.page.keyboard.press('m');
  await until('Ann again', async () => (await bob.look([ann.tone])).heard[0] > -40);

  await ann.press('camera');
  await until("Ann's tile without her colour", async () => {
    const tile = (await bob.look([])).tiles.find(({ user_id }) => user_id === ann.userId);
    return !tile || Math.hypot(...tile.colour.map((value, i) => value - ann.colour[i])) > 60;
  });
  await ann.press('camera');
  await untilMixed(both);

  await ann.press('hang-up');
  await ann.says('.news', 'You left the call');
  await bob.says('.banner', 'Everybody else has left');
  await untilMixed([bob]);
});

test('one starts a call with sound alone, and nobody’s camera stays open', async () => {
  const { ann, path } = await visitors.start('go-audio');
  const bob = await visitors.visit(1, path);
  await bob.enterAs('go');
  const hears = async (one, other) => (await one.look([other.tone])).heard[0] > -40;
  await until('Ann at Bob', () => hears(bob, ann));
  await until('Bob at Ann', () => hears(ann, bob));
  for (const one of [ann, bob]) {
    assert.equal(await one.inCall(({ session }) => session.call.type), 'audio');
    assert.equal((await one.look([])).width, 0, 'no picture comes');
    const sent = await one.inCall(({ media }) => media.camera !== null);
    assert.equal(sent, false, 'and none is sent');
  }
});

test('one rings another, who accepts, and the page tells when the other hangs up', async () => {
  const ann = await visitors.visit(0, '/');
  const bob = await visitors.visit(2, '/');
  const bobId = await bob.comeBack();
  await ann.type('#friend', bobId);
  await ann.enterAs('ring');
  await bob.says('mullion-incoming-call >>> h1', 'Ann');
  await bob.press('accept');
  bob.userId = await bob.inCall((component) => component.session.userId);
  await untilMixed([ann, bob]);
  await bob.press('hang-up');
  await ann.says('.news', 'The other side has hung up');
});

test('a guest comes by a link with a PIN, and finds his place after a reload', async () => {
  const ann = await visitors.visit(0, '/');
  await ann.enterAs('go');
  const link = await ann.page.evaluate(
    async (userId, callId) => {
      const ask = async (path, body, token) => {
        const answer = await fetch(`/api/webrtc${path}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token ? { authorization: `Bearer ${token}` } : {}),
          },
          body: JSON.stringify(body),
        });
        return answer.json();
      };
      const { token } = await ask('/token', { user_id: userId, name: 'Ann' });
      return ask(`/call/${callId}/links`, { pin: '4711' }, token);
    },
    ann.userId,
    await ann.inCall((component) => component.session.call.id),
  );
  const { pathname, search } = new URL(link.url);
  const bob = await visitors.visit(1, pathname + search);
  await bob.type('#name', 'Bob');
  await bob.press('go');
  await bob.says('h1', 'has a PIN');
  // It has the focus, on the link's own page.
  assert.equal(new URL(bob.page.url()).search, search);
  await bob.page.keyboard.type('0000');
  await bob.press('go');
  await bob.says('.news', 'not the PIN');
  await bob.clear('#pin');
  await bob.type('#pin', '4711');
  await bob.press('go');
  const userId = () => bob.inCall((component) => component.session.userId);
  bob.userId = await userId();
  assert.match(bob.userId, /^guest-/);
  await untilMixed([ann, bob]);
  await bob.page.reload();
  await bob.press('go');
  assert.equal(await userId(), bob.userId);
  await untilMixed([ann, bob]);
});

test('a link that leads nowhere says so before anybody has typed a name', async () => {
  const ann = await visitors.visit(0, '/call/nowhere');
  await ann.says('.dead', 'leads nowhere');
  await ann.page.goto(`${visitors.url}/call/nowhere?link=neither`);
  await ann.enterName('go');
  await ann.says('.dead', 'leads nowhere');
});

test('what is no token is called so', async () => {
  const ann = await visitors.visit(0, '/#token=garbage');
  await ann.says('.news', 'is not a token');
});
