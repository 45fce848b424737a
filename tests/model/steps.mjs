// Random steps. What is likely depends on the model, so that most of them do something; the steps
// themselves are plain data, which can be taken again with some of them left out.
import { kAdmins, Model } from './model.mjs';

export const kUsers = ['ada', 'bob', 'cem', 'dan', 'eve', 'fay', 'gus', 'hal'];

const kMaxCalls = 5;
const kMaxDevices = 12;

const kWeights = {
  initiate: 9,
  answer: 12,
  reject: 6,
  join: 12,
  leave: 10,
  end: 3,
  invite: 6,
  admit: 5,
  deny: 3,
  remove: 4,
  change: 7,
  person: 8,
  lobby: 2,
  show: 2,
  connect: 7,
  drop: 3,
  resume: 4,
  say: 4,
  mute: 3,
  offer: 4,
};

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomFrom(seed) {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class Chooser {
  model = new Model();
  #random;

  constructor(seed) {
    this.#random = randomFrom(seed);
  }

  chance(share) {
    return this.#random() < share;
  }

  /** From `min` to `max`. */
  number(min, max) {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  one(list) {
    return list[this.number(0, list.length - 1)];
  }

  some(max) {
    return Array.from({ length: this.number(1, max) }, () => this.one(kUsers));
  }

  #kind() {
    const total = Object.values(kWeights).reduce((sum, weight) => sum + weight);
    let at = this.#random() * total;
    return Object.keys(kWeights).find((kind) => (at -= kWeights[kind]) < 0);
  }

  /** Mostly a call that goes on, sometimes one that is over, seldom one that never was. */
  #call() {
    const { calls } = this.model;
    if (this.chance(0.02)) return -1;
    const live = calls.flatMap((call, index) => (call.ended ? [] : [index]));
    return live.length > 0 && this.chance(0.9) ? this.one(live) : this.number(0, calls.length - 1);
  }

  /** Mostly one of those people of the call for whom `wanted` says true. */
  #somebody(call, share, wanted) {
    const people = this.model.calls[call]?.participants.filter(wanted) ?? [];
    if (people.length > 0 && this.chance(share)) return this.one(people).user_id;
    return this.chance(0.03) ? kAdmins[0] : this.one(kUsers);
  }

  #host(call) {
    return this.#somebody(call, 0.75, ({ user_id: user }) =>
      this.model.isHost(this.model.calls[call], user),
    );
  }

  #maybe(fields) {
    const chosen = Object.entries(fields).filter(() => this.chance(0.4));
    return Object.fromEntries(chosen.map(([name, value]) => [name, value()]));
  }

  #flag = () => this.chance(0.5);

  /** The next step, or null where the kind that came up is not possible now. */
  step() {
    const { calls, devices } = this.model;
    const kind = this.#kind();
    if (kind === 'initiate') return calls.length < kMaxCalls ? this.#initiate() : null;
    if (kind === 'connect')
      return devices.length < kMaxDevices ? { do: kind, by: this.one(kUsers) } : null;
    if (['drop', 'resume', 'say', 'mute', 'offer'].includes(kind)) return this.#onDevice(kind);
    if (calls.length === 0) return null;
    const call = this.#call();
    const inState = (states, share) =>
      this.#somebody(call, share, (person) => states.includes(person.state));
    switch (kind) {
      case 'answer':
      case 'reject':
        return { do: kind, by: inState(['invited', 'ringing'], 0.85), call };
      case 'join':
        return { do: kind, by: this.#somebody(call, 0.3, () => true), call };
      case 'leave':
        return { do: kind, by: inState(['joined', 'connected', 'waiting'], 0.85), call };
      case 'admit':
      case 'deny':
        return { do: kind, by: this.#host(call), call, user: inState(['waiting'], 0.9) };
      case 'invite':
        return { do: kind, by: this.#host(call), call, users: this.some(3) };
      case 'remove':
        return {
          do: kind,
          by: this.#host(call),
          call,
          user: this.#somebody(call, 0.9, () => true),
        };
      case 'change':
        return { do: kind, by: this.#host(call), call, body: this.#change() };
      case 'person':
        return this.#person(call);
      default:
        return { do: kind, by: this.#host(call), call };
    }
  }

  #initiate() {
    const participants = this.chance(0.35) ? [] : this.some(this.chance(0.5) ? 1 : 4);
    return {
      do: 'initiate',
      by: this.one(kUsers),
      participants,
      open: this.chance(0.5),
      permanent: this.chance(0.2),
      lobby: this.chance(0.3),
      max: this.chance(0.3) ? this.number(1, 4) : 8,
    };
  }

  #change() {
    return this.#maybe({
      locked: this.#flag,
      lobby: this.#flag,
      max_participants: () => this.number(1, 8),
      title: () => this.one(['Tea', 'Coffee', null]),
    });
  }

  #person(call) {
    const by = this.chance(0.6) ? this.#host(call) : this.#somebody(call, 0.9, () => true);
    const user = this.chance(0.3) ? by : this.#somebody(call, 0.9, () => true);
    const body = this.#maybe({
      audio_muted: () => this.chance(0.7),
      video_muted: () => this.chance(0.7),
      role: () => this.one(['host', 'participant', 'viewer']),
      volume: () => this.number(0, 4) / 2,
      spotlight: this.#flag,
    });
    return { do: 'person', by, call, user, body };
  }

  #onDevice(kind) {
    const { calls, devices } = this.model;
    const wanted = kind !== 'resume';
    const able = devices.flatMap(({ attached }, index) => (attached === wanted ? [index] : []));
    if (able.length === 0) return null;
    const device = this.one(able);
    if (kind === 'drop' || kind === 'resume') return { do: kind, device };
    if (calls.length === 0) return null;
    // Mostly in a call of this device's user.
    const own = calls.flatMap((call, index) =>
      !call.ended && this.model.person(call, devices[device].user) ? [index] : [],
    );
    const call = own.length > 0 && this.chance(0.8) ? this.one(own) : this.#call();
    if (kind === 'offer') return { do: kind, device, call };
    if (kind === 'say') return { do: kind, device, call, text: `words ${this.number(1, 9999)}` };
    const body = this.#maybe({
      audio_muted: this.#flag,
      video_muted: this.#flag,
      screen: this.#flag,
    });
    return { do: kind, device, call, body };
  }
}

/** The sequence of a seed: ten to thirty steps. */
export function stepsOf(seed) {
  const chooser = new Chooser(seed);
  const steps = [];
  const length = chooser.number(10, 30);
  for (const user of kUsers) if (chooser.chance(0.4)) steps.push({ do: 'connect', by: user });
  for (const step of steps) chooser.model.take(step);
  const devices = steps.length;
  while (steps.length < devices + length) {
    const step = chooser.step();
    if (!step) continue;
    chooser.model.take(step);
    steps.push(step);
  }
  return steps;
}
