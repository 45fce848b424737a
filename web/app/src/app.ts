import {
  ApiError,
  type Call,
  type CallSession,
  type Client,
  claimsOf,
  isOver,
  LocalMedia,
  type LocalTracks,
  type NewCall,
  type SessionEnd,
} from '@mullion/client';
import {
  type CallBack,
  callerOf,
  clock,
  direction,
  farewell,
  language,
  MullionElement,
  onLanguage,
  ToldError,
  tokens,
} from '@mullion/ui';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import {
  asksForPin,
  connectAs,
  connectAsGuest,
  linkInAddress,
  peekAt,
  takeTokenFromAddress,
} from './connection.js';
import {
  callInPath,
  guestTokenFor,
  inviteUrlOf,
  keepName,
  knownName,
  pathWithLanguage,
  userId,
} from './identity.js';
import { answerWorker, keepSubscription } from './ringing.js';
import './start_page.js';
import type { MullionStart, News, View, Wish } from './start_page.js';

/**
 * The page: the start, the call, and the ringing over both.
 *
 * @attribute connected - There while one can be rung.
 */
/** How long “Accept” on a notification waits for the page to be connected and rung, ms. */
const kAnswersFor = 15_000;

@customElement('mullion-app')
export class MullionApp extends MullionElement {
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
  @state() private view: View = this.callId === '' ? { what: 'home' } : { what: 'join', title: '' };
  @state() private incoming: Call | null = null;
  @state() private client: Client | null = null;
  @state() private busy = '';
  @state() private trouble: unknown = null;
  @state() private notice: unknown = null;
  @state() private news: News | null = null;
  @query('mullion-start') private readonly startPage!: MullionStart | null;
  readonly #media = new LocalMedia();
  #connectedAs = '';
  /** The call that is answered as soon as it rings, as the person has said so on a notification. */
  #answering: string | null = null;
  #disarming: ReturnType<typeof setTimeout> | undefined;
  #link = linkInAddress(location.search);
  readonly #broughtToken = takeTokenFromAddress() ?? guestTokenFor(this.callId);
  /** Who the token that came along says one is; else one names oneself. */
  readonly #brought = this.#broughtToken === null ? null : claimsOf(this.#broughtToken);
  #name = this.#brought?.name ?? knownName();

  override connectedCallback(): void {
    super.connectedCallback();
    const lang = new URLSearchParams(location.search).get('lang');
    if (lang) this.lang = lang;
    onLanguage(sayLanguage);
    sayLanguage();
    globalThis.addEventListener('popstate', () => this.#onAddress());
    answerWorker({
      isConnected: () => this.client?.state === 'online',
      onClick: (callId, answer) => this.#onNotification(callId, answer),
      onSubscription: () => this.client && void keepSubscription(this.client),
    });
    // Who has been here before can be rung from now on.
    if (!this.#isGuest && (this.#name !== '' || this.#broughtToken !== null))
      this.#connect(this.#name).catch((error: unknown) => (this.trouble = error));
    void this.#peek();
  }

  /** By a link that has not been exchanged for a token yet. */
  get #isGuest(): boolean {
    return this.#link !== '' && this.#broughtToken === null;
  }

  /** A link that leads nowhere says so before anybody has typed a name. */
  async #peek(): Promise<void> {
    if (this.callId === '' || this.#isGuest) return;
    try {
      const call = await peekAt(this.callId, this.#broughtToken);
      if (this.view.what !== 'join') return;
      this.view = isOver(call)
        ? this.#dead(this.t.over, this.t.overHint)
        : (this.#putOut(call) ?? { what: 'join', title: call.title ?? '' });
    } catch (error) {
      // Who is no member yet may all the same be let in.
      const isStranger = error instanceof ApiError && error.code === 'not_member';
      if (!isStranger) this.view = this.#deadBy(error) ?? this.view;
    }
  }

  /** The page of who was taken out, or not let in: until he is asked again he does not come in. */
  #putOut(call: Call): View | null {
    const { t } = this;
    const selfId = this.#brought?.userId ?? userId();
    const self = call.participants.find(({ user_id }) => user_id === selfId);
    if (self?.state !== 'removed') return null;
    return self.joined_at
      ? this.#dead(t.removed, t.removedHint)
      : this.#dead(t.denied, t.deniedHint);
  }

  /** The page of a link by which nobody comes in, for the errors that say so. */
  #deadBy(error: unknown): View | null {
    const { t } = this;
    if (!(error instanceof ApiError) || this.callId === '') return null;
    if (error.code === 'not_found') return this.#dead(t.gone, t.goneHint);
    if (error.code === 'wrong_state') return this.#dead(t.over, t.overHint);
    return error.code === 'not_member' ? this.#dead(t.notInvited, t.notInvitedHint) : null;
  }

  #dead(heading: string, hint: string): View {
    return { what: 'dead', heading, hint };
  }

