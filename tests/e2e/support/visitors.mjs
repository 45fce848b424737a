import { after, afterEach, before } from 'node:test';

import { people } from './people.mjs';
import { builtPages } from './programs.mjs';
import { Stage } from './stage.mjs';
import { until } from './until.mjs';
import { Visitor } from './visitor.mjs';

/** A server with the built pages and a browser of each kind, for all tests of a file. */
export class Visitors {
  #stage = null;
  #browsers = [];
  #here = [];

  /** @param kinds of the browsers, one a person at a time: a page behind another is slowed down */
  constructor(...kinds) {
    before(async () => {
      this.#stage = await Stage.set({ pages: builtPages() });
      this.#browsers = await Promise.all(kinds.map((kind) => this.#stage.open(kind)));
    });
    afterEach(() => Promise.all(this.#here.splice(0).map((visitor) => visitor.close())));
    after(() => this.#stage?.close());
  }

  get url() {
    return this.#stage.server.url;
  }

  /** The `index`th person at `path`, by the browser of that number. */
  async visit(index, path) {
    const { server } = this.#stage;
    const visitor = await Visitor.visit(this.#browsers[index], server, path, people[index]);
    this.#here.push(visitor);
    return visitor;
  }

  /** The first starts a call, by the button `go`. @returns him and the path of its link. */
  async start(go = 'go') {
    const ann = await this.visit(0, '/');
    await ann.enterAs(go);
    const path = await until('the link', async () => {
      const { pathname } = new URL(ann.page.url());
      return pathname.startsWith('/call/') && pathname;
    });
    return { ann, path };
  }
}
