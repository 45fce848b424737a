import {
  type Call,
  type CallSession,
  type Client,
  claimsOf,
  isOver,
  type LocalTracks,
  type SessionEnd,
} from '@mullion/client';
import { clock, farewell, tokens } from '@mullion/ui';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import {
  asksForPin,
  connectAs,
  connectAsGuest,
  linkInAddress,
  takeTokenFromAddress,
} from './connection.js';
import { callInPath, guestTokenFor, keepName, knownName, userId } from './identity.js';
import type { Devices } from './preview.js';
import './start_page.js';
import type { MullionStart, Wish } from './start_page.js';

/**
 * The page: the start, the call, and the ringing over both.
 *
 * @attribute connected - There while one can be rung.
 */
@customElement('mullion-app')
export class MullionApp extends LitElement {
  static override styles = [
    tokens,
    css`
      mullion-call {
        position: fixed;
        inset: 0;
        height: 100dvh;
      }
    `,
  ];

  @state() private session: CallSession | null = null;
  @state() private callId = callInPath(location.pathname);
  @state() private incoming: Call | null = null;
  @state() private busy = '';
  @state() private trouble: unknown = null;
  @state() private notice: unknown = null;
  @state() private news = '';
  @query('mullion-start') private readonly startPage!: MullionStart | null;
  #client: Client | null = null;
  #connectedAs = '';
  @state() private needsPin = false;
  #link = linkInAddress(location.search);
  readonly #broughtToken = takeTokenFromAddress() ?? guestTokenFor(this.callId);
  /** Who the token that came along says one is; else one names oneself. */
  readonly #brought = this.#broughtToken === null ? null : claimsOf(this.#broughtToken);
  #name = this.#brought?.name ?? knownName();

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener('popstate', () => this.#onAddress());
    // Who has been here before can be rung from now on.
    const isGuest = this.#link !== '' && this.#broughtToken === null;
    if (!isGuest && (this.#name !== '' || this.#broughtToken !== null))
      this.#connect(this.#name).catch((error: unknown) => (this.trouble = error));
  }

  async #connect(name: string, pin = ''): Promise<Client> {
    // The name is in the token: a new name needs a new connection.
    if (this.#client?.state !== 'closed' && this.#client && this.#connectedAs === name)
      return this.#client;
    this.#client?.close();
    const client =
      this.#link !== '' && this.#broughtToken === null
        ? await connectAsGuest(name, this.#link, pin)
        : await connectAs(name, this.#broughtToken);
    this.#client = client;
    this.#connectedAs = name;
    this.toggleAttribute('connected', true);
    client.on('state', (state) => this.toggleAttribute('connected', state === 'online'));
    client.on('incoming', (call) => (this.incoming = call));
    client.on('call', (call) => this.#onCall(call));
    client.on('refused', (error) => (this.trouble = error));
    for (const call of client.calls.values()) this.#onCall(call);
    return client;
  }

  /** A ring ends when the call does, or when another of one's devices has answered it. */
  #onCall(call: Call): void {
    if (call.id !== this.incoming?.id) {
      if (this.#ringsFor(call) && this.incoming === null) this.incoming = call;
      return;
    }
    if (isOver(call) || !this.#ringsFor(call)) this.incoming = null;
  }

  #ringsFor(call: Call): boolean {
    const self = call.participants.find(({ user_id }) => user_id === this.#client?.userId);
    return self?.state === 'ringing' && !isOver(call);
  }

  async #onWish({ detail: wish }: CustomEvent<Wish>): Promise<void> {
    this.#name = wish.name;
    if (!this.#brought) keepName(wish.name);
    await this.#enter(wish.devices, async (tracks) => {
      const client = await this.#connect(wish.name, wish.pin);
      if (wish.what === 'join') return client.join(this.callId, tracks);
      const participants = wish.what === 'ring' ? [wish.userId] : [];
      return client.start({ participants, open: wish.what === 'start' }, tracks);
    });
  }

  async #accept(): Promise<void> {
    const call = this.incoming;
    const client = this.#client;
    this.incoming = null;
    if (!call || !client) return;
    await this.session?.hangUp().catch(() => undefined);
    await this.updateComplete;
    const devices = await this.startPage?.devices();
    if (devices) await this.#enter(devices, (tracks) => client.answer(call.id, tracks));
  }

  #reject(): void {
    const call = this.incoming;
    this.incoming = null;
    if (call) this.#client?.reject(call.id).catch((error: unknown) => (this.trouble = error));
  }

  async #enter(
    devices: Devices,
    enter: (tracks: Partial<LocalTracks>) => Promise<CallSession>,
  ): Promise<void> {
    const { audio, camera, trouble } = devices;
    this.trouble = null;
    this.news = '';
    this.busy = 'Connecting…';
    try {
      const session = await enter({ audio, camera });
      this.notice = trouble;
      this.session = session;
      this.callId = session.call.id;
      const path = `/call/${encodeURIComponent(session.call.id)}`;
      if (location.pathname !== path) history.pushState(null, '', path);
    } catch (error) {
      audio?.stop();
      camera?.stop();
      this.needsPin ||= asksForPin(error);
      this.trouble = error;
    }
    this.busy = '';
  }

  #onEnded(end: SessionEnd): void {
    const { session } = this;
    if (!session) return;
    this.session = null;
    const length = session.call.answered_at ? ` It took ${clock(lengthOf(session.call))}.` : '';
    this.news = farewell(end, session.call) + (end.reason === 'call_over' ? length : '');
    // A link that still leads somewhere stays, to come back by.
    if (isOver(session.call) || !session.call.open) {
      this.callId = '';
      history.replaceState(null, '', '/');
    }
  }

  #onAddress(): void {
    this.session?.hangUp().catch(() => undefined);
    this.callId = callInPath(location.pathname);
    this.#link = linkInAddress(location.search);
  }

  protected override render(): TemplateResult {
    const { session } = this;
    return html`
      ${
        session
          ? html`<mullion-call
              .session=${session}
              .notice=${this.notice}
              .inviteUrl=${session.call.open ? location.href : ''}
              @mullion-ended=${({ detail }: CustomEvent<SessionEnd>) => this.#onEnded(detail)}
            ></mullion-call>`
          : html`<mullion-start
              .name=${this.#name}
              .nameIsGiven=${typeof this.#brought?.name === 'string'}
              .userId=${this.#brought?.userId ?? userId()}
              .callId=${this.callId}
              .needsPin=${this.needsPin}
              .busy=${this.busy}
              .trouble=${this.trouble}
              .news=${this.news}
              @mullion-wish=${(event: CustomEvent<Wish>) => void this.#onWish(event)}
            ></mullion-start>`
      }
      ${
        this.incoming
          ? html`<mullion-ring
              .call=${this.incoming}
              @mullion-accept=${() => void this.#accept()}
              @mullion-reject=${() => this.#reject()}
            ></mullion-ring>`
          : nothing
      }
    `;
  }
}

function lengthOf(call: Call): number {
  if (call.duration > 0 || !call.answered_at) return call.duration;
  return (Date.now() - Date.parse(call.answered_at)) / 1000;
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-app': MullionApp;
  }
}
