/* global client */
// Either process may die.
import { after, before, test } from 'node:test';

import { launchChromium, launchFirefox } from './browsers.mjs';
import {
  assert,
  enter,
  gather,
  people,
  seesAll,
  untilAllSeeAll,
  untilHearsOthers,
} from './people.mjs';
import { Server } from './server.mjs';
import { until } from './until.mjs';

let server;
let browsers;
let members;
let callId;

/** Times depend on the machine; they fail a test only where they are asked to. */
const strict = process.env.STRICT_TIMES === '1';

before(async () => {
  // A browser each: a page behind another one is shown no frames.
  [server, ...browsers] = await Promise.all([
    Server.start(),
    launchChromium(),
    launchFirefox(),
    launchChromium(),
  ]);
  members = [];
  for (const [index, browser] of browsers.entries())
    members.push(await enter(browser, server, people[index]));
  callId = await gather(members);
  await untilAllSeeAll(members);
});
after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await server?.remove();
});

test('the process of a call is killed: everybody is back in the full mix', async () => {
  const pid = server.callPid(callId);
  const killedAt = Date.now();
  process.kill(pid, 'SIGKILL');
  // The picture that is on the screen still shows everybody; wait for the new legs' first.
  await Promise.all(
    members.map((member) =>
      until(
        'a new leg shows the mix',
        async () =>
          (await member.page.evaluate(
            () =>
              client.legs === 2 &&
              !client.before &&
              client.connection.connectionState === 'connected',
          )) && seesAll(member, members),
      ),
    ),
  );
  const seconds = (Date.now() - killedAt) / 1000;
  console.log(`everybody saw the full mix again ${seconds.toFixed(2)} s after the kill`);
  assert.notEqual(server.callPid(callId), pid);
  if (strict) assert.ok(seconds < 3);
  for (const member of members) await untilHearsOthers(member, members);
});

test('mulliond is killed and started again: no picture stops, the calls are the same', async () => {
  const before = await Promise.all(
    members.map(({ page }) =>
      page.evaluate(async () => {
        client.frames.longestGapMs = 0;
        return {
          frames: client.frames.count,
          sockets: client.sockets,
          legs: client.legs,
          lost: await client.packetsLost(),
        };
      }),
    ),
  );
  const pid = server.callPid(callId);
  const { dataDir, port } = server;
  const killedAt = Date.now();
  await server.kill('SIGKILL');
  server = await Server.start({ dataDir, port });
  await Promise.all(
    members.map(({ page }, index) =>
      until('the WebSocket is back with the call', () =>
        page.evaluate(
          (sockets, id) => client.sockets > sockets && client.hellos.at(-1).includes(id),
          before[index].sockets,
          callId,
        ),
      ),
    ),
  );
  const seconds = (Date.now() - killedAt) / 1000;
  await Promise.all(
    members.map(({ page }, index) =>
      until('two more seconds of frames', () =>
        page.evaluate((frames) => client.frames.count > frames + 50, before[index].frames),
      ),
    ),
  );
  const later = await Promise.all(
    members.map(({ page }) =>
      page.evaluate(async () => ({
        ...client.frames,
        legs: client.legs,
        lost: await client.packetsLost(),
      })),
    ),
  );
  console.log(
    `the WebSockets were back ${seconds.toFixed(2)} s after the kill; longest gaps between frames ${later.map(({ longestGapMs }) => longestGapMs.toFixed(0)).join(', ')} ms`,
  );
  process.kill(pid, 0); // The same process mixes on.
  for (const [index, { legs, lost }] of later.entries()) {
    assert.equal(legs, before[index].legs, 'no new leg was needed');
    assert.equal(lost, before[index].lost, 'no packet of the mix is missing');
  }
  if (strict) assert.ok(seconds < 3);
  for (const member of members) {
    assert.ok(await seesAll(member, members));
    await untilHearsOthers(member, members);
  }
});
