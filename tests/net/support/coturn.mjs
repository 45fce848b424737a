// A coturn with the configuration that docs/turn.md tells people to use.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';

import { until } from '../../e2e/support/until.mjs';

const kPage = new URL('../../../docs/turn.md', import.meta.url);

export class Coturn {
  lines = [];
  #dir = mkdtempSync(join(tmpdir(), 'mullion-coturn-'));
  #process = null;

  /** @param within a command to run it by, where it has the addresses of docs/turn.md */
  static async start(secret, within) {
    const coturn = new Coturn();
    await coturn.#run(secret, within);
    return coturn;
  }

  /** Bytes from the user to mullion and back, by each of his relays that are gone. */
  carried(userId) {
    return this.lines
      .map((line) => /peer usage: .*username=<\d+:(.*)>, .*rb=(\d+), .*sb=(\d+)/.exec(line))
      .filter((match) => match?.[1] === userId)
      .map(([, , received, sent]) => ({ up: Number(sent), down: Number(received) }));
  }

  /** Where its certificate is, which nobody but itself has signed. */
  get certificate() {
    return join(this.#dir, 'fullchain.pem');
  }

  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #makeCertificate() {
    const options = '-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=turn.example.org';
    const files = ['-keyout', join(this.#dir, 'privkey.pem'), '-out', this.certificate];
    const name = ['-addext', 'subjectAltName=IP:203.0.113.20'];
    return promisify(execFile)('openssl', ['req', ...options.split(' '), ...name, ...files]);
  }

  async #run(secret, within) {
    await this.#makeCertificate();
    const [, page] = /^```conf\n(.*?)^```/ms.exec(readFileSync(kPage, 'utf8'));
    const settings = page
      .replace('THE-SECRET', secret)
      .replaceAll('/etc/coturn', this.#dir)
      .replace(/^syslog$/m, `log-file=stdout\npidfile=${this.#dir}/pid\nuserdb=${this.#dir}/users`);
    writeFileSync(join(this.#dir, 'turnserver.conf'), `${settings}\nverbose\n`);
    const [command, ...words] = [...within, 'turnserver', '-c', `${this.#dir}/turnserver.conf`];
    this.#process = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      readline.createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    await until('coturn listens', () => {
      if (this.#process.exitCode !== null)
        throw Object.assign(new Error(`coturn ended:\n${this.lines.join('\n')}`), { final: true });
      return ['UDP', 'TCP'].every((kind) =>
        this.lines.some((line) => line.includes(`${kind} listener opened on`)),
      );
    });
  }
}
