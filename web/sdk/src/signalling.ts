/**
 * The WebSocket to the server, kept up: it comes back by itself after a loss, with the events that
 * were missed.
 *
 *     closed ── connect() ──▶ connecting ── hello or resumed ──▶ online
 *       ▲                        ▲  │ lost                          │ lost
 *       └── close(), refused ────┴──┴── waiting (back-off) ◀────────┘
 *
 * After a loss the first message is `resume` with the last session and `seq`. The server greets
 * every connection with a `hello` before it reads anything, so the one that comes before the
 * answer to `resume` tells the calls but does not end the old session; one after the answer does.
 */
import { Backoff } from './backoff.js';
import { Emitter } from './emitter.js';
import { ApiError, ConnectionError, type ConnectionErrorKind } from './errors.js';
import type { ClientMessage, Hello, ServerEvent, ServerMessage } from './messages.js';
import type { Tokens } from './token.js';

export type SignallingState = 'closed' | 'connecting' | 'online' | 'waiting';

export interface SignallingEvents {
  state: SignallingState;
  hello: Hello;
  event: ServerEvent;
  /** The connection has ended and is not tried again. */
  refused: ConnectionError;
}

/** How long an answer may take before its request counts as lost. */
const kAnswerTimeout = 10_000;
/** A connection that has not been greeted by then is given up. */
const kGreetingTimeout = 8_000;
/** More than this is not kept for a server that is away. */
const kMaxOutbox = 256;

const kRefusals: Partial<Record<number, ConnectionErrorKind>> = {
  4401: 'unauthenticated',
  4403: 'origin',
  4409: 'replaced',
};

interface Pending {
  resolve: () => void;
  reject: (error: ApiError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class Signalling extends Emitter<SignallingEvents> {
  #socket: WebSocket | null = null;
  #state: SignallingState = 'closed';
  #session: { id: string; seq: number } | null = null;
  #resuming: string | null = null;
  #refs = 0;
  #heardAt = 0;
  #renewed = false;
  readonly #pending = new Map<string, Pending>();
  #outbox: string[] = [];
  readonly #backoff = new Backoff();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #greetingTimer: ReturnType<typeof setTimeout> | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly tokens: Tokens,
  ) {
    super();
  }

  get state(): SignallingState {
    return this.#state;
  }

  /** Opens the connection and keeps it up until {@link close}. */
  connect(): void {
    if (this.#state !== 'closed') return;
    globalThis.addEventListener('online', this.#onNetworkBack);
    void this.#open();
  }

  close(): void {
    globalThis.removeEventListener('online', this.#onNetworkBack);
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#renewTimer);
    this.#session = null;
    this.#outbox = [];
    this.#drop(1000);
    this.#become('closed');
  }

  /** Sends, or keeps for when the server is back. */
  send(message: ClientMessage): void {
    this.#post(JSON.stringify(message));
  }

  /** Sends and waits for the acknowledgement. Rejects with an {@link ApiError}. */
  request(message: ClientMessage): Promise<void> {
    return this.#request(message, (text) => this.#post(text));
  }

  #request(message: object, post: (text: string) => void): Promise<void> {
    const ref = this.#nextRef();
    const sentAt = Date.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(ref);
        reject(new ApiError('timeout', 'The server did not answer in time.'));
        // A browser does not show a script the pings, so silence is noticed here.
        if (this.#heardAt <= sentAt && this.#state === 'online') this.#lost();
      }, kAnswerTimeout);
      this.#pending.set(ref, { resolve, reject, timer });
      post(JSON.stringify({ ...message, ref }));
    });
  }

  #nextRef(): string {
    this.#refs += 1;
    return String(this.#refs);
  }

