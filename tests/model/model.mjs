// What INTERFACE and docs/api.md say of calls, a second time and as short as it can be said. It
// knows no ids, clocks or stores: people go by their names, calls by the order in which they were
// made. Nobody's time runs out here.

/** The status of each problem's code. */
const kStatuses = {
  bad_request: 400,
  not_allowed: 403,
  not_member: 403,
  not_found: 404,
  wrong_state: 409,
  conflict: 409,
  call_full: 409,
  locked: 423,
};

const kEndEvents = {
  rejected: 'call:rejected',
  missed: 'call:missed',
  cancelled: 'call:cancelled',
};

/** Above all roles; the others are users. */
export const kAdmins = ['root', 'keeper'];

class Refusal extends Error {}

function refuse(code) {
  throw new Refusal(code);
}

function refuseIf(condition, code) {
  if (condition) refuse(code);
}

const isOver = (call) => call.status !== 'ringing' && call.status !== 'active';
const isPresent = (person) => ['joined', 'connected'].includes(person.state);
const isAsked = (person) => ['invited', 'ringing'].includes(person.state);
const isWaiting = (person) => person.state === 'waiting';
/** Hears what goes on in the call. */
const isInside = (person) => isPresent(person) || isAsked(person);
/** Fills a place. */
const isConcerned = (person) => isInside(person) || isWaiting(person);

const nameOf = (user) => `Name of ${user}`;

function newPerson(user) {
  return {
    user_id: user,
    name: user,
    role: 'participant',
    state: 'left',
    audio_muted: false,
    video_muted: false,
    screen: false,
    volume: 1,
    invited: false,
    joined: false,
    left: false,
  };
}

export class Model {
  calls = [];
  /** Calls that are over, a gathering of a permanent room each its own. */
  past = [];
  /** `{user, attached, heard}`, where `heard` is what it must have been told. */
  devices = [];
  #arrivals = 0;

