/* global client */
// Who is in the tests, and whether they see and hear each other.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { until, untilNothingMisses } from './until.mjs';

/** Far apart in colour, and no tone is another's overtone. */
export const people = [
  { userId: 'ann', name: 'Ann', colour: [210, 40, 40], tone: 700 },
  { userId: 'bob', name: 'Bob', colour: [30, 170, 60], tone: 1100 },
  { userId: 'eve', name: 'Eve', colour: [50, 70, 220], tone: 1700 },
];

/** A participant by the test page: who he is, his `page`, and what he sees and hears. */
class Member {
  constructor(page, person) {
    Object.assign(this, person, { page });
  }

  evaluate(work, ...values) {
    return this.page.evaluate(work, ...values);
  }

  look(tones) {
    return this.evaluate((list) => client.look(list), tones);
  }

  /** Joins the open call `callId` and offers a leg. */
  join(callId) {
    return this.evaluate(async (id) => {
      await client.request('POST', `/call/${id}/join`);
      client.callId = id;
      await client.openLeg();
    }, callId);
  }
}

const kSocketIo = createRequire(import.meta.url).resolve('socket.io-client/dist/socket.io.js');

/** Opens the test page in `browser` as `person`; `options` are those of the page's client. */
export async function enter(browser, server, person, options = {}) {
  const page = await browser.newPage();
  await page.goto(`${server.url}/client.html`);
  await page.waitForFunction('window.startClient');
  if (options.transports) await page.evaluate(readFileSync(kSocketIo, 'utf8'));
  await page.evaluate((values) => window.startClient(values), { ...person, ...options });
  return new Member(page, person);
}

/** The first starts an open room, the others join it, and everybody offers a leg. @returns its id. */
export async function gather(members) {
  const [first, ...others] = members;
  const callId = await first.evaluate(async () => {
    const call = await client.request('POST', '/call/initiate', { participants: [], open: true });
    client.callId = call.id;
    return call.id;
  });
  await Promise.all([
    first.evaluate(() => client.openLeg()),
    ...others.map((member) => member.join(callId)),
  ]);
  return callId;
}

/**
 * What is missing for `person` to see and hear all of `all` rightly: everybody's colour in his own
 * tile of one 1280×720 picture, the others' tones, and not his own. Empty when all is well.
 */
async function missingFor(person, all) {
  const { width, height, tiles, heard } = await person.look(all.map(({ tone }) => tone));
  const missing = [];
  if (width !== 1280 || height !== 720) missing.push(`the picture is ${width}×${height}`);
  if (tiles.length !== all.length) missing.push(`${tiles.length} tiles`);
  for (const other of all) {
    const colour = tiles.find(({ user_id }) => user_id === other.userId)?.colour;
    if (!colour || distance(colour, other.colour) > 60)
      missing.push(`${other.name}'s tile is ${colour ?? 'not there'}`);
  }
  const own = heard[all.indexOf(person)];
  all.forEach((other, i) => {
    if (other === person) return;
    if (!(heard[i] > -40)) missing.push(`${other.name}'s tone is at ${heard[i]} dB`);
    if (!(heard[i] - own >= 30))
      missing.push(`the own tone is at ${own} dB, ${other.name}'s at ${heard[i]} dB`);
  });
  return missing.map((text) => `${person.name}: ${text}`).join('; ');
}

function distance(a, b) {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}

/**
 * Waits until each of `all` has seen everybody and heard the others and not himself. Not all at one
 * moment: on a busy machine the sound of a browser is cut now and then.
 */
export function untilMixed(all) {
  let waiting = all;
  return untilNothingMisses('everybody sees and hears the mix', async () => {
    const found = await Promise.all(waiting.map((person) => missingFor(person, all)));
    waiting = waiting.filter((_, i) => found[i]);
    return found.filter(Boolean).join('; ');
  });
}

/** Waits until the member has a picture of the mix, whoever is in it. */
export function untilSees(member) {
  return until(`${member.name} sees the mix`, async () => (await member.look([])).width === 1280);
}

/** Asks for one of the encodings of the composite, such as `360p`. */
export function setRung(member, rung) {
  return member.evaluate(
    (choice) =>
      client.request('PUT', `/call/${client.callId}/participants/${client.userId}/rung`, {
        rung: choice,
      }),
    rung,
  );
}
