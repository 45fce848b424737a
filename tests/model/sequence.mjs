// One sequence of steps, taken by the server and by the model.
import assert from 'node:assert/strict';

import { Device, tokenOf } from './client.mjs';
import { callEvent, kAdmins, Model, personEvent, viewFor, viewOf } from './model.mjs';
import { kUsers } from './steps.mjs';

/** Sessions of devices that are away end after 30 s: a difference after that tells nothing. */
const kLongest = 25000;

const kKeeper = kAdmins[1];
const kAbsent = 'no-such-call';

let made = 0;

/** A step of the model as a request: method, the path behind the call's, body. */
const kRequests = {
  invite: ({ users }, id) => ['POST', '/invite', { participants: users.map(id) }],
  admit: ({ user }, id) => ['POST', `/lobby/${id(user)}/admit`],
  deny: ({ user }, id) => ['POST', `/lobby/${id(user)}/deny`],
  remove: ({ user }, id) => ['DELETE', `/participants/${id(user)}`],
  change: ({ body }) => ['PATCH', '', body],
  person: ({ user, body }, id) => ['PATCH', `/participants/${id(user)}`, body],
  lobby: () => ['GET', '/lobby'],
  show: () => ['GET', ''],
};

const kMessages = {
  say: ({ text }) => ({ type: 'chat:message', text }),
  mute: ({ body }) => ({ type: 'media:muted', ...body }),
  offer: (_, leg) => ({ type: 'webrtc:offer', leg, sdp: 'v=0\r\n' }),
};

export class Sequence {
  #server;
  #trace;
  #model = new Model();
  /** Sets this sequence's people apart from all others'. */
  #prefix = `s${process.pid}x${++made}.`;
  #tokens = {};
  #devices = [];
  /** The server's id of each call of the model. */
  #ids = [];
  #legs = 0;

  constructor(server, trace = false) {
    this.#server = server;
    this.#trace = trace;
    for (const user of [...kUsers, ...kAdmins]) {
      const scope = kAdmins.includes(user) ? 'admin' : 'user';
      this.#tokens[user] = tokenOf(this.#idOf(user), `Name of ${user}`, scope);
    }
  }