  /** @return `{status, code?, call?, list?}`; `call` is the one that the step was about. */
  take(step) {
    const call = this.calls[step.call];
    try {
      if ('call' in step && !call && step.do !== 'invite') refuse('not_found');
      const result = this[`_${step.do}`](step, call);
      return { status: step.do === 'initiate' ? 201 : 200, call, ...result };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: kStatuses[error.message], code: error.message, call };
    }
  }

  person(call, user) {
    return call.participants.find((person) => person.user_id === user);
  }

  /** The calls that `user` is in or is asked to, and the rooms that he keeps. */
  activeOf(user) {
    return this.calls.filter((call) => {
      const person = !isOver(call) && this.person(call, user);
      return person && (isConcerned(person) || (call.room && call.created_by === user));
    });
  }

  pastOf(user) {
    return this.past.filter((call) => this.person(call, user));
  }

  /** What `user` may read of the call's chat, or null. */
  chatFor(call, user) {
    const person = this.person(call, user);
    const mayRead = person?.joined && !isWaiting(person) && person.state !== 'removed';
    return mayRead ? call.messages : null;
  }

  isHost(call, user) {
    const person = this.person(call, user);
    return person?.role === 'host' && isConcerned(person);
  }

  // What devices hear.

  #tell(users, text) {
    for (const device of this.devices) if (users.includes(device.user)) device.heard.push(text);
  }

  #audience(call, wanted = isConcerned) {
    return call.participants.filter(wanted).map((person) => person.user_id);
  }

  #tellOfCall(call, type, users = this.#audience(call), told = call) {
    for (const user of users) this.#tell([user], callEvent(type, call.label, seenBy(user, told)));
  }

  #tellOfPerson(call, type, person) {
    const users = this.#audience(call, isInside);
    // Who waits or has just gone hears of himself.
    if (!isInside(person)) users.push(person.user_id);
    this.#tell(users, personEvent(type, call.label, person));
  }

  // Who may.

  #member(call, user) {
    return this.person(call, user) ?? refuse('not_member');
  }

  /** What every action on a call asks first. */
  #enter(call, user) {
    if (!isOver(call)) return;
    if (!kAdmins.includes(user)) this.#member(call, user);
    refuse('wrong_state');
  }

  #leads(call, user) {
    return kAdmins.includes(user) || this.isHost(call, user);
  }

  #requireHost(call, user) {
    if (this.#leads(call, user)) return;
    this.#member(call, user);
    refuse('not_allowed');
  }

  #requireSeat(call, user) {
    this.#enter(call, user);
    const person = this.#member(call, user);
    refuseIf(!isPresent(person), 'wrong_state');
    return person;
  }

  #target(call, user) {
    return this.person(call, user) ?? refuse('not_found');
  }

  // What follows from a change.

  #online(user) {
    // A device that is away finds its session again, so it counts.
    return this.devices.some((device) => device.user === user);
  }

  #isTalking(user) {
    return this.calls.some((call) => {
      const person = call.status === 'active' && this.person(call, user);
      return person && isPresent(person);
    });
  }

  #ring(call, person) {
    if (!this.#online(person.user_id)) return;
    person.state = 'ringing';
    this.#tellOfCall(call, 'call:incoming', [person.user_id]);
  }

  #arrive(person) {
    Object.assign(person, { state: 'joined', joined: true, left: false });
    person.since = `~${String(++this.#arrivals).padStart(6, '0')}`;
  }

  #seat(call, person) {
    this.#arrive(person);
    call.gathered = true;
    call.answered = true;
    if (call.status === 'ringing') {
      call.status = 'active';
      this.#tellOfCall(call, 'call:answered', this.#audience(call, isPresent));
      const others = (other) => isAsked(other) || isWaiting(other);
      this.#tellOfCall(call, 'call:updated', this.#audience(call, others));
    } else {
      this.#tellOfCall(call, 'call:answered', [person.user_id]);
    }
    this.#tellOfPerson(call, 'participant:joined', person);
    this.#passHostOn(call);
  }

  #passHostOn(call) {
    const present = call.participants.filter(isPresent);
    if (present.length === 0 || present.some((person) => person.role === 'host')) return;
    const rank = (person) => (person.role === 'viewer' ? '1' : '0') + person.since;
    const next = present.reduce((best, one) => (rank(one) < rank(best) ? one : best));
    next.role = 'host';
    this.#tellOfPerson(call, 'participant:updated', next);
  }

  #unseat(call, person, state) {
    if (isPresent(person)) person.left = true;
    person.state = state;
    this.#tellOfPerson(call, 'participant:left', person);
    const present = call.participants.filter(isPresent).length;
    const isDirect = !call.room && !call.open && !call.permanent && call.participants.length === 2;
    if (call.status === 'ringing') {
      if (present === 0) this.#finish(call, 'cancelled', 'cancelled');
    } else if (isDirect && present < 2) {
      this.#finish(call, 'ended', 'hangup');
    } else if (present === 0 && !call.room && !call.permanent) {
      this.#finish(call, 'ended', 'all_left');
    } else {
      this.#passHostOn(call);
    }
  }

  /** Ends a ringing call that nobody is left to answer. */
  #settle(call) {
    if (call.status !== 'ringing' || call.participants.some(isAsked)) return false;
    const some = (state) => call.participants.some((person) => person.state === state);
    if (some('missed')) this.#finish(call, 'missed', 'timeout');
    else if (some('rejected')) this.#finish(call, 'rejected', 'all_rejected');
    else if (some('busy')) this.#finish(call, 'missed', 'all_busy');
    else this.#finish(call, 'cancelled', 'cancelled');
    return true;
  }

  #finish(call, status, reason, forGood = reason === 'admin') {
    const gathering = call.permanent && !forGood;
    const room = structuredClone(call);
    Object.assign(call, { status, end_reason: reason, ended: true });
    for (const person of call.participants) {
      if (isAsked(person)) person.state = 'missed';
      if (isPresent(person)) person.left = true;
      if (isConcerned(person)) person.state = 'left';
    }
    const told = this.#audience(call, (person) => person.state !== 'removed');
    this.#tellOfCall(call, kEndEvents[status] ?? 'call:ended', told);
    this.past.push(call);
    if (!gathering) return;
    // The room goes on under its name, with those who lead it and without those who must not come.
    const stays = (person) => person.role === 'host' || person.state === 'removed';
    Object.assign(room, { status: 'active', answered: false, gathered: false, messages: [] });
    room.participants = structuredClone(call.participants.filter(stays));
    this.calls[this.calls.indexOf(call)] = room;
    Object.assign(call, { permanent: false, room_label: call.label });
  }

  // The steps.

  _initiate({ by, participants, open, permanent, lobby, max }) {
    const others = [...new Set(participants)].filter((user) => user !== by);
    refuseIf(others.length === 0 && participants.length > 0, 'bad_request');
    refuseIf(others.length + 1 > max, 'call_full');
    const creator = { ...newPerson(by), name: nameOf(by), role: 'host' };
    this.#arrive(creator);
    const room = others.length === 0;
    const call = {
      label: `call ${this.calls.length}`,
      status: room ? 'active' : 'ringing',
      title: null,
      open,
      permanent,
      locked: false,
      lobby,
      max_participants: max,
      created_by: by,
      end_reason: null,
      answered: room,
      ended: false,
      pinned: [],
      participants: [creator],
      room,
      gathered: true,
      messages: [],
    };
    for (const user of others)
      call.participants.push({ ...newPerson(user), state: 'invited', invited: true });
    this.calls.push(call);
    const isDirect = others.length === 1 && !open && !permanent;
    if (isDirect && this.#isTalking(others[0])) call.participants[1].state = 'busy';
    if (this.#settle(call)) return { call };
    for (const person of call.participants.filter(isAsked)) this.#ring(call, person);
    this.#tellOfCall(call, 'call:updated', [by]);
    return { call };
  }

  _answer({ by }, call) {
    this.#enter(call, by);
    const person = this.#member(call, by);
    refuseIf(!isAsked(person), 'wrong_state');
    person.name = nameOf(by);
    this.#seat(call, person);
  }

  _reject({ by }, call) {
    this.#enter(call, by);
    const person = this.#member(call, by);
    refuseIf(!isAsked(person), 'wrong_state');
    Object.assign(person, { name: nameOf(by), state: 'rejected' });
    this.#tellOfPerson(call, 'participant:updated', person);
    if (!this.#settle(call)) this.#tellOfCall(call, 'call:rejected', [by]);
  }

  _join({ by }, call) {
    this.#enter(call, by);
    let person = this.person(call, by);
    if (person && (isPresent(person) || isWaiting(person))) return;
    const asked = person && isAsked(person);
    const admin = kAdmins.includes(by);
    if (!asked) {
      refuseIf(person?.state === 'removed', 'not_allowed');
      refuseIf(!person && !call.open && !admin, 'not_member');
      refuseIf(call.locked && !admin, 'locked');
      refuseIf(this.#audience(call).length >= call.max_participants, 'call_full');
    }
    if (!person) call.participants.push((person = newPerson(by)));
    person.name = nameOf(by);
    // Whom a host has asked does not wait, also when he comes late.
    const expected = asked || ['rejected', 'missed', 'busy'].includes(person.state);
    if (call.lobby && !expected && !admin && person.role !== 'host') {
      person.state = 'waiting';
      this.#tellOfPerson(call, 'participant:waiting', person);
    } else {
      this.#seat(call, person);
    }
  }

  _leave({ by }, call) {
    this.#enter(call, by);
    const person = this.#member(call, by);
    refuseIf(!isPresent(person) && !isWaiting(person), 'wrong_state');
    this.#unseat(call, person, 'left');
  }

  _end({ by }, call) {
    this.#enter(call, by);
    const isEmpty = !call.participants.some(isConcerned);
    const givesUp = call.permanent && isEmpty && call.created_by === by;
    if (givesUp && !kAdmins.includes(by)) {
      this.#finish(call, 'ended', 'host_ended', true);
      return;
    }
    this.#requireHost(call, by);
    const rings = call.status === 'ringing';
    if (!this.isHost(call, by)) this.#finish(call, rings ? 'cancelled' : 'ended', 'admin');
    else if (rings) this.#finish(call, 'cancelled', 'cancelled');
    else this.#finish(call, 'ended', 'host_ended');
  }

  _invite({ by, users }, call) {
    const others = [...new Set(users)].filter((user) => user !== by);
    refuseIf(others.length === 0, 'bad_request');
    refuseIf(!call, 'not_found');
    this.#enter(call, by);
    this.#requireHost(call, by);
    const asked = others.filter((user) => {
      const person = this.person(call, user);
      return !person || !isConcerned(person);
    });
    const places = call.max_participants - this.#audience(call).length;
    refuseIf(asked.length > places, 'call_full');
    for (const user of asked) {
      if (!this.person(call, user)) call.participants.push(newPerson(user));
      const person = this.person(call, user);
      Object.assign(person, { state: 'invited', invited: true });
      this.#ring(call, person);
      this.#tellOfPerson(call, 'participant:updated', person);
    }
  }

  #waiting(call, by, user) {
    this.#enter(call, by);
    this.#requireHost(call, by);
    const person = this.#target(call, user);
    refuseIf(!isWaiting(person), 'wrong_state');
    return person;
  }

  _admit({ by, user }, call) {
    this.#seat(call, this.#waiting(call, by, user));
  }

  _deny({ by, user }, call) {
    this.#unseat(call, this.#waiting(call, by, user), 'removed');
  }

  _remove({ by, user }, call) {
    this.#enter(call, by);
    this.#requireHost(call, by);
    const person = this.#target(call, user);
    refuseIf(!isConcerned(person), 'wrong_state');
    const asked = isAsked(person);
    this.#unseat(call, person, 'removed');
    if (asked) this.#tellOfCall(call, 'call:cancelled', [user]);
    this.#settle(call);
  }

  _change({ by, body }, call) {
    this.#enter(call, by);
    this.#requireHost(call, by);
    refuseIf(body.max_participants < this.#audience(call).length, 'conflict');
    Object.assign(call, body);
    this.#tellOfCall(call, 'call:updated');
    if (call.lobby) return;
    for (const person of call.participants.filter(isWaiting)) this.#seat(call, person);
  }

  _person({ by, user, body }, call) {
    this.#enter(call, by);
    const leads = this.#leads(call, by);
    if (!leads) this.#member(call, by);
    const person = this.#target(call, user);
    refuseIf(!leads && by !== user, 'not_allowed');
    refuseIf(!isConcerned(person), 'wrong_state');
    const isForHosts = ['role', 'volume', 'spotlight'].some((field) => field in body);
    refuseIf(!leads && isForHosts, 'not_allowed');
    const unmutes = body.audio_muted === false || body.video_muted === false;
    refuseIf(by !== user && unmutes, 'not_allowed');
    const { spotlight, ...fields } = body;
    Object.assign(person, fields);
    this.#tellOfPerson(call, 'participant:updated', person);
    if (spotlight !== undefined) {
      call.pinned = call.pinned.filter((pinned) => pinned !== user);
      if (spotlight) call.pinned.unshift(user);
      this.#tellOfCall(call, 'call:updated');
    }
    this.#passHostOn(call);
  }

  _lobby({ by }, call) {
    this.#enter(call, by);
    this.#requireHost(call, by);
    return { list: this.#audience(call, isWaiting) };
  }

  _show({ by }, call) {
    if (!kAdmins.includes(by)) this.#member(call, by);
  }

  _connect({ by }) {
    for (const call of this.calls) {
      const person = !isOver(call) && this.person(call, by);
      if (!person || person.state !== 'invited') continue;
      person.state = 'ringing';
      this.#tellOfPerson(call, 'participant:updated', person);
    }
    this.devices.push({ user: by, attached: true, heard: [] });
  }

  _drop({ device }) {
    this.devices[device].attached = false;
  }

  _resume({ device }) {
    this.devices[device].attached = true;
  }

  _say({ device, text }, call) {
    const user = this.devices[device].user;
    const person = this.#requireSeat(call, user);
    refuseIf(person.role === 'viewer', 'not_allowed');
    const message = `${user}: ${text}`;
    call.messages.push(message);
    this.#tell(this.#audience(call, isPresent), `chat:message ${call.label} ${message}`);
  }

  _mute({ device, body }, call) {
    const person = this.#requireSeat(call, this.devices[device].user);
    Object.assign(person, body);
    this.#tellOfPerson(call, 'participant:updated', person);
  }

  _offer({ device }, call) {
    const person = this.#requireSeat(call, this.devices[device].user);
    if (person.state === 'connected') return;
    person.state = 'connected';
    this.#tellOfPerson(call, 'participant:updated', person);
  }
}

/** An event about a call, in words to compare. */
export function callEvent(type, label, call) {
  const people = call.participants.map((person) => person.state).join(' ');
  return `${type} ${label} ${call.status} ${call.end_reason}: ${people}`;
}

export function personEvent(type, label, person) {
  const flags = ['audio_muted', 'video_muted', 'screen'].filter((flag) => person[flag]);
  const words = [person.user_id, person.state, person.role, person.volume, ...flags];
  return `${type} ${label} ${words.join(' ')}`;
}

/** Not who waits or never got farther, nor who was removed. */
function seesInside(call, user) {
  const person = call.participants.find((candidate) => candidate.user_id === user);
  if (!person || isWaiting(person) || person.state === 'removed') return false;
  return isInside(person) || person.joined || person.invited;
}

/** The call as `user` hears of it. */
function seenBy(user, call) {
  if (seesInside(call, user)) return call;
  const participants = call.participants.filter((person) => person.user_id === user);
  return { ...call, participants, pinned: [] };
}

/** The call as `user` is answered. */
export function viewFor(user, call) {
  return viewOf(kAdmins.includes(user) ? call : seenBy(user, call));
}

/** A call as both sides must have it. */
export function viewOf(call) {
  const fields = ['label', 'room_label', 'status', 'title', 'open', 'permanent', 'locked', 'lobby'];
  fields.push('max_participants', 'created_by', 'end_reason', 'answered', 'ended', 'pinned');
  const view = Object.fromEntries(fields.map((field) => [field, call[field]]));
  view.participants = call.participants.map((person) => ({ ...person, since: undefined }));
  return view;
}
