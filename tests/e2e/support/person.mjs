import { readFileSync } from 'node:fs';

const kProbe = readFileSync(new URL('../page/probe.js', import.meta.url), 'utf8');

/** Who is in the tests: far apart in colour, and no tone is another's overtone. */
export const kCast = [
  { name: 'Ann', colour: [210, 40, 40], tone: 700 },
  { name: 'Bob', colour: [30, 170, 60], tone: 1100 },
  { name: 'Eve', colour: [50, 70, 220], tone: 1700 },
];

/** One participant: a page with the client library, a colour and a tone of its own. */
export class Person {
  #page;

  constructor(page, { name, colour, tone }) {
    this.#page = page;
    this.name = name;
    this.userId = name.toLowerCase();
    this.colour = colour;
    this.tone = tone;
  }

  /** Opens a page in `browser` and connects it to `server`. */
  static async connect(browser, server, role) {
    const page = await browser.newPage();
    // A page of the right origin that does nothing by itself: the library's own text.
    await page.goto(`${server.url}/sdk/mullion-client.js`);
    await page.evaluate(kProbe);
    const person = new Person(page, role);
    await page.evaluate(
      async ({ userId, name, colour, tone }) => {
        const { Client, devToken } = await import('/sdk/mullion-client.js');
        const base = `${location.origin}/api/webrtc`;
        const client = new Client({
          token: async () => (await devToken(base, userId, name)).token,
        });
        const { probe } = globalThis;
        const tracks = {
          camera: probe.pictureTrack(`rgb(${colour})`),
          audio: probe.toneTrack(tone),
        };
        const video = document.createElement('video');
        Object.assign(video, {
          autoplay: true,
          muted: true,
          playsInline: true,
        });
        video.style.cssText = 'position:fixed;inset:0;width:100vw;height:100vh';
        document.documentElement.append(video);
        globalThis.me = { client, tracks, video, states: [] };
        client.on('state', (state) => globalThis.me.states.push(state));
        await client.connect();
      },
      {
        userId: person.userId,
        name: person.name,
        colour: person.colour,
        tone: person.tone,
      },
    );
    return person;
  }

  evaluate(work, ...values) {
    return this.#page.evaluate(work, ...values);
  }

  /** Starts an open room. @returns its id. */
  start() {
    return this.#enter(null);
  }

  join(callId) {
    return this.#enter(callId);
  }

  #enter(callId) {
    return this.evaluate(async (id) => {
      const { client, tracks, video } = globalThis.me;
      const session =
        id === null
          ? await client.start({ participants: [], open: true }, tracks)
          : await client.join(id, tracks);
      globalThis.me.session = session;
      video.srcObject = session.stream;
      return session.call.id;
    }, callId);
  }

  hangUp() {
    return this.evaluate(() => globalThis.me.session.hangUp());
  }

  look(frequencies) {
    return this.evaluate(
      (tones) => globalThis.probe.look(globalThis.me.video, globalThis.me.session.layout, tones),
      frequencies,
    );
  }

  state() {
    return this.evaluate(() => globalThis.me.session.state);
  }
}

/**
 * What is missing for `person` to see and hear all of `people` rightly: everybody's colour in his
 * own tile of one 1280×720 picture, the others' tones, and not his own. Empty when all is well.
 */
export async function missingFor(person, people) {
  const tones = people.map(({ tone }) => tone);
  const { width, height, tiles, heard } = await person.look(tones);
  const missing = [];
  if (width !== 1280 || height !== 720) missing.push(`the picture is ${width}×${height}`);
  if (tiles.length !== people.length) missing.push(`${tiles.length} tiles`);
  for (const other of people) {
    const colour = tiles.find(({ user_id }) => user_id === other.userId)?.colour;
    if (!colour || distance(colour, other.colour) > 60)
      missing.push(`${other.name}'s tile is ${colour ?? 'not there'}`);
  }
  const own = heard[people.indexOf(person)];
  people.forEach((other, i) => {
    if (other === person) return;
    if (!(heard[i] > -40)) missing.push(`${other.name}'s tone is at ${heard[i]} dB`);
    if (!(heard[i] - own >= 30))
      missing.push(`the own tone is at ${own} dB, ${other.name}'s at ${heard[i]} dB`);
  });
  return missing.map((text) => `${person.name}: ${text}`).join('; ');
}

export async function missingForAll(people) {
  const found = await Promise.all(people.map((person) => missingFor(person, people)));
  return found.filter(Boolean).join('; ');
}

function distance(a, b) {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}
