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

/**
 * Ends a member's pictures, and tells what its browser has counted of both its pictures and the
 * server of the one that it got, once nothing of it is on its way.
 */
const endPictures = (member) =>
  member.evaluate(async (userId) => {
    // The camera's; the third line is the screen's.
    const camera = client.connection.getSenders()[1];
    client.ownPictures ??= camera.track;
    await camera.replaceTrack(null);
    const look = async () => {
      const { legs, cpu_seconds: tick } = await client.request(
        'GET',
        `/call/${client.callId}/stats`,
      );
      return { decoded: legs.find((leg) => leg.user_id === userId)?.frames_decoded, tick };
    };
    // Figures are made once a second. What is lost is repaired in less than two.
    let last = await look();
    for (let quiet = 0; quiet < 3;) {
      const now = await look();
      if (now.tick === last.tick) continue;
      quiet = now.decoded === last.decoded ? quiet + 1 : 0;
      last = now;
    }
    const reports = [...(await client.connection.getStats()).values()];
    const [sent] = [...(await camera.getStats()).values()].filter(
      ({ type }) => type === 'outbound-rtp',
    );
    const mix = reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    return {
      sent: sent.framesSent,
      sentAgain: sent.retransmittedPacketsSent,
      decodedByServer: last.decoded,
      packets: mix.packetsReceived,
      asked: mix.nackCount,
      // Not there before the first one.
      repaired: mix.retransmittedPacketsReceived ?? 0,
      decoded: mix.framesDecoded,
      lost: mix.packetsLost,
    };
  }, member.userId);

const beginPictures = (member) =>
  member.evaluate(() => client.connection.getSenders()[1].replaceTrack(client.ownPictures));

const picturesSent = (member) =>
  member.evaluate(async () => {
    const reports = await client.connection.getSenders()[1].getStats();
    return [...reports.values()].find(({ type }) => type === 'outbound-rtp').framesSent;
  });

test('packets are lost, and pictures are not', { skip }, async (t) => {
  const members = [];
  for (const person of people.slice(0, 2)) {
    const browser = await hosts.browse(person.userId);
    members.push(await enter(browser, hosts.server, person));
  }
  await gather(members);
  await untilMixed(members);
  const before = await Promise.all(members.map(endPictures));
  for (const host of ['server', 'ann', 'bob']) await hosts.network.lose(host, kLoss);
  await Promise.all(members.map(beginPictures));
  await until(`${kPictures} pictures of each`, async () => {
    const sent = await Promise.all(members.map(picturesSent));
    return sent.every((count, i) => count - before[i].sent >= kPictures);
  });
  const after = await Promise.all(members.map(endPictures));
  const counts = after.map((now, i) =>
    Object.fromEntries(Object.entries(now).map(([key, count]) => [key, count - before[i][key]])),
  );
  for (const [i, count] of counts.entries()) {
    t.diagnostic(`${members[i].name}: ${JSON.stringify(count)}`);
    assert.ok(count.sentAgain > 0, 'the server asks for what is lost');
    assert.ok(count.asked > 0, 'the browser asks for what is lost');
    assert.ok(count.repaired > 0, 'the server sends it again');
  }
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  const seen = sum('decodedByServer') / sum('sent');
  assert.ok(seen > kSeen, `of what is sent, the server decodes ${(seen * 100).toFixed(1)} %`);
});