  /** Throws at the first difference; `isLate` says that the machine was too slow to tell. */
  async take(steps) {
    const started = Date.now();
    try {
      for (const step of steps) await this.#step(step);
      await this.#compareLists();
      for (let call = 0; call < this.#ids.length; ++call)
        await this.#step({ do: 'end', by: kKeeper, call });
      await this.#compareLists();
    } catch (error) {
      error.isLate = Date.now() - started > kLongest;
      throw error;
    }
  }

  /** Ends what a difference has left behind. */
  async leave() {
    for (const device of this.#devices) await device.drop().catch(() => {});
    for (const id of this.#ids) await this.#ask(kKeeper, 'POST', `/call/${id}/end`);
  }

  #idOf = (user) => this.#prefix + user;

  #userOf(id) {
    assert(id.startsWith(this.#prefix), `a foreign user: ${id}`);
    return id.slice(this.#prefix.length);
  }

  #callId(call) {
    return this.#ids[call] ?? kAbsent;
  }

  #labelOf(id) {
    const index = this.#ids.indexOf(id);
    return index < 0 ? 'unknown' : `call ${index}`;
  }

  #ask(user, method, path, body) {
    return this.#server.request(method, `/api/webrtc${path}`, this.#tokens[user], body);
  }

  async #step(step) {
    // A device whose connect was left out does nothing.
    if ('device' in step) {
      const device = this.#model.devices[step.device];
      if (!device || device.attached === (step.do === 'resume')) return;
    }
    const expected = this.#model.take(step);
    if (this.#trace) console.log(`# ${JSON.stringify(step)} → ${expected.code ?? 'done'}`);
    try {
      const answer = await this.#do(step, expected);
      assert.deepEqual(answer, { status: expected.status, code: expected.code });
      await this.#compareCalls(step, expected.call);
      await this.#compareEvents(step);
    } catch (error) {
      throw new Error(`${JSON.stringify(step)}: ${error.message}`, { cause: error });
    }
  }

  /** @return `{status, code}` of the server's answer. */
  async #do(step, expected) {
    if (step.do === 'connect') return this.#connect(step.by);
    if (step.do === 'drop') {
      await this.#devices[step.device].drop();
      return { status: 200, code: undefined };
    }
    if (step.do === 'resume') return this.#resume(step.device);
    if (kMessages[step.do]) return this.#send(step, expected);
    if (step.do === 'initiate') return this.#initiate(step, expected);
    const [method, path, body] = kRequests[step.do]?.(step, this.#idOf) ?? ['POST', `/${step.do}`];
    const answer = await this.#ask(
      step.by,
      method,
      `/call/${this.#callId(step.call)}${path}`,
      body,
    );
    const { status, body: shown } = answer;
    if (status >= 300) return { status, code: shown.code };
    if (step.do === 'lobby')
      assert.deepEqual(
        shown.participants.map((person) => this.#userOf(person.user_id)),
        expected.list,
      );
    else assert.deepEqual(this.#view(shown), viewFor(step.by, this.#model.calls[step.call]));
    return { status, code: undefined };
  }

  async #initiate(step, expected) {
    const { status, body } = await this.#ask(step.by, 'POST', '/call/initiate', {
      participants: step.participants.map(this.#idOf),
      open: step.open,
      permanent: step.permanent,
      lobby: step.lobby,
      max_participants: step.max,
    });
    if (status >= 300) return { status, code: body.code };
    this.#ids.push(body.id);
    if (expected.status < 300) assert.deepEqual(this.#view(body), viewOf(expected.call));
    return { status, code: undefined };
  }

  async #connect(user) {
    const device = new Device(this.#server, this.#tokens[user]);
    this.#devices.push(device);
    await device.connect();
    this.#compareActive(user, device.hello.calls);
    return { status: 200, code: undefined };
  }

  async #resume(index) {
    const device = this.#devices[index];
    const answer = await device.resume();
    this.#compareActive(this.#model.devices[index].user, device.hello.calls);
    return { status: answer.type === 'ack' ? 200 : 0, code: answer.code };
  }

  async #send(step, expected) {
    const device = this.#devices[step.device];
    const leg = `${this.#prefix}leg${++this.#legs}`;
    const message = { ...kMessages[step.do](step, leg), call_id: this.#callId(step.call) };
    const isUp = (event) => event.leg === leg && event.state === 'connected';
    const connected = step.do === 'offer' ? device.next(isUp, 'leg:state') : null;
    connected?.catch(() => {});
    const answer = await device.ask(message);
    if (answer.type === 'ack') {
      // Its media flows a little later.
      await connected;
      return { status: 200, code: undefined };
    }
    // The WebSocket has no status; the code says it.
    return { status: expected.status, code: answer.code };
  }

  /** The server's call in the words of the model. */
  #view(call) {
    const isGathering = call.room_id !== null;
    const seen = {
      ...call,
      label: this.#labelOf(isGathering ? call.room_id : call.id),
      room_label: isGathering ? this.#labelOf(call.room_id) : undefined,
      created_by: this.#userOf(call.created_by),
      answered: call.answered_at !== null,
      ended: call.ended_at !== null,
      pinned: call.layout.pinned.map((id) => this.#userOf(id)),
    };
    seen.participants = call.participants.map((person) => ({
      user_id: this.#userOf(person.user_id),
      // Until they have acted themselves people are named by their id.
      name: person.name === person.user_id ? this.#userOf(person.user_id) : person.name,
      role: person.role,
      state: person.state,
      audio_muted: person.audio_muted,
      video_muted: person.video_muted,
      screen: person.screen,
      volume: person.volume,
      invited: person.invited_at !== null,
      joined: person.joined_at !== null,
      left: person.left_at !== null,
    }));
    return viewOf(seen);
  }

  /** The call of the step, or all where it may have changed several. */
  async #compareCalls(step, call) {
    const calls = step.do === 'connect' ? this.#model.calls : call ? [call] : [];
    for (const { label } of calls) {
      const index = Number(label.split(' ')[1]);
      const { body } = await this.#ask(kKeeper, 'GET', `/call/${this.#ids[index]}`);
      const current = this.#model.calls[index];
      assert.deepEqual(this.#view(body), viewOf(current));
      // Who came in the same millisecond came in the order of the list, to the server.
      for (const person of body.participants) {
        const known = this.#model.person(current, this.#userOf(person.user_id));
        if (known.since) known.since = person.joined_at;
      }
    }
  }

  async #compareEvents(step) {
    const devices = this.#devices.map((device, index) => [device, this.#model.devices[index]]);
    await Promise.all(
      devices.map(async ([device, { attached, user, heard }], index) => {
        if (!attached) return;
        // The answer to this comes behind all events that there are.
        await device.ask({ type: 'webrtc:stats', call_id: kAbsent });
        const came = device.events.splice(0).flatMap((event) => this.#wordsFor(event));
        const expected = heard.splice(0);
        // A device that comes rings in several calls, in any order.
        if (step.do === 'connect' || step.do === 'resume') {
          came.sort();
          expected.sort();
        }
        assert.deepEqual(came, expected, `device ${index} of ${user} heard other things`);
      }),
    );
  }

  /** An event in the words of the model; none for those that the mix makes. */
  #wordsFor(event) {
    const label = this.#labelOf(event.call_id);
    if (event.call) return [callEvent(event.type, label, event.call)];
    if (event.participant) {
      const user_id = this.#userOf(event.participant.user_id);
      return [personEvent(event.type, label, { ...event.participant, user_id })];
    }
    if (event.type !== 'chat:message') return [];
    return [`${event.type} ${label} ${this.#userOf(event.user_id)}: ${event.text}`];
  }

  #compareActive(user, calls) {
    assert.deepEqual(
      sorted(calls.map((call) => this.#view(call))),
      sorted(this.#model.activeOf(user).map((call) => viewFor(user, call))),
      `active calls of ${user}`,
    );
  }

  async #compareLists() {
    for (const user of kUsers) {
      const active = await this.#ask(user, 'GET', '/calls/active');
      this.#compareActive(user, active.body.calls);
      const { body } = await this.#ask(user, 'GET', '/calls/history?limit=200');
      const begun = body.calls.map((call) => call.created_at);
      assert.deepEqual(begun, [...begun].sort().reverse(), `order of the history of ${user}`);
      assert.deepEqual(
        sorted(body.calls.map((call) => this.#view(call))),
        sorted(this.#model.pastOf(user).map((call) => viewFor(user, call))),
        `history of ${user}`,
      );
      for (let call = 0; call < this.#ids.length; ++call) await this.#compareChat(user, call);
    }
  }

  async #compareChat(user, call) {
    const expected = this.#model.chatFor(this.#model.calls[call], user);
    const { body } = await this.#ask(user, 'GET', `/call/${this.#ids[call]}/chat`);
    const said = body.messages?.map(({ user_id: id, text }) => `${this.#userOf(id)}: ${text}`);
    assert.deepEqual(said ?? body.code, expected ?? 'not_member', `chat of call ${call}`);
  }
}

function sorted(views) {
  return views.map((view) => JSON.stringify(view)).sort();
}
