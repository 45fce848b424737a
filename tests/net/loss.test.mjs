/* global client */
// A network that loses packets both ways: what is lost is asked for and sent again, by the server and
// by its clients, so that hardly a picture is missing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
// How long the figures are taken over.
import { setTimeout as pause } from 'node:timers/promises';

import { launchChromium } from '../e2e/support/browsers.mjs';
import { enter, gather, people, untilMixed } from '../e2e/support/people.mjs';
import { Server } from '../e2e/support/server.mjs';
import { Network, whyNoNetworks } from './support/network.mjs';

const kServer = '203.0.113.10';
const kLoss = 0.03;
/** Of the pictures that are sent. Without repairs one of five would be missing. */
const kSeen = 0.95;
const kMilliseconds = 20_000;

const skip = (await whyNoNetworks()) || false;
const browsers = [];
let network;
let server;

if (!skip) {
  before(async () => {
    network = new Network('loss');
    await network.begin();
    await network.addHost('server', kServer);
    await network.addHost('ann', '203.0.113.31');
    await network.addHost('bob', '203.0.113.32');
    server = await Server.start({
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

/** What a member's browser has counted of both its pictures, and the server of the one that it got. */
const countsOf = (member) =>
  member.evaluate(async (userId) => {
    const decodedByServer = async () => {
      const { legs } = await client.request('GET', `/call/${client.callId}/stats`);
      return legs.find((leg) => leg.user_id === userId).frames_decoded;
    };
    // The server counts once a second: what is new was counted just now.
    const before = await decodedByServer();
    let decoded = before;
    while (decoded === before) decoded = await decodedByServer();
    const reports = [...(await client.connection.getStats()).values()];
    // The camera's, not the screen's, which nobody shares.
    const [camera] = reports
      .filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
      .sort((one, other) => other.framesSent - one.framesSent);
    const mix = reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    return {
      sent: camera.framesSent,
      sentAgain: camera.retransmittedPacketsSent,
      decodedByServer: decoded,
      packets: mix.packetsReceived,
      asked: mix.nackCount,
      decoded: mix.framesDecoded,
      lost: mix.packetsLost,
    };
  }, member.userId);

test('packets are lost, and pictures are not', { skip }, async (t) => {
  const members = [];
  for (const person of people.slice(0, 2)) {
    const browser = await launchChromium({
      within: network.within(person.userId),
      secure: server.url,
    });
    browsers.push(browser);
    members.push(await enter(browser, server, person));
  }
  await gather(members);
  await untilMixed(members);
  for (const host of ['server', 'ann', 'bob']) await network.lose(host, kLoss);
  const before = await Promise.all(members.map(countsOf));
  await pause(kMilliseconds);
  const after = await Promise.all(members.map(countsOf));
  const counts = after.map((now, i) =>
    Object.fromEntries(Object.entries(now).map(([key, count]) => [key, count - before[i][key]])),
  );
  for (const [i, count] of counts.entries()) {
    t.diagnostic(`${members[i].name}: ${JSON.stringify(count)}`);
    assert.ok(count.sentAgain > 0, 'the server asks for what is lost');
    assert.ok(count.asked > 0, 'the browser asks for what is lost');
    const seen = count.decodedByServer / count.sent;
    assert.ok(seen > kSeen, `of what is sent, the server decodes ${(seen * 100).toFixed(1)} %`);
  }
});
