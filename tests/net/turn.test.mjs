/* global client */
// Calls of people whose routers let nothing out but the way to mulliond's HTTP and to one port of a
// TURN server: aiortc by UDP and by TLS, Chromium by TCP.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { AiortcMember } from '../e2e/support/aiortc.mjs';
import { launchChromium } from '../e2e/support/browsers.mjs';
import { enter, gather, people, untilMixed } from '../e2e/support/people.mjs';
import { Server } from '../e2e/support/server.mjs';
import { until } from '../e2e/support/until.mjs';
import { Coturn } from './support/coturn.mjs';
import { Network, whyNoNetworks } from './support/network.mjs';

// As in docs/turn.md, whose configuration coturn runs with.
const kServer = '203.0.113.10';
const kTurn = '203.0.113.20';
const kPort = 8080;
const kSecret = 'the secret of coturn and mulliond';

const kApi = `-p tcp -d ${kServer} --dport ${kPort}`;
/** Where it stands among the conditions of the routers below. */
const kToTurn = 1;
const turnBy = (transport, port) => `-p ${transport} -d ${kTurn} --dport ${port}`;

const [ann, bob, eve] = people;
const tones = people.map(({ tone }) => tone);
const skip = (await whyNoNetworks()) || false;
let network;
let coturn;

if (!skip) {
  before(async () => {
    network = new Network('turn');
    await network.begin();
    await network.addHost('server', kServer);
    await network.addHost('turn', kTurn);
    await network.addRouter('ann', '203.0.113.31', '192.168.1', [kApi, turnBy('udp', 3478)]);
    await network.addRouter('bob', '203.0.113.32', '192.168.2', [kApi, turnBy('tcp', 5349)]);
    await network.addRouter('eve', '203.0.113.33', '192.168.3', [kApi, turnBy('tcp', 3478)]);
    coturn = await Coturn.start(kSecret, network.within('turn'));
  });
  after(async () => {
    try {
      await coturn?.stop();
    } finally {
      await network?.remove();
    }
  });
}

test('people whose routers pass nothing but TURN see and hear each other', { skip }, async () => {
  await withServer(kSecret, async (server) => {
    const first = enterAiortc(server, ann, 'udp');
    const second = enterAiortc(server, bob, 'tls');
    let browser;
    try {
      const callId = await first.initiate();
      second.join(callId);
      browser = await launchChromium({ within: network.behind('eve'), secure: server.url });
      const third = await enter(browser, server, eve);
      await third.join(callId);
      const members = [first, second, third];
      await untilMixed(members);
      for (const { userId } of members)
        await until(`100 kB of ${userId}'s to TURN`, async () => {
          const { out } = await network.counters(userId);
          return out[kToTurn] > 100_000;
        });
      await untilMixed(members);
      const routes = [first.route, second.route, await third.evaluate(() => client.route())];
      assert.deepEqual(routes, ['relay', 'relay', 'relay']);
      // One that is closed with its browser gives its relay back by time alone.
      await third.evaluate(() => client.connection.close());
      await requireCarried('eve');
    } finally {
      await Promise.all([first.close(), second.close(), browser?.close()]);
    }
  });
  for (const { userId } of [ann, bob]) await requireCarried(userId);
  for (const { userId } of people) {
    const { dropped } = await network.counters(userId);
    assert.ok(dropped > 0, `${userId} never tried the direct way`);
  }
});

test('no media comes by TURN where mulliond has another secret', { skip }, async () => {
  const begun = coturn.lines.length;
  await withServer(`not ${kSecret}`, async (server) => {
    await assert.rejects(enterAiortc(server, ann, 'udp').initiate(), /401/);
    const browser = await launchChromium({ within: network.behind('eve'), secure: server.url });
    try {
      const third = await enter(browser, server, eve);
      await gather([third]);
      await until('the end of its tries', () =>
        third.evaluate(() => client.connection.connectionState === 'failed'),
      );
      assert.equal((await third.look(tones)).width, 0);
    } finally {
      await browser.close();
    }
  });
  const said = coturn.lines.slice(begun).join('\n');
  assert.match(said, /Cannot find credentials of user <\d+:ann>/);
  assert.match(said, /Cannot find credentials of user <\d+:eve>/);
  assert.doesNotMatch(said, /ALLOCATE processed, success/);
});

/** Whether media went by the user's relay both ways; coturn tells it when one is given back. */
async function requireCarried(userId) {
  const relay = await until(`what ${userId}'s relay has carried`, () =>
    coturn.carried(userId).find(({ up }) => up > 0),
  );
  console.log(`${userId}'s relay: ${relay.up} bytes up, ${relay.down} down`);
  assert.ok(relay.up > 30_000 && relay.down > 30_000, JSON.stringify(relay));
}

function enterAiortc(server, person, turnTransport) {
  return new AiortcMember(server, person, tones, {
    within: [...network.behind(person.userId), 'env', `SSL_CERT_FILE=${coturn.certificate}`],
    turnTransport,
  });
}

/** Runs `work` with a mulliond that gives credentials made with `secret`. */
async function withServer(secret, work) {
  const urls = ['udp', 'tcp'].map((transport) => `turn:${kTurn}:3478?transport=${transport}`);
  urls.push(`turns:${kTurn}:5349?transport=tcp`);
  const server = await Server.start({
    port: kPort,
    within: network.within('server'),
    env: {
      MULLION_SERVER_LISTEN: kServer,
      MULLION_AUTH_DEV_TOKENS: 'true',
      MULLION_MEDIA_ADDRESSES: kServer,
      MULLION_ICE_TURN_URLS: urls.join(),
      MULLION_ICE_TURN_SECRET: secret,
    },
  });
  try {
    await work(server);
  } finally {
    await server.remove();
  }
}
