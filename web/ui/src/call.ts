import {
  type CallSession,
  LocalMedia,
  type SessionEnd,
  type UnmuteAskedEvent,
} from '@mullion/client';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import {
  type Action,
  type Banner,
  bannerFor,
  recordingTold,
  renderBanner,
  silencedBy,
} from './call/banner.js';
import './call/chat.js';
import type { MullionControls } from './call/controls.js';
import './call/controls.js';
import { type Deed, deedOf, type PersonQuestion } from './call/deeds.js';
import { type Dialog, renderDialog } from './call/dialogs.js';
import './call/door.js';
import { faces, facesStyle } from './call/faces.js';
import { helpStyle } from './call/help.js';
import { HostActions } from './call/host_actions.js';
import { Idle } from './call/idle.js';
import { MutedSpeech } from './call/muted_speech.js';
import { newsBetween } from './call/news.js';
import './call/outgoing.js';
import {
  hearBy,
  toggleCamera,
  toggleFullScreen,
  toggleMicrophone,
  togglePicture,
  toggleScreen,
} from './call/own_media.js';
import './call/people.js';
import { pictureChoiceStyle } from './call/picture_choice.js';
import { qualityStyle } from './call/quality.js';
import './call/reactions.js';
import { status } from './call/status.js';
import { callStyle } from './call/style.js';
import './call/tiles.js';
import { copyText } from './copy.js';
import { MullionElement } from './element.js';
import { focusAgain, focused } from './focus.js';
import { buttons, fields, onStage, tokens } from './tokens.js';
import { nameIn } from './words.js';

type Panel = 'people' | 'chat';

/** How long it is shown what has happened, ms. */
const kToldFor = 8_000;

/**
 * `<mullion-call>`: one call, from the inside, from the wait to be let in to its end.
 *
 * Set `session` to what `Client.start`, `answer` or `join` resolves with, and `media` to what gave
 * its tracks; without it the component makes one of the session's tracks. `inviteUrl` is a link for
 * others; hosts can make one where there is none. Keys: `?` shows them.
 *
 * @fires mullion-ended - A `CustomEvent` with a {@link SessionEnd}, when the session is over.
 */
@customElement('mullion-call')
export class MullionCall extends MullionElement {
  static override styles = [
    tokens,
    onStage,
    buttons,
    fields,
    qualityStyle,
    pictureChoiceStyle,
    helpStyle,
    facesStyle,
    callStyle,
  ];

  @property({ attribute: false }) session: CallSession | null = null;
  @property({ attribute: false }) media: LocalMedia | null = null;
  @property({ attribute: 'invite-url' }) inviteUrl = '';
  /** What is to be told first, such as a camera that could not be opened. */
  @property({ attribute: false }) notice: unknown = null;

