import { launch } from './browsers.mjs';
import { Server } from './server.mjs';

/** A server and the browsers at it; `close()` ends all of it. */
export class Stage {
  #browsers = [];
  server = null;

  /** `options` are those of Server.start(). */
  static async set(options) {
    const stage = new Stage();
    stage.server = await Server.start(options);
    return stage;
  }

  /** @param kind `chromium` or `firefox` */
  async open(kind) {
    const browser = await launch[kind]();
    this.#browsers.push(browser);
    return browser;
  }

  async close() {
    await Promise.allSettled(this.#browsers.splice(0).map((browser) => browser.close()));
    await this.server.remove();
  }
}
