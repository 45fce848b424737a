// A coturn with the configuration that docs/turn.md tells people to use.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

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

  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #run(secret, within) {
    const [, page] = /^```conf\n(.*?)^```/ms.exec(readFileSync(kPage, 'utf8'));
    const settings = page
      .replace('THE-SECRET', secret)
      // TLS is not what is tested, and there is no certificate.
      .replace(/^(cert|pkey)=.*$/gm, '')
      .replace(/^syslog$/m, `log-file=stdout\npidfile=${this.#dir}/pid\nuserdb=${this.#dir}/users`);
    writeFileSync(join(this.#dir, 'turnserver.conf'), `${settings}\nverbose\nno-tls\nno-dtls\n`);
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
