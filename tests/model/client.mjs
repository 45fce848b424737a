// A mulliond to test against, requests to it and devices on its WebSocket, of Node 18's own means.
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

const kSecret = 'a secret of the tests that is long enough';
const kDeadline = 20000;

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** The promise's value, or an error that says what was waited for. */
export function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), kDeadline);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function startRedis(dir) {
  const port = await freePort();
  const flags = ['--port', port, '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const redis = spawn('redis-server', flags, { stdio: 'ignore' });
  const failed = new Promise((_, reject) => {
    redis.on('error', reject);
    redis.on('exit', () => reject(new Error('redis-server ended')));
  });
  failed.catch(() => {});
  const ready = async () => {
    while (!(await answers(port))) await new Promise(setImmediate);
  };
  await inTime(Promise.race([ready(), failed]), 'redis-server');
  return { redis, address: `127.0.0.1:${port}` };
}

/** A mulliond of its own data folder on a free port, with `sqlite` or `redis` as its store. */
export class Server {
  /** What it logged as errors, and its end. */
  troubles = [];
  url = '';
  #dir = mkdtempSync(join(tmpdir(), 'mullion-model-'));
  #processes = [];
  #agent = new http.Agent({ keepAlive: true });

  static async start({ mulliond, fakeCall, store }) {
    const server = new Server();
    const env = {
      ...process.env,
      MULLION_AUTH_SECRET: kSecret,
      MULLION_CALLS_RING_TIMEOUT: '3600',
      MULLION_CALLS_EMPTY_TIMEOUT: '86400',
      MULLION_CALLS_RECONNECT_GRACE: '3600',
      MULLION_CALLS_MAX_CALLS: '100000',
      MULLION_CALLS_MAX_PER_USER: '100000',
      MULLION_LIMITS_REQUESTS_PER_USER: '0',
      MULLION_LIMITS_REQUESTS_PER_ADDRESS: '0',
    };
    if (store === 'redis') {
      const { redis, address } = await startRedis(server.#dir);
      server.#keep(redis);
      Object.assign(env, { MULLION_STORE_KIND: 'redis', MULLION_STORE_ADDRESS: address });
    }
    const flags = ['--port', '0', '--data-dir', server.#dir, '--call-binary', fakeCall];
    const child = spawn(mulliond, [...flags, '--log-format', 'json'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server.#keep(child);
    server.url = await inTime(server.#listen(child), 'mulliond to listen');
    return server;
  }

  #listen(child) {
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        this.troubles.push(`mulliond ended: ${code ?? signal}`);
        reject(new Error('mulliond ended'));
      });
      readline.createInterface({ input: child.stderr }).on('line', (line) => {
        const url = /http:\/\/[^"\s]+/.exec(line);
        if (url) resolve(url[0]);
        if (line.includes('"level":"error"')) this.troubles.push(line);
      });
    });
  }

  /** Ends with this program, however that ends. */
  #keep(child) {
    this.#processes.unshift(child);
    process.on('exit', () => child.kill('SIGKILL'));
  }

  /** Ends what was started, mulliond first. */
  async stop() {
    this.#agent.destroy();
    for (const child of this.#processes) {
      child.removeAllListeners('exit');
      if (child.exitCode !== null || child.signalCode) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await inTime(ended, 'the end of a program');
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** @return `{status, body}`. */
  request(method, path, token, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    if (text !== undefined)
      Object.assign(headers, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
    const answer = new Promise((resolve, reject) => {
      const request = http.request(this.url + path, { method, headers, agent: this.#agent });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({ status: response.statusCode, body: isJson ? JSON.parse(text) : text });
        });
      });
      request.end(text);
    });
    return inTime(answer, `${method} ${path}`);
  }
}

export function tokenOf(user, name, scope) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 12 * 3600;
  const claims = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, name, exp, scope })}`;
  return `${claims}.${createHmac('sha256', kSecret).update(claims).digest('base64url')}`;
}

/** A device on the WebSocket (RFC 6455), as much of it as mulliond speaks. */
export class Device {
  /** Events in the order of their coming; who reads them takes them out. */
  events = [];
  hello = null;
  session = '';
  seq = 0;
  #socket = null;
  #input = Buffer.alloc(0);
  #waiting = new Set();
  #refs = 0;

  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  /** Connects and waits for hello. */
  async connect() {
    this.#input = Buffer.alloc(0);
    // It may come with the answer to the handshake.
    const greeted = this.#until((message) => message.type === 'hello', 'hello');
    await Promise.all([inTime(this.#open(), 'a WebSocket'), greeted]);
    this.hello = await greeted;
    if (!this.session) this.session = this.hello.session;
  }

  /** Connects and goes on where the connection before was cut. */
  async resume() {
    const { session, seq } = this;
    await this.connect();
    return this.ask({ type: 'resume', session, seq });
  }

  /** Cuts the connection without a word. */
  async drop() {
    if (!this.#socket || this.#socket.closed) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.destroy();
    await inTime(closed, 'the end of a connection');
  }

  /** Sends with a `ref` and waits for its ack or error. */
  ask(message) {
    const ref = `r${++this.#refs}`;
    const answer = this.#until((candidate) => candidate.ref === ref, 'an ack or error');
    this.#send(1, Buffer.from(JSON.stringify({ ...message, ref })));
    return answer;
  }

  /** Waits for a message that comes from now on. */
  next(wanted, what) {
    return this.#until(wanted, what);
  }

  #until(wanted, what) {
    const came = new Promise((resolve, reject) => this.#waiting.add({ wanted, resolve, reject }));
    return inTime(came, what);
  }

  #open() {
    return new Promise((resolve, reject) => {
      const request = http.get(`${this.server.url}/api/webrtc/ws?access_token=${this.token}`, {
        agent: false,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': 13,
          'sec-websocket-key': randomBytes(16).toString('base64'),
        },
      });
      request.on('error', reject);
      request.on('response', ({ statusCode }) => reject(new Error(`a WebSocket: ${statusCode}`)));
      request.on('upgrade', (response, socket, head) => {
        this.#socket = socket;
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('data', (data) => this.#onData(data));
        socket.on('close', () => {
          for (const { reject } of this.#waiting) reject(new Error('the WebSocket was closed'));
          this.#waiting.clear();
        });
        resolve();
        if (head.length > 0) this.#onData(head);
      });
    });
  }

  #send(opcode, payload) {
    const mask = randomBytes(4);
    const length = payload.length < 126 ? 2 : 4;
    const frame = Buffer.alloc(length + 4 + payload.length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (length === 2 ? payload.length : 126);
    if (length === 4) frame.writeUInt16BE(payload.length, 2);
    mask.copy(frame, length);
    for (let i = 0; i < payload.length; ++i) frame[length + 4 + i] = payload[i] ^ mask[i % 4];
    this.#socket.write(frame);
  }

  #onData(data) {
    this.#input = Buffer.concat([this.#input, data]);
    for (;;) {
      const input = this.#input;
      if (input.length < 2) return;
      const short = input[1] & 0x7f;
      const header = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (input.length < header) return;
      let length = short;
      if (short === 126) length = input.readUInt16BE(2);
      if (short === 127) length = Number(input.readBigUInt64BE(2));
      if (input.length < header + length) return;
      const payload = input.subarray(header, header + length);
      this.#input = input.subarray(header + length);
      const opcode = input[0] & 0x0f;
      if (opcode === 1) this.#onMessage(JSON.parse(payload.toString()));
      if (opcode === 9) this.#send(10, payload);
    }
  }

  #onMessage(message) {
    // What is answered to one device has no number.
    if (message.seq !== undefined) {
      this.seq = message.seq;
      this.events.push(message);
    }
    for (const waiting of this.#waiting) {
      if (!waiting.wanted(message)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(message);
    }
  }
}
