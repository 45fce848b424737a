// A mulliond whose calls record as many bytes as a test wants: with the test doubles of mullion-call
// and mullion-finish, so that no media is needed.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fakeCall } from './programs.mjs';
import { Server } from './server.mjs';
import { until } from './until.mjs';

const kFinish = fileURLToPath(new URL('../../recordings/fake_finish.sh', import.meta.url));

export class Films {
  server = null;
  /** What webhooks were told of recordings. */
  told = [];
  #receiver = null;
  #tokens = new Map();

  static async set(env = {}) {
    const films = new Films();
    films.#receiver = createServer(async (question, answer) => {
      const chunks = [];
      for await (const chunk of question) chunks.push(chunk);
      films.told.push(JSON.parse(Buffer.concat(chunks)));
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(films.#receiver, 'listening');
    films.server = await Server.start({
      env: {
        MULLION_MEDIA_CALL_BINARY: fakeCall(),
        MULLION_RECORDINGS_FINISH_BINARY: kFinish,
        MULLION_RECORDINGS_MIN_FREE: '0',
        MULLION_WEBHOOKS_URLS: `http://127.0.0.1:${films.#receiver.address().port}/`,
        MULLION_WEBHOOKS_EVENTS: 'recording:*',
        ...env,
      },
    });
    return films;
  }

  async close() {
    await this.server?.remove();
    const closed = once(this.#receiver, 'close');
    this.#receiver.close();
    this.#receiver.closeAllConnections();
    await closed;
  }

  async ask(method, path, { user = 'ada', body, status = null } = {}) {
    const answer = await fetch(`${this.server.url}/api/webrtc${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await this.#tokenOf(user)}`,
      },
      body: body && JSON.stringify(body),
    });
    const json = await answer.json();
    const good = status ? answer.status === status : answer.ok;
    assert.ok(good, `${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }

  async #tokenOf(user) {
    if (!this.#tokens.has(user)) {
      const answer = await fetch(`${this.server.url}/api/webrtc/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_id: user, name: `called ${user}` }),
      });
      this.#tokens.set(user, (await answer.json()).token);
    }
    return this.#tokens.get(user);
  }

  async metric(name) {
    const text = await (await fetch(`${this.server.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)[1]);
  }

  /** Records so many bytes and stops. @returns the id. */
  async record(bytes, user = 'ada', others = []) {
    const call = await this.ask('POST', '/call/initiate', {
      user,
      body: { participants: [], open: true },
      status: 201,
    });
    for (const other of others) {
      await this.ask('POST', `/call/${call.id}/join`, { user: other });
    }
    const { id } = await this.ask('POST', `/call/${call.id}/recording`, {
      user,
      body: {},
      status: 201,
    });
    const growing = await until('the file that grows', () =>
      this.files().find((name) => name.includes(`${id}.growing.1.`)),
    );
    appendFileSync(join(this.folder, growing), randomBytes(bytes));
    await this.ask('DELETE', `/call/${call.id}/recording`, { user });
    await this.ask('POST', `/call/${call.id}/end`, { user });
    return id;
  }

  get folder() {
    return join(this.server.dataDir, 'recordings');
  }

  /** Paths below the recordings' folder. */
  files() {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.path.slice(this.folder.length + 1), entry.name))
      .sort();
  }

  /** Ends of the names of a recording's files that are here. */
  filesOf(id) {
    return this.files()
      .filter((name) => name.includes(`${id}.`))
      .map((name) => name.slice(name.indexOf(`${id}.`) + id.length + 1));
  }

  become(id, wanted) {
    return until(`${wanted}`, async () => {
      const recording = await this.ask('GET', `/recordings/${id}`);
      return recording.status === wanted && recording;
    });
  }

  /** Loads the part as a page would. */
  async load(part) {
    const answer = await fetch(part.url);
    assert.equal(answer.status, 200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('hex'), part.sha256);
    return { bytes, url: answer.url };
  }
}
