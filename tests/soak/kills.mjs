// mulliond killed again and again while people call each other: nothing that was answered may be
// lost, whichever store keeps it.
//
//   node tests/soak/kills.mjs [N] [redis]   N kills (50), each at a moment of chance, with SQLite, or
//                                           with a redis-server of its own; SEED=… repeats a run
//
//   node tests/soak/kills.mjs outage        Redis instead: stopped for 30 s, killed, and started again
//                                           without its data; no request fails, and then the store has
//                                           every call that the server has
//
// Calls' processes are the tests' doubles: what outlives mulliond here is what it has said. Of each
// group of people one request is on its way at most, so that it alone may be half done.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { fakeCall } from '../e2e/support/programs.mjs';
import { Server } from '../e2e/support/server.mjs';
import { until } from '../e2e/support/until.mjs';
import { chanceFrom } from './chance.mjs';

const kOutage = process.argv[2] === 'outage';
const kKills = kOutage ? 0 : Number(process.argv[2] ?? 50);
const kRedis = kOutage || process.argv[3] === 'redis';
const kGroups = 4;
const kSeed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const chance = chanceFrom(kSeed);
const oneOf = (list) => list[Math.floor(chance() * list.length)];

/** A redis-server of our own, with a folder and a socket. */
class Redis {
  #folder = mkdtempSync(join(tmpdir(), 'mullion-redis-'));
  #socket = join(this.#folder, 'redis.sock');
  #process = null;
  env = { MULLION_STORE_KIND: 'redis', MULLION_STORE_ADDRESS: this.#socket };

  static async start() {
    const redis = new Redis();
    await redis.run();
    return redis;
  }

  async run() {
    this.#process = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', this.#socket, '--dir', this.#folder, '--appendonly', 'yes'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let log = '';
    this.#process.stdout.on('data', (text) => (log += text));
    await until('redis-server is ready', () => /ready to accept connections/i.test(log));
  }

  signal(name) {
    this.#process.kill(name);
  }

  async kill(name = 'SIGKILL') {
    const ended = once(this.#process, 'exit');
    this.signal(name);
    await ended;
  }

  forget() {
    for (const name of readdirSync(this.#folder))
      rmSync(join(this.#folder, name), { recursive: true });
  }

  async end() {
    await this.kill('SIGTERM');
    rmSync(this.#folder, { recursive: true });
  }
}

/** What a call must not lose; whether media flows is the call's process' to say. */
function essence(call) {
  const present = new Set(['joined', 'connected', 'reconnecting']);
  const { id, status, title, locked, end_reason, answered_at, ended_at } = call;
  return {
    ...{ id, status, title, locked, end_reason, answered_at, ended_at },
    participants: call.participants.map(({ user_id, role, state, audio_muted, left_at }) => ({
      ...{ user_id, role, audio_muted, left_at },
      state: present.has(state) ? 'present' : state,
    })),
  };
}

/** Two people and their calls, one after another. */
class Group {
  /** By id: the call as it was last answered. */
  answered = new Map();
  /** The call of a request that was not answered, if there is one. */
  open = null;
  requests = 0;

  constructor(index) {
    this.people = [`a${index}`, `b${index}`];
  }

  async start(server) {
    this.server = server;
    this.tokens = Object.fromEntries(
      await Promise.all(
        this.people.map(async (user_id) => {
          const { token } = await this.#ask('POST', '/token', null, { user_id, name: user_id });
          return [user_id, token];
        }),
      ),
    );
  }

  async #ask(method, path, user, body) {
    const answer = await fetch(`${this.server.url}/api/webrtc${path}`, {
      method,
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(user ? { authorization: `Bearer ${this.tokens[user]}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const json = await answer.json();
    assert.ok(answer.status < 500, `${method} ${path}: ${JSON.stringify(json)}`);
    return json;
  }

  /** Acts until `enough`, or until a request fails, as mulliond is gone. */
  async act(enough = () => false) {
    const [a, b] = this.people;
    while (!enough()) {
      const [id, call] = [...this.answered].at(-1) ?? [];
      const live = call && ['ringing', 'active'].includes(call.status);
      const [method, path, user, body] = live
        ? oneOf([
            ['POST', `/call/${id}/answer`, b],
            ['POST', `/call/${id}/join`, b],
            ['POST', `/call/${id}/leave`, oneOf([a, b])],
            ['POST', `/call/${id}/end`, a],
            ['PATCH', `/call/${id}`, a, { title: `t${this.requests}`, locked: chance() < 0.5 }],
            ['PATCH', `/call/${id}/participants/${a}`, a, { audio_muted: chance() < 0.5 }],
          ])
        : ['POST', '/call/initiate', a, { participants: chance() < 0.5 ? [b] : [], open: true }];
      this.open = id ?? 'new';
      try {
        const json = await this.#ask(method, path, user, body);
        ++this.requests;
        if (json.id) this.answered.set(json.id, json);
        this.open = null;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return;
      }
    }
  }

  /** Calls that go on are as they were answered. */
  async checkLive() {
    const [a] = this.people;
    for (const [id, call] of this.answered) {
      if (!['ringing', 'active'].includes(call.status)) continue;
      assert.deepEqual(essence(await this.#ask('GET', `/call/${id}`, a)), essence(call));
    }
  }

  /** Every call is as it was answered; where a request was on its way, it may have been done. */
  async check() {
    const [a] = this.people;
    for (const [id, call] of this.answered) {
      const now = await this.#ask('GET', `/call/${id}`, a);
      if (id !== this.open) assert.deepEqual(essence(now), essence(call));
      assert.ok(now.id, `call ${id} is gone: ${JSON.stringify(now)}`);
      this.answered.set(id, now);
    }
    const history = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await this.#ask('GET', `/calls/history?limit=200&cursor=${cursor}`, a);
      history.push(...page.calls);
      cursor = page.next_cursor;
    }
    const ids = new Set(history.map(({ id }) => id));
    assert.equal(ids.size, history.length, 'a call stands in the history twice');
    for (const [id, call] of this.answered) {
      const over = !['ringing', 'active'].includes(call.status);
      assert.equal(ids.has(id), over, `${id}, ${call.status}, in the history`);
    }
    // Only the last one may still change.
    for (const id of [...this.answered.keys()].slice(0, -1)) this.answered.delete(id);
    this.open = null;
  }
}

const redis = kRedis ? await Redis.start() : null;
const server = await Server.start({
  env: {
    ...redis?.env,
    MULLION_MEDIA_CALL_BINARY: fakeCall(),
    MULLION_LIMITS_REQUESTS_PER_USER: '0',
    MULLION_LIMITS_REQUESTS_PER_ADDRESS: '0',
    MULLION_CALLS_RING_TIMEOUT: '3600',
  },
});
/** People come and go while Redis does not. */
async function suffer() {
  const store = async () => (await (await fetch(`${server.url}/readyz`)).json()).store;
  const healthy = (what) =>
    until(
      `the store is well again after it was ${what}`,
      async () => (await store()) === 'healthy',
    );
  const answered = () => groups.reduce((sum, group) => sum + group.requests, 0);
  let enough = false;
  const acting = Promise.all(groups.map((group) => group.act(() => enough)));
  const troubles = {
    async stopped() {
      redis.signal('SIGSTOP');
      // That it is away is what is tried here; nothing waits for it.
      await wait(30_000);
      redis.signal('SIGCONT');
    },
    async killed() {
      await redis.kill();
      await until('it is missed', async () => (await store()) === 'sick');
      await redis.run();
    },
    async emptied() {
      await redis.kill();
      redis.forget();
      await until('it is missed', async () => (await store()) === 'sick');
      await redis.run();
    },
  };
  for (const [what, trouble] of Object.entries(troubles)) {
    const before = answered();
    await trouble();
    await healthy(what);
    console.log(`Redis ${what}: ${answered() - before} requests answered meanwhile`);
  }
  enough = true;
  await acting;
  for (const group of groups) assert.equal(group.open, null, 'a request failed');
  // What the next mulliond knows is what the store holds.
  await server.kill();
  await server.startAgain();
  for (const group of groups) await group.checkLive();
  console.log('the store has what the server had');
}

const groups = Array.from({ length: kGroups }, (_, i) => new Group(i));
await Promise.all(groups.map((group) => group.start(server)));
try {
  if (kOutage) await suffer();
  for (let kill = 1; kill <= kKills; ++kill) {
    const acting = Promise.all(groups.map((group) => group.act()));
    // The moment of chance is what is tried here; nothing waits for it.
    await wait(chance() * 400);
    await server.kill();
    await acting;
    await server.startAgain();
    for (const group of groups) await group.check();
    const requests = groups.reduce((sum, group) => sum + group.requests, 0);
    console.log(`${kill} kills, ${requests} requests answered, nothing lost`);
  }
} catch (error) {
  console.error(`with SEED=${kSeed}`);
  throw error;
} finally {
  await server.remove();
  await redis?.end();
}
