import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasUdpSocket, processesOf } from './processes.mjs';
import { until } from './until.mjs';

const kRoot = fileURLToPath(new URL('../../../', import.meta.url));

function binary() {
  const candidates = [process.env.MULLIOND, 'build/mulliond', 'build/src/mulliond']
    .filter(Boolean)
    .map((path) => join(path.startsWith('/') ? '' : kRoot, path));
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new Error(`no mulliond at ${candidates.join(', ')}; build it or set MULLIOND`);
  return found;
}

function webDir() {
  const dir = process.env.MULLION_WEB ?? join(kRoot, 'web/dist');
  if (!existsSync(join(dir, 'sdk/mullion-client.js')))
    throw new Error(`no pages in ${dir}; run \`npm ci && npm run build\` in web`);
  return dir;
}

/** A mulliond with a data folder of its own, which can be killed and started again. */
export class Server {
  url = '';
  log = [];
  #process = null;
  #dataDir = mkdtempSync(join(tmpdir(), 'mullion-e2e-'));

  static async start() {
    const server = new Server();
    await server.#run(0);
    return server;
  }

  /** The process that has a call's media, of which there must be one. */
  async callProcess() {
    return until('a call process with media', () => {
      const busy = this.#callProcesses().filter(hasUdpSocket);
      return busy.length === 1 && busy[0];
    });
  }

  /** SIGKILL, and a new mulliond on the same port and data folder. @returns ms until it listens. */
  async killAndRestart() {
    const { port } = new URL(this.url);
    const before = performance.now();
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
    await this.#run(Number(port));
    return performance.now() - before;
  }

  async stop() {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    // As by Ctrl-C, which takes the calls' processes along.
    this.#process.kill('SIGINT');
    await gone;
    const ended = () => this.#callProcesses().length === 0;
    await until('the end of the calls’ processes', ended).catch((error) => {
      const left = this.#callProcesses();
      for (const pid of left) process.kill(pid, 'SIGKILL');
      throw new Error(`${error.message}; ${left} are left of\n${this.log.join('')}`);
    });
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** Told apart by their sockets' folder: a mulliond that was killed is not their parent any more. */
  #callProcesses() {
    return processesOf('mullion-call', this.#dataDir);
  }

  async #run(port) {
    const child = spawn(
      binary(),
      [
        ...['--port', String(port), '--data-dir', this.#dataDir],
        ...['--web-dir', webDir(), '--dev-tokens', 'true'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#process = child;
    this.url = await new Promise((resolve, reject) => {
      const onText = (text) => {
        this.log.push(String(text));
        const url = /listening on (http:\/\/[\d.]+:\d+)/.exec(text)?.[1];
        if (url) resolve(url);
      };
      child.stdout.on('data', onText);
      child.stderr.on('data', onText);
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`mulliond ended with ${code}: ${this.log.join('')}`));
      });
    });
  }
}
