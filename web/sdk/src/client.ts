import { callAfter, isOver, isWaiting, presentIn } from './call_book.js';
import { CallSession, type SessionContext } from './call_session.js';
import { Emitter } from './emitter.js';
import type { ConnectionError } from './errors.js';
import type { LocalTracks } from './leg.js';
import type { Hello, ServerEvent } from './messages.js';
import type { Call, NewCall } from './model.js';
import { Rest } from './rest.js';
import { Signalling, type SignallingState } from './signalling.js';
import { type TokenSource, Tokens } from './token.js';

export interface ClientOptions {
  /** Where the server is, such as `https://calls.example.org`; the page's own origin by default. */
  url?: string;
  /** A token, or a function that gets one whenever the last is about to run out. */
  token: TokenSource;
}

export interface ClientEvents {
  state: SignallingState;
  /** After every connection that did not go on from the last: the calls are as `calls` has them. */
  hello: Hello;
  /** Somebody rings. Told once a call, also for one that rang before the connection was there. */
  incoming: Call;
  /** A call of one's own has changed. */
  call: Call;
  /** Every event of the server, told apart by `type`. */
  event: ServerEvent;
  /** The connection has ended for good; running sessions have ended with it. */
  refused: ConnectionError;
}

/**
 * The way into a mullion server: one connection for one user, any number of calls.
 *
 * ```ts
 * const client = new Client({ token: () => fetchTokenFromMyBackend() });
 * client.on('incoming', (call) => showRing(call));
 * await client.connect();
 * const session = await client.start({ participants: ['ann'] }, { audio, camera });
 * video.srcObject = session.stream;
 * ```
 */
export class Client extends Emitter<ClientEvents> {
  /** The REST interface, for what is not about one's own media. */
  readonly rest: Rest;
  readonly #signalling: Signalling;
  readonly #calls = new Map<string, Call>();
  readonly #sessions = new Map<string, CallSession>();
  readonly #rung = new Set<string>();
  #userId = '';
  #ice: { servers: RTCIceServer[]; until: number } | null = null;

  constructor(options: ClientOptions) {
    super();
    const base = `${options.url ?? location.origin}/api/webrtc`;
    const tokens = new Tokens(options.token);
    this.rest = new Rest(base, tokens);
    this.#signalling = new Signalling(`${base.replace(/^http/, 'ws')}/ws`, tokens);
    this.#signalling.on('state', (state) => this.emit('state', state));
    this.#signalling.on('hello', (hello) => this.#onHello(hello));
    this.#signalling.on('event', (event) => this.#onEvent(event));
    this.#signalling.on('refused', (error) => this.#onRefused(error));
  }

  get state(): SignallingState {
    return this.#signalling.state;
  }

  /** Who the token says one is; empty before the first greeting. */
  get userId(): string {
    return this.#userId;
  }

  /** One's ringing and active calls. */
  get calls(): ReadonlyMap<string, Call> {
    return this.#calls;
  }

  /**
   * Connects; resolves with the first greeting, however long the network is away. Rejects with a
   * {@link ConnectionError} when the server refuses for good, and when the first token cannot be had
   * for another reason than the network. Later on the one is told by `refused`, the other tried
   * again.
   */
  connect(): Promise<Hello> {
    return new Promise((resolve, reject) => {
      const offHello = this.once('hello', (hello) => {
        offRefused();
        resolve(hello);
      });
      const offRefused = this.once('refused', (error) => {
        offHello();
        reject(error);
      });
      this.#signalling.connect();
    });
  }