  async #connect(name: string, pin = ''): Promise<Client> {
    // The name is in the token: a new name needs a new connection.
    if (this.client && this.client.state !== 'closed' && this.#connectedAs === name)
      return this.client;
    this.client?.close();
    const client = this.#isGuest
      ? await connectAsGuest(name, this.#link, pin)
      : await connectAs(name, this.#broughtToken);
    this.client = client;
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
    if (call.id === this.#answering && isOver(call)) this.#answering = null;
    if (call.id !== this.incoming?.id) {
      if (this.#ringsFor(call) && this.incoming === null) this.incoming = call;
      return;
    }
    if (this.#ringsFor(call)) return;
    this.incoming = null;
    if (call.status === 'missed' || call.status === 'cancelled' || this.#stateIn(call) === 'missed')
      this.#tellMissed(call);
  }

  #tellMissed(call: Call): void {
    const { t } = this;
    const run = (): void => void this.startPage?.ring([call.created_by]);
    this.news = { text: t.missedCall(callerOf(call)), action: { label: t.callBack, run } };
  }

  #stateIn(call: Call): string | undefined {
    return call.participants.find(({ user_id }) => user_id === this.client?.userId)?.state;
  }

  #ringsFor(call: Call): boolean {
    return this.#stateIn(call) === 'ringing' && !isOver(call);
  }

  async #onWish({ detail: wish }: CustomEvent<Wish>): Promise<void> {
    this.#name = wish.name;
    if (!this.#brought) keepName(wish.name);
    this.notice = wish.trouble;
    await this.#enter(async (tracks) => {
      const client = await this.#connect(wish.name, wish.pin);
      if (wish.what === 'join') return client.join(this.callId, tracks);
      const call: NewCall =
        wish.what === 'ring'
          ? { participants: wish.userIds }
          : { participants: [], open: true, type: wish.type };
      return client.start(call, tracks);
    }, wish.pin);
  }

  async #accept(video: boolean): Promise<void> {
    const { incoming: call, client } = this;
    this.incoming = null;
    if (!call || !client) return;
    await this.session?.hangUp().catch(() => undefined);
    await this.updateComplete;
    this.notice = (await this.startPage?.ready(video)) ?? null;
    await this.#enter((tracks) => client.answer(call.id, tracks));
  }

  /** Only for a while: what rings later has not been said yes to. */
  #onNotification(callId: string, answer: boolean): void {
    this.#answering = answer ? callId : null;
    clearTimeout(this.#disarming);
    this.#disarming = setTimeout(() => (this.#answering = null), kAnswersFor);
    this.requestUpdate();
  }

  protected override updated(): void {
    if (this.incoming?.id !== this.#answering) return;
    this.#answering = null;
    void this.#accept(this.incoming.type === 'video');
  }

  #reject(): void {
    const call = this.incoming;
    this.incoming = null;
    if (call) this.client?.reject(call.id).catch((error: unknown) => (this.trouble = error));
  }

  protected override firstUpdated(): void {
    // Not needed yet, but soon: while the person looks at himself.
    setTimeout(() => void loadCall().catch(() => undefined), 1_000);
  }

