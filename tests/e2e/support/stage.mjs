import { Browsers } from './browsers.mjs';
import { kCast, Person } from './person.mjs';
import { Server } from './server.mjs';

/** A server and the browsers at it; `close()` ends all of it. */
export class Stage {
  browsers = new Browsers();
  server = null;

  static async set() {
    const stage = new Stage();
    stage.server = await Server.start();
    return stage;
  }

  /** One person in each browser of `kinds`, all in one call. */
  async call(kinds) {
    const people = await Promise.all(
      kinds.map(async (kind, i) =>
        Person.connect(await this.browsers.open(kind), this.server, kCast[i]),
      ),
    );
    const [first, ...others] = people;
    const callId = await first.start();
    await Promise.all(others.map((person) => person.join(callId)));
    return { people, callId };
  }

  async close() {
    await this.browsers.close();
    await this.server?.stop();
  }
}