  /** Ends the connection. Sessions lose their way to the server: hang up first. */
  close(): void {
    this.#signalling.close();
    for (const session of this.#sessions.values())
      session.abandon(new Error('The client was closed.'));
  }

  /** Starts a call, or a room where `participants` is empty, and goes in. */
  async start(call: NewCall, tracks?: Partial<LocalTracks>): Promise<CallSession> {
    return this.#enter(await this.rest.initiate(call), tracks);
  }

  /** Answers a call that rings, and goes in. */
  async answer(callId: string, tracks?: Partial<LocalTracks>): Promise<CallSession> {
    return this.#enter(await this.rest.answer(callId), tracks);
  }

  /** Joins a call that runs, and goes in; where it has a lobby the session may begin `waiting`. */
  async join(callId: string, tracks?: Partial<LocalTracks>): Promise<CallSession> {
    return this.#enter(await this.rest.join(callId), tracks);
  }

  /** Says no to a call that rings. */
  async reject(callId: string): Promise<void> {
    await this.rest.reject(callId);
  }

  sendChat(callId: string, text: string): Promise<void> {
    return this.#signalling.request({ type: 'chat:message', call_id: callId, text });
  }

  react(callId: string, emoji: string): void {
    this.#signalling.send({ type: 'reaction', call_id: callId, emoji });
  }

  #enter(answer: Call, tracks: Partial<LocalTracks> = {}): CallSession {
    // The event that a host let one in may be here before the answer that one waits.
    const known = this.#calls.get(answer.id);
    const isAdmitted = known && presentIn(known).some(({ user_id }) => user_id === this.#userId);
    const call = isAdmitted && isWaiting(answer, this.#userId) ? known : answer;
    this.#sessions.get(call.id)?.abandon(new Error('The call was entered again.'));
    this.#calls.set(call.id, call);
    const context: SessionContext = {
      userId: this.#userId,
      rest: this.rest,
      channel: this.#signalling,
      iceServers: () => this.#iceServers(),
    };
    const session = new CallSession(context, call, tracks);
    if (session.end) {
      this.#calls.delete(call.id);
      return session;
    }
    this.#sessions.set(call.id, session);
    session.once('ended', () => {
      if (this.#sessions.get(call.id) === session) this.#sessions.delete(call.id);
    });
    return session;
  }

  #onHello(hello: Hello): void {
    this.#userId = hello.user_id;
    this.#calls.clear();
    for (const call of hello.calls) this.#calls.set(call.id, call);
    this.emit('hello', hello);
    for (const [id, session] of this.#sessions) void session.greeted(this.#calls.get(id));
    for (const call of hello.calls) this.#ring(call);
  }

  #onEvent(event: ServerEvent): void {
    if ('call_id' in event) {
      const id = event.call_id;
      const before = this.#calls.get(id);
      const after = callAfter(before, event);
      if (after && isOver(after)) this.#calls.delete(id);
      else if (after) this.#calls.set(id, after);
      this.#sessions.get(id)?.accept(event, after);
      if (after && after !== before) this.emit('call', after);
      if (event.type === 'call:incoming') this.#ring(event.call);
    }
    this.emit('event', event);
  }

  #ring(call: Call): void {
    const self = call.participants.find(({ user_id }) => user_id === this.#userId);
    const rings = call.status === 'ringing' || call.status === 'active';
    if (!rings || self?.state !== 'ringing' || this.#rung.has(call.id)) return;
    this.#rung.add(call.id);
    this.emit('incoming', call);
  }

  #onRefused(error: ConnectionError): void {
    for (const session of this.#sessions.values()) session.abandon(error);
    this.emit('refused', error);
  }

  async #iceServers(): Promise<RTCIceServer[]> {
    if (this.#ice && this.#ice.until > Date.now()) return this.#ice.servers;
    try {
      const { ice_servers, expires_at } = await this.rest.iceServers();
      // Credentials must outlive the attempt that they are fetched for.
      const until = expires_at === null ? Infinity : Date.parse(expires_at) - 60_000;
      this.#ice = { servers: ice_servers, until };
    } catch {
      // Without them most networks work; a call goes on with what was known.
      return this.#ice?.servers ?? [];
    }
    return this.#ice.servers;
  }
}
