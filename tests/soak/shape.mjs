/* global legs */
// The shape of the pipelines alone: a mullion-call without mulliond, over its socket
// (docs/protocol.md), to which legs of real browsers come and from which they go.
//
//   node tests/soak/shape.mjs [N] [pads]   N joins (200): threads, descriptors and memory; with
//                                          `pads` under GStreamer's leak tracer, its living pads too
//
// Fails as soak.mjs does.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

import { launch } from '../e2e/support/browsers.mjs';
import { mullionCall } from '../e2e/support/programs.mjs';
import { until } from '../e2e/support/until.mjs';
import { compare, figures, livingPads, report, settled, tracer } from './figures.mjs';

const total = Number(process.argv[2] ?? 200);
const countPads = process.argv[3] === 'pads';
/** As many are there at once at most, those who died and are not missed yet among them. */
const kCrowd = 8;
const kScripts = ['probe.js', 'legs.js'].map((name) =>
  readFileSync(new URL(`../e2e/page/${name}`, import.meta.url), 'utf8'),
);

/** A mullion-call with one call, and its owner. */
class MediaProcess {
  /** By leg: what became of it. */
  legs = new Map();
  #folder = mkdtempSync(join(tmpdir(), 'mullion-shape-'));
  log = join(this.#folder, 'log');

  static async start() {
    const media = new MediaProcess();
    const socket = join(media.#folder, 'any-shape.sock');
    const log = openSync(media.log, 'a');
    media.process = spawn(
      mullionCall(),
      ['--socket', socket, '--log-level', 'info', '--ready-fd', '3'],
      {
        stdio: ['ignore', log, log, 'pipe'],
        env: { ...process.env, ...(countPads ? tracer : {}) },
      },
    );
    await once(media.process.stdio[3], 'data');
    media.socket = net.connect(socket);
    readline
      .createInterface({ input: media.socket })
      .on('line', (line) => media.#onMessage(JSON.parse(line)));
    media.tell({ type: 'claim', protocol: 2, owner: 'shape' });
    await until('the answer to the claim', () => media.state);
    media.tell({
      type: 'start_call',
      call_id: 'shape',
      generation: 0,
      canvas: { width: 1280, height: 720, fps: 25 },
      layout: { mode: 'grid' },
      bitrate: 0,
      min_port: 0,
      max_port: 0,
      addresses: [],
    });
    return media;
  }

  tell(message) {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  #onMessage(message) {
    if (message.type === 'state') this.state = message;
    const leg = this.legs.get(message.leg);
    if (!leg) return;
    if (message.type === 'answer') leg.onAnswer(message.sdp);
    else if (message.type === 'local_candidate') leg.onCandidate(message);
    else if (message.type === 'leg_closed') leg.onClosed(message);
  }

  async end() {
    const ended = once(this.process, 'exit');
    this.tell({ type: 'stop' });
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** One participant's only leg, which is a peer connection of `page`. */
class Leg {
  id = randomUUID();
  userId = `user-${this.id.slice(0, 8)}`;
  answered = false;
  closed = null;
  /** Page calls keep their order: a candidate may come before the answer is set. */
  #page;
  #last = Promise.resolve();

  static async open(media, page) {
    const leg = new Leg();
    leg.media = media;
    leg.#page = page;
    media.legs.set(leg.id, leg);
    media.tell({
      type: 'put_participant',
      user_id: leg.userId,
      name: leg.userId,
      audio_muted: false,
      video_muted: false,
      volume: 1,
    });
    const { sdp, candidates } = await page.evaluate((id) => legs.offer(id), leg.id);
    media.tell({ type: 'offer', user_id: leg.userId, leg: leg.id, sdp });
    for (const { candidate, sdpMid, sdpMLineIndex } of candidates)
      media.tell({
        type: 'remote_candidate',
        leg: leg.id,
        candidate,
        mid: sdpMid,
        mline_index: sdpMLineIndex,
      });
    await until('an answer', () => leg.answered || leg.closed);
    if (leg.closed) throw new Error(`no answer: ${JSON.stringify(leg.closed)}`);
    return leg;
  }

  onAnswer(sdp) {
    this.answered = true;
    this.#inPage((id, text) => legs.answer(id, text), sdp);
  }

  onCandidate({ candidate, mid, mline_index: sdpMLineIndex }) {
    if (!candidate) return;
    this.#inPage((id, init) => legs.addCandidate(id, init), {
      candidate,
      sdpMid: mid,
      sdpMLineIndex,
    });
  }

  onClosed(message) {
    this.closed = message;
    this.media.legs.delete(this.id);
    // A seat is given up by mulliond, not by the end of its leg.
    this.leave();
  }

  leave() {
    this.media.tell({ type: 'remove_participant', user_id: this.userId, reason: 'left' });
  }

  /** The page may be gone: that is one of the ways to leave. */
  #inPage(work, value) {
    this.#last = this.#last.then(() => this.#page.evaluate(work, this.id, value)).catch(() => {});
  }
}

const kinds = ['chromium', 'firefox'];
const browsers = Object.fromEntries(
  await Promise.all(kinds.map(async (kind) => [kind, await launch[kind]()])),
);

async function openPage(kind) {
  const page = await browsers[kind].newPage();
  for (const script of kScripts) await page.evaluate(script);
  return page;
}

/** Opens `count` legs in a page of their own. With `stay` until all see the mix. */
async function arrive(media, kind, count, { stay = true } = {}) {
  const page = await openPage(kind);
  const group = await Promise.all(Array.from({ length: count }, () => Leg.open(media, page)));
  if (stay)
    await until('the newcomers see the mix', () =>
      page.evaluate(
        (ids) => legs.see(ids),
        group.map(({ id }) => id),
      ),
    );
  return { page, group };
}

const gone = (group) =>
  until('the end of the legs', () => group.every(({ closed }) => closed), { deadline: 120_000 });

/** How a group of one browser leaves. */
const partings = {
  async politely({ page, group }) {
    for (const leg of group) leg.leave();
    await gone(group);
    await page.close();
  },
  /** The page is shut: its connections are closed, nobody says a word about it. */
  async byTheWindow({ page }) {
    await page.close();
  },
  /** The whole browser, and a new one in its place. */
  async killed({ page }, kind) {
    const ended = once(page.browser().process(), 'exit');
    page.browser().process().kill('SIGKILL');
    await ended;
    browsers[kind] = await launch[kind]();
  },
};

const kOrder = ['politely', 'beforeMedia', 'politely', 'byTheWindow', 'politely', 'killed'];

const media = await MediaProcess.start();
const { pid } = media.process;
const nobody = () =>
  until('the end of all legs', () => media.legs.size <= 1, { deadline: 120_000 });
const measure = async (after) => {
  await nobody();
  return report(after, {
    ...(await settled(pid)),
    ...(countPads ? { pads: await livingPads(pid, media.log) } : {}),
  });
};

// One stays all the time, in a browser of his own, so that the mix never stops.
const home = await launch.chromium();
const stay = await home.newPage();
for (const script of kScripts) await stay.evaluate(script);
await Leg.open(media, stay);
await measure('0 joins');

// The fullest moments come first: the mix keeps the inputs and tiles that it took, and the heap the
// holes between what was there together.
let joined = 0;
while (joined < Math.min(20, total)) {
  const count = Math.min(kCrowd - 1, total - joined);
  const fullest = await Promise.all(kinds.map((kind, i) => arrive(media, kind, (count + i) >> 1)));
  await Promise.all(fullest.map((group) => partings.politely(group)));
  joined += count;
}

let early;
for (let round = 0; joined < total; ++round) {
  const kind = kinds[round % 2];
  const count = Math.min((round % 3) + 1, total - joined);
  // Each kind of browser leaves in each way.
  const parting = kOrder[(round >> 1) % kOrder.length];
  await until('room for some more', () => media.legs.size + count <= kCrowd, {
    deadline: 120_000,
  });
  if (parting === 'beforeMedia')
    await partings.politely(await arrive(media, kind, count, { stay: false }));
  else await partings[parting](await arrive(media, kind, count), kind);
  joined += count;
  if (!early && joined >= 20) early = await measure(`${joined} joins`);
  else if (round % 20 === 19) console.log(`${joined} joins …`, JSON.stringify(figures(pid)));
}
compare(early, await measure(`${joined} joins`));
await media.end();
await Promise.all([home, ...Object.values(browsers)].map((browser) => browser.close()));
