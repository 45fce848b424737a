// Somebody's network is away for ten seconds in the middle of a call: the page comes back by itself,
// to the same tile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
// How long the network is away.
import { setTimeout as pause } from 'node:timers/promises';

import { launchChromium } from '../e2e/support/browsers.mjs';
import { people, untilMixed } from '../e2e/support/people.mjs';
import { builtPages } from '../e2e/support/programs.mjs';
import { Server } from '../e2e/support/server.mjs';
import { until } from '../e2e/support/until.mjs';
import { Visitor } from '../e2e/support/visitor.mjs';
import { Network, whyNoNetworks } from './support/network.mjs';

const kServer = '203.0.113.10';
const kAway = 10_000;

const skip = (await whyNoNetworks()) || false;
const [annRole, bobRole] = people;
const browsers = [];
let network;
let server;

if (!skip) {
  before(async () => {
    network = new Network('outage');
    await network.begin();
    await network.addHost('server', kServer);
    await network.addHost('ann', '203.0.113.31');
    await network.addHost('bob', '203.0.113.32');
    server = await Server.start({
      pages: builtPages(),
      port: 8080,
      within: network.within('server'),
      env: {
        MULLION_SERVER_LISTEN: kServer,
        MULLION_AUTH_DEV_TOKENS: 'true',
        MULLION_MEDIA_ADDRESSES: kServer,
      },
    });
  });
  after(async () => {
    await Promise.allSettled(browsers.map((browser) => browser.close()));
    await server?.remove();
    await network?.remove();
  });
}

async function visit(host, path, role) {
  const browser = await launchChromium({ within: network.within(host), secure: server.url });
  browsers.push(browser);
  const visitor = await Visitor.visit(browser, server, path, role);
  await visitor.enterAs('go');
  return visitor;
}

test('the network is away for ten seconds and nobody presses anything', { skip }, async (t) => {
  const ann = await visit('ann', '/', annRole);
  const path = await until('the link', () => {
    const { pathname } = new URL(ann.page.url());
    return pathname.startsWith('/call/') && pathname;
  });
  const bob = await visit('bob', path, bobRole);
  await untilMixed([ann, bob]);
  const tileOf = (of) =>
    bob.inCall(
      (component, id) => component.session.layout.tiles.find(({ user_id }) => user_id === id),
      of.userId,
    );
  const before = await tileOf(ann);
  await network.plug('ann', false);
  const cut = Date.now();
  await ann.says('.banner', 'Reconnecting');
  await pause(kAway - (Date.now() - cut));
  await network.plug('ann', true);
  const back = Date.now();
  await untilMixed([ann, bob]);
  t.diagnostic(`everybody in the mix ${((Date.now() - back) / 1000).toFixed(1)} s later`);
  assert.deepEqual(await tileOf(ann), before, 'the same tile');
  await ann.untilGone('.banner.warn');
});
