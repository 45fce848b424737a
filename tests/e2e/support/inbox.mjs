import { until } from './until.mjs';

/** What a device was told, in order: it is taken one after the other. */
export class Inbox {
  #messages = [];
  #taken = 0;
  /** The highest `seq` seen. */
  seq = 0;

  put(message) {
    this.#messages.push(message);
    this.seq = Math.max(this.seq, message.seq ?? 0);
  }

  /** The first message that fits and was not taken yet; it and what came before count as taken. */
  async take(type, fields = {}) {
    let at = this.#taken;
    const fits = (message) =>
      message.type === type &&
      Object.entries(fields).every(([name, value]) => message[name] === value);
    await until(
      `${type} ${JSON.stringify(fields)}`,
      () => {
        while (at < this.#messages.length && !fits(this.#messages[at])) at += 1;
        return at < this.#messages.length;
      },
      { every: 5 },
    ).catch((error) => {
      const types = this.#messages.map((message) => message.type);
      throw new Error(`${error.message}; there were ${types}`);
    });
    this.#taken = at + 1;
    return this.#messages[at];
  }
}
