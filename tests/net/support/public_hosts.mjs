// A server and people, each at a public host of a network of namespaces.
import { launchChromium } from '../../e2e/support/browsers.mjs';
import { Server } from '../../e2e/support/server.mjs';
import { Network } from './network.mjs';

const kServer = '203.0.113.10';
const kPeople = { ann: '203.0.113.31', bob: '203.0.113.32' };

export class PublicHosts {
  network;
  server;
  #browsers = [];

  /** `name` tells the network from others; `pages` is what the server serves. */
  async begin(name, { pages } = {}) {
    this.network = new Network(name);
    await this.network.begin();
    await this.network.addHost('server', kServer);
    for (const [host, address] of Object.entries(kPeople))
      await this.network.addHost(host, address);
    this.server = await Server.start({
      pages,
      port: 8080,
      within: this.network.within('server'),
      env: {
        MULLION_SERVER_LISTEN: kServer,
        MULLION_AUTH_DEV_TOKENS: 'true',
        MULLION_MEDIA_ADDRESSES: kServer,
      },
    });
  }

  /** A browser at the host of `ann` or `bob`. */
  async browse(host) {
    const browser = await launchChromium({
      within: this.network.within(host),
      secure: this.server.url,
    });
    this.#browsers.push(browser);
    return browser;
  }

  async remove() {
    await Promise.allSettled(this.#browsers.map((browser) => browser.close()));
    await this.server?.remove();
    await this.network?.remove();
  }
}
