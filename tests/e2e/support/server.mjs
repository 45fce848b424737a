// Starts and kills the server under test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

import { mulliond, testPages } from './programs.mjs';
import { until } from './until.mjs';

/** A mulliond with a data folder of its own, which can be killed and started again. */
export class Server {
  url = '';
  lines = [];
  process = null;
  dataDir = mkdtempSync(join(tmpdir(), 'mullion-e2e-'));

  /**
   * Starts mulliond and waits until it listens.
   *
   * @param port 0: a free one
   * @param within a command to run it by, such as `ip netns exec …`
   */
  static async start({ pages = testPages, env = {}, port = 0, within = [] } = {}) {
    const server = new Server();
    Object.assign(server, { pages, env, within });
    await server.#run(port);
    return server;
  }

  /** After kill(): a new mulliond on the same port and data folder. */
  startAgain() {
    return this.#run(Number(new URL(this.url).port));
  }

  /** The pid of the process that mixes `callId`, as the log tells. */
  callPid(callId) {
    const line = this.lines.findLast(
      (text) => text.includes(`call=${callId} pid=`) && text.includes('process given'),
    );
    return Number(/pid=(\d+)/.exec(line ?? '')?.[1]);
  }

  /**
   * All processes of calls, the spare too. Told apart by their sockets' folder: a mulliond that was
   * killed is not their parent any more.
   */
  callPids() {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => {
        try {
          // A zombie has no command line.
          const [program = '', ...rest] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
          return (
            program.endsWith('mullion-call') && rest.some((text) => text.includes(this.dataDir))
          );
        } catch {
          return false;
        }
      });
  }

  async kill(signal = 'SIGKILL') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }

  /** Ends mulliond and its calls' processes, which must go by themselves, and removes their data. */
  async remove() {
    // As by Ctrl-C, which takes the calls' processes along.
    await this.kill('SIGINT');
    try {
      await until('the end of the calls’ processes', () => this.callPids().length === 0);
    } catch (error) {
      const left = this.callPids();
      for (const pid of left) process.kill(pid, 'SIGKILL');
      throw new Error(`${error.message}; ${left} are left of\n${this.lines.join('\n')}`);
    } finally {
      rmSync(this.dataDir, { recursive: true, force: true });
    }
  }

  async #run(port) {
    const [command, ...words] = [...this.within, mulliond()];
    const child = spawn(
      command,
      [
        ...words,
        ...['--port', `${port}`, '--data-dir', this.dataDir],
        ...['--web-dir', this.pages, '--log-format', 'text'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...this.env } },
    );
    this.process = child;
    this.url = await new Promise((resolve, reject) => {
      readline.createInterface({ input: child.stderr }).on('line', (line) => {
        this.lines.push(line);
        const url = /listening on (http:\S+)/.exec(line)?.[1];
        if (url) resolve(url);
      });
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`mulliond ended with ${code}: ${this.lines.join('\n')}`)),
      );
    });
  }
}
