// Starts and kills the server under test.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const root = path.resolve(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  '../..',
);
const program = process.env.MULLIOND ?? path.join(root, 'build/mulliond');

export const testPages = path.join(root, 'tests/e2e/page');
export const builtPages = path.join(root, 'web/dist');

export class Server {
  /** Starts mulliond on a free port, or on `port`, and waits until it listens. */
  static async start({
    webDir = testPages,
    dataDir = mkdtempSync(path.join(tmpdir(), 'mullion-e2e-')),
    port = 0,
    env = {},
  } = {}) {
    if (!existsSync(program))
      throw new Error(`${program} is missing: build first (tools/test does)`);
    const server = new Server();
    server.dataDir = dataDir;
    server.webDir = webDir;
    server.process = spawn(
      program,
      ['--port', `${port}`, '--data-dir', dataDir, '--web-dir', webDir, '--log-format', 'text'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...env },
      },
    );
    server.lines = [];
    server.url = await new Promise((resolve, reject) => {
      readline.createInterface({ input: server.process.stderr }).on('line', (line) => {
        server.lines.push(line);
        const match = /listening on (http:\S+)/.exec(line);
        if (match) resolve(match[1]);
      });
      server.process.once('exit', (code) =>
        reject(new Error(`mulliond ended with ${code}: ${server.lines.join('\n')}`)),
      );
    });
    return server;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** The pid of the process that mixes `callId`, as the log tells. */
  callPid(callId) {
    const lines = this.lines.filter(
      (line) => line.includes(`call=${callId} pid=`) && line.includes('process given'),
    );
    return Number(/pid=(\d+)/.exec(lines.at(-1) ?? '')?.[1]);
  }

  /** All processes of calls that belong to this data folder. */
  callPids() {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return (
            readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${this.dataDir}/`) &&
            readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('mullion-call')
          );
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  async kill(signal = 'SIGKILL') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(signal);
    await ended;
  }

  /** Ends mulliond and its calls' processes and removes their data. */
  async remove() {
    await this.kill('SIGINT');
    for (const pid of this.callPids()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