  async #enter(
    enter: (tracks: Partial<LocalTracks>) => Promise<CallSession>,
    pin = '',
  ): Promise<void> {
    this.trouble = null;
    this.news = null;
    this.busy = this.t.connecting;
    try {
      await loadCall();
      const session = await enter(this.#media.tracks);
      this.session = session;
      this.callId = session.call.id;
      const path = `/call/${encodeURIComponent(session.call.id)}`;
      if (location.pathname !== path)
        history.pushState(null, '', pathWithLanguage(path, location.search));
    } catch (error) {
      await this.#onRefused(error, pin);
    }
    this.busy = '';
  }

  async #onRefused(error: unknown, pin: string): Promise<void> {
    const dead = this.#deadBy(error);
    if (dead) this.view = dead;
    else if (asksForPin(error)) {
      this.view = { what: 'pin' };
      const wrong = error instanceof ApiError && error.code === 'not_allowed';
      if (pin !== '') this.trouble = wrong ? new ToldError(this.t.pinWrong) : error;
    } else {
      // Who was taken out meanwhile reads that, and not that he may do nothing.
      if (error instanceof ApiError && error.code === 'not_allowed') await this.#peek();
      if (this.view.what !== 'dead') this.trouble = error;
    }
  }

  #onEnded(end: SessionEnd): void {
    const { session } = this;
    if (!session) return;
    this.session = null;
    const { call } = session;
    const text = farewell(end, call);
    const length = call.answered_at ? ` ${this.t.tookTime(clock(lengthOf(call)))}` : '';
    this.news = { text: text + (['call_over', 'ended'].includes(end.reason) ? length : '') };
    const { t } = this;
    const hint = { removed: t.removedHint, denied: t.deniedHint }[end.reason as string];
    const comesBack = !isOver(call) && hint === undefined;
    const isGuest = this.#link !== '' || guestTokenFor(call.id) !== null;
    // A link that still leads somewhere stays, to come back by.
    if (comesBack && (call.open || isGuest)) this.view = { what: 'join', title: call.title ?? '' };
    else if (isGuest || hint !== undefined) {
      this.view = this.#dead(text, hint ?? t.overHint);
      this.news = null;
    } else {
      this.view = { what: 'home' };
      this.callId = '';
      history.replaceState(null, '', pathWithLanguage('/', location.search));
    }
  }

  #onAddress(): void {
    this.session?.hangUp().catch(() => undefined);
    this.callId = callInPath(location.pathname);
    this.#link = linkInAddress(location.search);
    this.view = this.callId === '' ? { what: 'home' } : { what: 'join', title: '' };
    void this.#peek();
  }

  protected override render(): TemplateResult {
    const { session } = this;
    return html`
      ${
        session
          ? html`<mullion-call
              ?inert=${this.incoming !== null}
              .session=${session}
              .media=${this.#media}
              .notice=${this.notice}
              .inviteUrl=${session.call.open ? inviteUrlOf(location.href) : ''}
              @mullion-ended=${({ detail }: CustomEvent<SessionEnd>) => this.#onEnded(detail)}
            ></mullion-call>`
          : html`<mullion-start
              ?inert=${this.incoming !== null}
              .name=${this.#name}
              .nameIsGiven=${typeof this.#brought?.name === 'string'}
              .userId=${this.#brought?.userId ?? userId()}
              .view=${this.view}
              .media=${this.#media}
              .client=${this.client}
              .busy=${this.busy}
              .trouble=${this.trouble}
              .news=${this.news}
              @mullion-wish=${(event: CustomEvent<Wish>) => void this.#onWish(event)}
              @mullion-call-back=${({ detail }: CustomEvent<CallBack>) =>
                void this.startPage?.ring(detail.userIds)}
            ></mullion-start>`
      }
      ${
        this.incoming
          ? html`<mullion-incoming-call
              .call=${this.incoming}
              @mullion-accept=${({ detail }: CustomEvent<{ video: boolean }>) =>
                void this.#accept(detail.video)}
              @mullion-reject=${() => this.#reject()}
            ></mullion-incoming-call>`
          : nothing
      }
    `;
  }
}

/** The part of the page that a call needs. Rejects as a request to a server that is away. */
async function loadCall(): Promise<void> {
  try {
    await import('@mullion/ui/call');
  } catch (error) {
    throw new ApiError('unreachable', String(error));
  }
}

function sayLanguage(): void {
  document.documentElement.lang = language();
  document.documentElement.dir = direction();
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