  @state() private panel: Panel | null = null;
  @state() private dialog: Dialog | null = null;
  @state() private elapsed: number | null = null;
  @state() private unread = 0;
  @state() private copied = false;
  @state() private announcement = '';
  @state() private trouble: unknown = null;
  @state() private told: Banner | null = null;
  @state() private asked: UnmuteAskedEvent | null = null;
  @state() private soundBlocked = false;
  @query('.composite') private readonly composite!: HTMLVideoElement;
  @query('mullion-controls') private readonly controls!: MullionControls | null;
  #host: HostActions | null = null;
  /** What had the focus before the panel. */
  #opener: HTMLElement | null = null;
  readonly #speech = new MutedSpeech(() => this.requestUpdate());
  #ignored = new Set<string>();
  #undo: (() => void)[] = [];
  readonly #idle = new Idle(this, (idle) => {
    this.classList.toggle('idle', idle);
    this.requestUpdate();
  });
  #madeUrl = '';
  #toldTimer: ReturnType<typeof setTimeout> | undefined;
  #clockTimer: ReturnType<typeof setInterval> | undefined;
  #answeredAt = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#onKey);
    document.addEventListener('fullscreenchange', this.#redraw);
    this.#clockTimer = setInterval(() => this.#tick(), 500);
    this.#idle.start();
    if (this.hasUpdated) this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
    document.removeEventListener('fullscreenchange', this.#redraw);
    clearInterval(this.#clockTimer);
    clearTimeout(this.#toldTimer);
    this.#idle.stop();
    this.#forget();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('session')) this.#follow();
    if (changed.has('notice')) this.trouble = this.notice;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('session') || !this.session) return;
    this.composite.srcObject = this.session.stream;
    void this.#play();
  }

  readonly #redraw = (): void => this.requestUpdate();

  #follow(): void {
    this.#forget();
    const { session } = this;
    if (!session) return;
    const media = (this.media ??= new LocalMedia());
    media.adopt(session.tracks);
    media.follow(session);
    this.#host = new HostActions(session, (error) => (this.trouble = error));
    this.#answeredAt = 0;
    this.#madeUrl = '';
    this.#ignored = new Set();
    let before = session.call;
    this.#undo = [
      ...(['state', 'layout', 'speaker', 'quality', 'network', 'rung'] as const).map((event) =>
        session.on(event, this.#redraw),
      ),
      session.on('sending', () => this.#onSending(session)),
      session.on('state', () => this.#onSending(session)),
      session.on('muted', (muted) => this.#tell(silencedBy(this.t, muted))),
      session.on('recording', (event) =>
        this.#onRecording(recordingTold(this.t, event, session.userId)),
      ),
      session.on('unmuteAsked', (asked) => (this.asked = asked)),
      session.on('chat', ({ user_id, text }) => this.#onChat(user_id, text)),
      session.on('call', (call) => {
        const news = newsBetween(this.t, before, call, session.userId);
        if (news) this.announcement = news;
        before = call;
        this.requestUpdate();
      }),
      session.on('ended', (end) => this.#onEnded(end)),
      media.on('trouble', (error) => (this.trouble = error)),
      media.on('change', () => this.#onMedia()),
    ];
    this.#onSending(session);
    // It may have ended before this component was there to hear it.
    if (session.end) this.#onEnded(session.end);
  }

  #forget(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#speech.stop();
  }

  #onEnded(end: SessionEnd): void {
    this.media?.stop();
    if (document.fullscreenElement) void document.exitFullscreen();
    this.dispatchEvent(new CustomEvent('mullion-ended', { detail: end, bubbles: true }));
  }

  /** Shows it for a while; a banner is read out by itself. */
  #tell(banner: Banner | null): void {
    this.told = banner;
    clearTimeout(this.#toldTimer);
    this.#toldTimer = setTimeout(() => (this.told = null), kToldFor);
  }

  #onRecording(banner: Banner | null): void {
    if (!banner) return;
    this.#tell(banner);
    // What went wrong stays until it was read.
    if (banner.tone === 'danger') clearTimeout(this.#toldTimer);
  }

  #onSending(session: CallSession): void {
    this.#speech.update(session);
    this.requestUpdate();
  }

  #onMedia(): void {
    const speaker = this.media?.speaker ?? '';
    void this.#try(() => hearBy(this.composite, speaker));
  }

  #onChat(userId: string, text: string): void {
    if (this.panel === 'chat' || userId === this.session?.userId) return;
    this.unread += 1;
    const name = nameIn(this.session?.call.participants ?? [], userId);
    this.announcement = this.t.messageFrom(name, text);
  }

  async #play(): Promise<void> {
    try {
      await this.composite.play();
      this.soundBlocked = false;
    } catch (error) {
      this.soundBlocked = error instanceof DOMException && error.name === 'NotAllowedError';
    }
  }

  #tick(): void {
    const call = this.session?.call;
    if (!call?.answered_at || this.session?.state === 'waiting') {
      this.elapsed = null;
      return;
    }
    // The server's count and one's own clock: the two clocks need not agree.
    if (this.#answeredAt === 0) this.#answeredAt = Date.now() - call.duration * 1000;
    this.elapsed = Math.floor((Date.now() - this.#answeredAt) / 1000);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    this.#idle.wake();
    // A dialogue has keys of its own.
    const deed = this.dialog === null ? deedOf(event) : undefined;
    if (!deed) return;
    event.preventDefault();
    this.#do(deed);
  };

  #do(deed: Deed): void {
    const { session, media } = this;
    if (!session || !media) return;
    const show = (what: 'more' | 'devices' | 'quality' | 'help' | 'end-for-all') => () =>
      (this.dialog = { what });
    const deeds: Record<Deed, () => unknown> = {
      microphone: () => this.#turnMicrophone(session, media),
      camera: () => this.#turnCamera(session, media),
      share: () => toggleScreen(media),
      people: () => this.#togglePanel('people'),
      chat: () => this.#togglePanel('chat'),
      more: this.dialog?.what === 'more' ? () => (this.dialog = null) : show('more'),
      devices: show('devices'),
      quality: show('quality'),
      help: show('help'),
      'end-for-all': show('end-for-all'),
      picture: () => togglePicture(this.composite),
      'full-screen': () => toggleFullScreen(this),
      'audio-only': () => session.setAudioOnly(!session.audioOnly),
      link: () => this.#copyLink(session),
      'go-live': async () => {
        if (this.#host) this.dialog = { what: 'watch-link', url: await this.#host.goLive() };
      },
      'watch-link': async () => {
        const url = await this.#host?.watchLink();
        if (url) this.dialog = { what: 'watch-link', url };
      },
      'stop-broadcasts': () => this.#host?.stopBroadcasts(),
      escape: () => this.#show(null),
      // The page goes on at once; a server that does not hear it notices the silence.
      'hang-up': () => void session.hangUp().catch(() => undefined),
    };
    void this.#try(async () => {
      await deeds[deed]();
    });
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.trouble = error;
    }
    this.requestUpdate();
  }

  async #turnMicrophone(session: CallSession, media: LocalMedia): Promise<void> {
    this.asked = null;
    this.told = null;
    await toggleMicrophone(session, media);
    this.trouble = null;
    this.announcement = session.audioMuted ? this.t.microphoneOff : this.t.microphoneOn;
  }

  async #turnCamera(session: CallSession, media: LocalMedia): Promise<void> {
    this.asked = null;
    this.told = null;
    const isOn = await toggleCamera(session, media);
    this.trouble = null;
    this.announcement = isOn ? this.t.cameraOn : this.t.cameraOff;
  }

  #togglePanel(panel: Panel): void {
    this.#show(this.panel === panel ? null : panel);
  }

  /** The focus of a panel that closes goes back to what has opened it. */
  #show(panel: Panel | null): void {
    const { panel: before } = this;
    const isInside = this.renderRoot.querySelector('.panel:focus-within') !== null;
    if (panel && !isInside) this.#opener = focused();
    this.panel = panel;
    if (panel === 'chat') this.unread = 0;
    if (panel || !before || !isInside) return;
    void this.updateComplete.then(() => {
      // A banner's button may be gone.
      if (!focusAgain(this.#opener)) this.controls?.focusOn(before);
    });
  }

  get #canInvite(): boolean {
    return this.inviteUrl !== '' || this.#host?.allowed === true;
  }

  async #copyLink(session: CallSession): Promise<void> {
    if (!this.#canInvite) return;
    const url = this.inviteUrl || (this.#madeUrl ||= await this.#makeLink(session));
    // A page that may not write there shows what there is to copy.
    if (!(await this.#copy(url))) this.dialog = { what: 'link', url };
  }

  /** @returns whether the link is on the clipboard. */
  async #copy(url: string): Promise<boolean> {
    this.copied = await copyText(url);
    if (!this.copied) return false;
    this.announcement = this.t.linkCopied;
    setTimeout(() => (this.copied = false), 2_000);
    return true;
  }

  async #makeLink({ rest, call }: CallSession): Promise<string> {
    const { url } = await rest.createLink(call.id);
    return new URL(url, location.origin).href;
  }

  #act({ name, userId = '' }: Action): void {
    const deeds: Record<Action['name'], () => void> = {
      dismiss: () => {
        if (this.trouble) this.trouble = null;
        else if (this.told) this.told = null;
        else if (this.asked) this.asked = null;
        else this.#speech.dismiss();
        this.requestUpdate();
      },
      unmute: () => this.#do('microphone'),
      show: () => this.#do('camera'),
      sound: () => void this.#play(),
      admit: () => this.#host?.admit(userId),
      people: () => {
        for (const one of this.session?.call.participants ?? []) this.#ignored.add(one.user_id);
        this.#show('people');
      },
      pictures: () => this.#do('audio-only'),
      link: () => this.#do('link'),
      leave: () => this.#do('hang-up'),
    };
    deeds[name]();
  }

  protected override render(): TemplateResult {
    const { session, t } = this;
    const host = this.#host;
    return html`
      <main
        class="stage"
        @mullion-do=${({ detail }: CustomEvent<Deed>) => this.#do(detail)}
        @mullion-remove=${this.#onRemove}
      >
        <video class="composite" autoplay playsinline aria-label=${t.call}></video>
        ${session && host ? this.#renderStage(session, host) : nothing}
      </main>
      ${session && host ? this.#renderPanel(session, host) : nothing}
      ${session && host ? this.#renderDialog(session, host) : nothing}
      <div class="out-of-sight" role="status" aria-live="polite">${this.announcement}</div>
    `;
  }

  /** What lies over the composite. */
  #renderStage(session: CallSession, host: HostActions): TemplateResult {
    const instead = this.#renderInstead(session, host);
    if (instead) return instead;
    return html`
      <h1 class="out-of-sight">${session.call.title ?? this.t.call}</h1>
      ${
        session.audioOnly || session.call.type === 'audio'
          ? faces(session)
          : html`<mullion-tiles
              .session=${session}
              .host=${host}
              .quiet=${this.#idle.now}
            ></mullion-tiles>`
      }
      <mullion-reactions .session=${session} .host=${host}></mullion-reactions>
      ${status(this.t, session, this.elapsed, () => this.#do('quality'))}
      ${this.#renderBanner(session, host)}
      <div class="bottom">
        <mullion-controls
          .session=${session}
          .host=${host}
          .media=${this.media}
          .unread=${this.unread}
          .open=${this.dialog?.what === 'more' ? 'more' : this.panel}
        ></mullion-controls>
      </div>
    `;
  }

  readonly #onRemove = ({ detail }: CustomEvent<PersonQuestion>): void => {
    this.dialog = { what: 'remove', person: detail };
  };

  /** What is there before one is in the call. */
  #renderInstead(session: CallSession, host: HostActions): TemplateResult | null {
    if (session.state === 'waiting')
      return html`<mullion-door .session=${session} .host=${host}></mullion-door>`;
    const { call, userId } = session;
    if (call.status !== 'ringing' || call.created_by !== userId) return null;
    return html`<mullion-outgoing-call .session=${session} .host=${host}></mullion-outgoing-call>`;
  }

  #renderBanner(session: CallSession, host: HostActions): TemplateResult {
    const { trouble, told, asked, soundBlocked, copied } = this;
    const banner = bannerFor(this.t, {
      ...{ session, trouble, told, asked, soundBlocked, copied, ignored: this.#ignored },
      mutedSpeaking: this.#speech.noticed,
      isHost: host.allowed,
      canInvite: this.#canInvite,
    });
    return renderBanner(this.t, banner, (action) => this.#act(action));
  }

  #renderPanel(session: CallSession, host: HostActions): TemplateResult | typeof nothing {
    if (!this.panel || session.state === 'waiting') return nothing;
    return html`<aside
      class="panel"
      aria-label=${this.t[this.panel]}
      @mullion-do=${({ detail }: CustomEvent<Deed>) => this.#do(detail)}
      @mullion-remove=${this.#onRemove}
    >
      ${
        this.panel === 'chat'
          ? html`<mullion-chat .session=${session} .host=${host}></mullion-chat>`
          : html`<mullion-people
              .session=${session}
              .host=${host}
              .canInvite=${this.#canInvite}
              .copied=${this.copied}
            ></mullion-people>`
      }
    </aside>`;
  }

  #renderDialog(session: CallSession, host: HostActions): TemplateResult | typeof nothing {
    if (!this.dialog) return nothing;
    const { dialog, copied } = this;
    const content = renderDialog(dialog, {
      copied,
      copy: (text) => void this.#try(() => this.#copy(text)),
      ...{ t: this.t, session, host, media: this.media, canInvite: this.#canInvite },
      chooseRung: (rung) => void this.#try(() => session.setRung(rung)),
      close: () => (this.dialog = null),
    });
    return html`<div @mullion-do=${({ detail }: CustomEvent<Deed>) => this.#do(detail)}>
      ${content}
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-call': MullionCall;
  }
}
