// A bash that is told one block after the other, as somebody at a terminal would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';

const kEndOfBlock = '-- end of block --';

export class Shell {
  #process;
  #lines;

  constructor({ env, cwd }) {
    const options = { env: { ...process.env, ...env }, cwd, stdio: ['pipe', 'pipe', 'inherit'] };
    this.#process = spawn('bash', ['-eu', '-o', 'pipefail'], options);
    const lines = readline.createInterface({ input: this.#process.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** @returns what the commands print, by line; rejects when one fails. */
  async run(commands) {
    // What is printed may end without a new line.
    this.#process.stdin.write(`${commands}\nprintf '\\n%s\\n' '${kEndOfBlock}'\n`);
    const printed = [];
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`a command failed in\n${commands}\nafter\n${printed.join('\n')}`);
      if (value === kEndOfBlock) return printed.at(-1) === '' ? printed.slice(0, -1) : printed;
      printed.push(value);
    }
  }

  async close() {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }
}
