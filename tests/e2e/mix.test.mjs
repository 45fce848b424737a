/* global client */
// Three people in one mixed picture, in real browsers.
import { after, before, test } from 'node:test';

import { launchChromium, launchFirefox } from './browsers.mjs';
import { assert, enter, gather, people, untilAllSeeAll, untilHearsOthers } from './people.mjs';
import { Server } from './server.mjs';

let server;
let chromium;
let firefox;

before(async () => {
  [server, chromium, firefox] = await Promise.all([
    Server.start(),
    launchChromium(),
    launchFirefox(),
  ]);
});
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()]);
  await server?.remove();
});

const mixes = {
  'two in Chromium, one in Firefox': () => [chromium, firefox, chromium],
  'one in Chromium, two in Firefox': () => [firefox, chromium, firefox],
};

for (const [title, browsers] of Object.entries(mixes)) {
  test(`everyone sees all and hears the others: ${title}`, async () => {
    const members = [];
    for (const [index, browser] of browsers().entries())
      members.push(await enter(browser, server, people[index]));
    await gather(members);
    await untilAllSeeAll(members);
    for (const member of members) {
      const { own, others } = await untilHearsOthers(member, members);
      console.log(
        `${member.person.userId}: the others at ${others.map((level) => level.toFixed(0)).join(' and ')} dB, himself at ${own.toFixed(0)} dB`,
      );
      assert.equal(
        await member.page.evaluate(() => client.streams),
        'mullion',
        'sound and picture are one stream',
      );
    }
    await Promise.all(members.map(({ page }) => page.close()));
  });
}
