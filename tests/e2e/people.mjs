/* global client */
// Participants for the tests: each with a colour and a tone of his own.
import assert from 'node:assert/strict';

import { until } from './until.mjs';

export const people = [
  { userId: 'ada', name: 'Ada', colour: [200, 40, 40], tone: 440 },
  { userId: 'bob', name: 'Bob', colour: [40, 170, 60], tone: 660 },
  { userId: 'cy', name: 'Cy', colour: [50, 70, 210], tone: 880 },
];

/** Opens the test page in `browser` as `person`. */
export async function enter(browser, server, person) {
  const page = await browser.newPage();
  await page.goto(`${server.url}/client.html`);
  await page.waitForFunction('window.startClient');
  await page.evaluate((options) => window.startClient(options), person);
  return { page, person };
}

/** The first starts an open room, the others join it, and everybody offers a leg. */
export async function gather(members) {
  const [first, ...others] = members;
  const callId = await first.page.evaluate(async () => {
    const call = await client.request('POST', '/call/initiate', {
      participants: [],
      open: true,
    });
    client.callId = call.id;
    return call.id;
  });
  for (const { page } of others)
    await page.evaluate(async (id) => {
      await client.request('POST', `/call/${id}/join`);
      client.callId = id;
    }, callId);
  await Promise.all(members.map(({ page }) => page.evaluate(() => client.openLeg())));
  return callId;
}

const near = (colour, wanted) =>
  colour && colour.every((value, index) => Math.abs(value - wanted[index]) < 45);

/** Whether the member sees every one of `all` in his own tile of one 1280×720 picture. */
export async function seesAll(member, all) {
  const seen = await member.page.evaluate(() => client.see());
  return (
    seen.width === 1280 &&
    seen.height === 720 &&
    Object.keys(seen.colours).length === all.length &&
    all.every(({ person }) => near(seen.colours[person.userId], person.colour))
  );
}

export async function untilAllSeeAll(members, deadlineMs) {
  await Promise.all(
    members.map((member) =>
      until(`${member.person.userId} sees everybody`, () => seesAll(member, members), deadlineMs),
    ),
  );
}

/** Waits until the member hears the others' tones and his own at least 30 dB below them. */
export async function untilHearsOthers(member, all) {
  return until(`${member.person.userId} hears the others and not himself`, async () => {
    const levels = await member.page.evaluate(
      (tones) => tones.map((tone) => client.hear(tone)),
      all.map(({ person }) => person.tone),
    );
    const own = levels[all.indexOf(member)];
    const others = levels.filter((_, index) => all[index] !== member);
    const quietest = Math.min(...others);
    return quietest > -60 && own < quietest - 30 && { own, others };
  });
}

export { assert };
