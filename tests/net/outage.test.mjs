// Somebody's network is away for ten seconds in the middle of a call: the page comes back by itself,
// to the same tile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
// How long the network is away.
import { setTimeout as pause } from 'node:timers/promises';

import { people, untilMixed } from '../e2e/support/people.mjs';
import { builtPages } from '../e2e/support/programs.mjs';
import { until } from '../e2e/support/until.mjs';
import { Visitor } from '../e2e/support/visitor.mjs';
import { whyNoNetworks } from './support/network.mjs';
import { PublicHosts } from './support/public_hosts.mjs';

const kAway = 10_000;

const skip = (await whyNoNetworks()) || false;
const [annRole, bobRole] = people;
const hosts = new PublicHosts();

if (!skip) {
  before(() => hosts.begin('outage', { pages: builtPages() }));
  after(() => hosts.remove());
}

async function visit(host, path, role) {
  const visitor = await Visitor.visit(await hosts.browse(host), hosts.server, path, role);
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
  await hosts.network.plug('ann', false);
  const cut = Date.now();
  await ann.says('.banner', 'Reconnecting');
  await pause(kAway - (Date.now() - cut));
  await hosts.network.plug('ann', true);
  const back = Date.now();
  await untilMixed([ann, bob]);
  t.diagnostic(`everybody in the mix ${((Date.now() - back) / 1000).toFixed(1)} s later`);
  assert.deepEqual(await tileOf(ann), before, 'the same tile');
  await ann.untilGone('.banner.warn');
});