  #post(text: string): void {
    if (this.#state === 'online') this.#socket?.send(text);
    else if (this.#state !== 'closed' && this.#outbox.length < kMaxOutbox) this.#outbox.push(text);
  }

  async #open(): Promise<void> {
    this.#become('connecting');
    let token: string;
    try {
      token = await this.tokens.current();
    } catch (cause) {
      this.#onNoToken(cause);
      return;
    }
    // close() may have been called meanwhile.
    if (this.state !== 'connecting') return;
    const socket = new WebSocket(`${this.url}?access_token=${encodeURIComponent(token)}`);
    this.#socket = socket;
    this.#resuming = null;
    this.#greetingTimer = setTimeout(() => this.#lost(), kGreetingTimeout);
    socket.onopen = () => this.#resume(socket);
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === 'string') this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#onClosed(code);
    };
  }

  /**
   * At first somebody waits for it, and it may never work; what has worked once is tried again, and
   * so is what a network has failed at, as which fetch() throws a TypeError.
   */
  #onNoToken(cause: unknown): void {
    if (this.state !== 'connecting') return;
    const isPassing = cause instanceof ApiError ? cause.isPassing : cause instanceof TypeError;
    if (this.#session || isPassing) this.#retry();
    else this.#refuse(new ConnectionError('token', cause));
  }

  #refuse(error: ConnectionError): void {
    this.close();
    this.emit('refused', error);
  }

  #resume(socket: WebSocket): void {
    if (!this.#session || socket !== this.#socket) return;
    const { id, seq } = this.#session;
    this.#resuming = this.#nextRef();
    socket.send(JSON.stringify({ type: 'resume', session: id, seq, ref: this.#resuming }));
  }

  #receive(data: string): void {
    this.#heardAt = Date.now();
    let message: ServerMessage;
    try {
      message = JSON.parse(data) as ServerMessage;
    } catch {
      return;
    }
    if (message.type === 'hello') this.#onHello(message);
    else if (message.type === 'ack' || message.type === 'error') this.#onAnswer(message);
    else this.#onEvent(message);
  }

  #onHello(hello: Hello): void {
    if (this.#resuming === null) {
      this.#session = { id: hello.session, seq: 0 };
      this.#greeted();
    }
    this.emit('hello', hello);
  }

  #onAnswer(message: { type: 'ack' | 'error'; ref?: string; code?: string; message?: string }) {
    const ref = message.ref ?? '';
    if (ref !== '' && ref === this.#resuming) {
      this.#resuming = null;
      this.#greeted();
      return;
    }
    const pending = this.#pending.get(ref);
    if (!pending) return;
    this.#pending.delete(ref);
    clearTimeout(pending.timer);
    if (message.type === 'ack') pending.resolve();
    else pending.reject(new ApiError(message.code ?? 'internal', message.message ?? ''));
  }

  #onEvent(event: ServerEvent): void {
    if (this.#session && event.seq !== undefined) this.#session.seq = event.seq;
    this.emit('event', event);
  }

  #greeted(): void {
    if (this.#state === 'online') return;
    clearTimeout(this.#greetingTimer);
    this.#backoff.reset();
    this.#renewed = false;
    this.#become('online');
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const text of outbox) this.#socket?.send(text);
    this.#scheduleRenewal();
  }

  #scheduleRenewal(): void {
    clearTimeout(this.#renewTimer);
    const wait = this.tokens.renewIn();
    // A timer holds 31 bits of milliseconds; a later one is set again.
    if (wait !== null) this.#renewTimer = setTimeout(() => void this.#renew(), Math.min(wait, 2e9));
  }

  async #renew(): Promise<void> {
    try {
      const access_token = await this.tokens.renew();
      await this.#request({ type: 'auth', access_token }, (text) => this.#post(text));
    } catch {
      // The connection is closed with 4401 when the old token runs out, and made anew then.
    }
    this.#scheduleRenewal();
  }

  #onClosed(code: number): void {
    const kind = kRefusals[code];
    if (kind === 'unauthenticated' && this.tokens.canRenew && !this.#renewed) {
      this.#renewed = true;
      this.tokens.renew().then(
        () => this.#lost(),
        () => this.#lost(),
      );
    } else if (kind) {
      this.#refuse(new ConnectionError(kind));
    } else {
      this.#lost();
    }
  }

  /** The connection is gone or good for nothing: wait, and make another. */
  #lost(): void {
    if (this.#state === 'closed') return;
    this.#drop(4000);
    this.#retry();
  }

  #retry(): void {
    if (this.#state === 'closed') return;
    this.#become('waiting');
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#open(), this.#backoff.next());
  }

  #drop(code: number): void {
    clearTimeout(this.#greetingTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(code);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new ApiError('unreachable', 'The connection to the server was lost.'));
    }
    this.#pending.clear();
  }

  readonly #onNetworkBack = (): void => {
    if (this.#state !== 'waiting') return;
    clearTimeout(this.#retryTimer);
    void this.#open();
  };

  #become(state: SignallingState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }
}
