/* global client */
// A network that loses packets both ways: what is lost is asked for and sent again, by the server and
// by its clients, so that hardly a picture is missing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { enter, gather, people, untilMixed } from '../e2e/support/people.mjs';
import { until } from '../e2e/support/until.mjs';
import { whyNoNetworks } from './support/network.mjs';
import { PublicHosts } from './support/public_hosts.mjs';

const kLoss = 0.03;
/** Of all pictures that are sent. With requests as seldom as rtpsession's it was 0.76 to 0.95. */
const kSeen = 0.96;
/** How many pictures the figures are taken over. */
const kPictures = 500;

const skip = (await whyNoNetworks()) || false;
const hosts = new PublicHosts();

if (!skip) {
  before(() => hosts.begin('loss'));
  after(() => hosts.remove());
}

/** What a member's browser has counted of both its pictures, and the server of the one that it got. */
const countsOf = (member) =>
  member.evaluate(async (userId) => {
    const decodedByServer = async () => {
      const { legs } = await client.request('GET', `/call/${client.callId}/stats`);
      return legs.find((leg) => leg.user_id === userId)?.frames_decoded;
    };
    // The server counts once a second: what is new was counted just now.
    const before = await decodedByServer();
    let decoded = before;
    while (!decoded || decoded === before) decoded = await decodedByServer();
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
    const browser = await hosts.browse(person.userId);
    members.push(await enter(browser, hosts.server, person));
  }
  await gather(members);
  await untilMixed(members);
  for (const host of ['server', 'ann', 'bob']) await hosts.network.lose(host, kLoss);
  const before = await Promise.all(members.map(countsOf));
  let after = before;
  await until(`${kPictures} pictures of each`, async () => {
    after = await Promise.all(members.map(countsOf));
    return after.every(({ sent }, i) => sent - before[i].sent >= kPictures);
  });
  const counts = after.map((now, i) =>
    Object.fromEntries(Object.entries(now).map(([key, count]) => [key, count - before[i][key]])),
  );
  for (const [i, count] of counts.entries()) {
    t.diagnostic(`${members[i].name}: ${JSON.stringify(count)}`);
    assert.ok(count.sentAgain > 0, 'the server asks for what is lost');
    assert.ok(count.asked > 0, 'the browser asks for what is lost');
  }
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  const seen = sum('decodedByServer') / sum('sent');
  assert.ok(seen > kSeen, `of what is sent, the server decodes ${(seen * 100).toFixed(1)} %`);
});
