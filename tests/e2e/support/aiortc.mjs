import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

import { until } from './until.mjs';

const kClient = fileURLToPath(new URL('../aiortc_client.py', import.meta.url));
/** Debian's, which has Debian's aiortc: another one may stand before it in the path. */
const kPython = process.env.PYTHON ?? '/usr/bin/python3';

/** A participant by aiortc, in a process of its own; looked at like a Member in a browser. */
export class AiortcMember {
  #process = null;
  #said = null;
  #errors = '';

  /**
   * @param tones all that it is to listen for
   * @param options `within`, a command to run it by; `turnTransport`, `udp`, `tcp` or `tls`, by which it
   *   reaches a TURN server
   */
  constructor(server, person, tones, { within = [], turnTransport } = {}) {
    Object.assign(this, person, { server, tones, within, turnTransport });
  }

  /** Starts it; it joins the open call `callId` by itself, or starts one. */
  join(callId) {
    const { server, userId, name, colour, tone, tones, turnTransport } = this;
    const values = { url: server.url, 'user-id': userId, name, colour, tone, tones };
    const options = { ...values, call: callId, 'turn-transport': turnTransport };
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const [command, ...words] = [...this.within, kPython, kClient];
    this.#process = spawn(command, [
      ...words,
      ...given.map(([option, value]) => `--${option}=${value}`),
    ]);
    readline
      .createInterface({ input: this.#process.stdout })
      .on('line', (line) => (this.#said = JSON.parse(line)));
    this.#process.stderr.on('data', (text) => (this.#errors += text));
    this.#process.once('error', (error) => (this.#errors += error));
  }

  /** Starts an open call. @returns its id. */
  async initiate() {
    this.join();
    return until('the call', () => this.#requireRunning() ?? this.#said?.call);
  }

  get codecs() {
    return this.#said.codecs;
  }

  /** The type of the own candidate that media goes by, such as `relay`. */
  get route() {
    return this.#said?.route;
  }

  async look(tones) {
    this.#requireRunning();
    const { heard, ...seen } = this.#said ?? { width: 0, height: 0, tiles: [], heard: {} };
    return { ...seen, heard: tones.map((tone) => heard[tone]) };
  }

  /** Lets it leave, and waits until its process has ended. */
  async close() {
    if (!this.#process?.pid || this.#hasEnded()) return;
    const ended = once(this.#process, 'exit');
    // It leaves where its input ends; one that hangs is ended.
    this.#process.stdin.end();
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(patience);
    if (this.#process.exitCode !== 0) throw this.#fault();
  }

  #hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Fails at once where the client has ended: nobody need wait for a deadline. */
  #requireRunning() {
    if (!this.#process.pid || this.#hasEnded()) throw Object.assign(this.#fault(), { final: true });
  }

  #fault() {
    const { exitCode, signalCode } = this.#process;
    return new Error(`the aiortc client ended with ${exitCode ?? signalCode}:\n${this.#errors}`);
  }
}
