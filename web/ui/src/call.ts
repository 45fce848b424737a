import {
  type CallSession,
  levelOf,
  LocalMedia,
  type SessionEnd,
  type UnmuteAskedEvent,
} from '@mullion/client';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { type Action, bannerFor } from './call/banner.js';
import './call/chat.js';
import './call/controls.js';
import { type Deed, deedOf, type PersonQuestion } from './call/deeds.js';
import './call/door.js';
import { faces, facesStyle } from './call/faces.js';
import { help, helpStyle } from './call/help.js';
import { HostActions } from './call/host_actions.js';
import './call/more.js';
import { MutedSpeech } from './call/muted_speech.js';
import { newsBetween } from './call/news.js';
import './call/outgoing.js';
import './call/people.js';
import { bars, figures, qualityName, qualityStyle } from './call/quality.js';
import './call/reactions.js';
import { callStyle } from './call/style.js';
import './call/tiles.js';
import './device_menus.js';
import './dialog.js';
import { MullionElement } from './element.js';
import { icons } from './icons.js';
import { buttons, fields, onStage, tokens } from './tokens.js';
import { clock, nameIn } from './words.js';

/** The bar goes when nothing has moved for this long. */
const kIdleAfter = 3_000;

type Panel = 'people' | 'chat';
type Dialog = 'more' | 'devices' | 'quality' | 'help' | 'end-for-all' | 'remove' | 'link';

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
  @state() private asked: UnmuteAskedEvent | null = null;
  @state() private soundBlocked = false;
  @state() private toRemove: PersonQuestion | null = null;
  @state() private madeUrl = '';
  @query('.composite') private readonly composite!: HTMLVideoElement;
  #host: HostActions | null = null;
  readonly #speech = new MutedSpeech(() => this.requestUpdate());
  #ignored = new Set<string>();
  #undo: (() => void)[] = [];
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #clockTimer: ReturnType<typeof setInterval> | undefined;
  #answeredAt = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#onKey);
    document.addEventListener('fullscreenchange', this.#redraw);
    for (const event of ['pointermove', 'pointerdown', 'focusin'])
      this.addEventListener(event, this.#wake);
    this.#clockTimer = setInterval(() => this.#tick(), 500);
    this.#wake();
    if (this.hasUpdated) this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
    document.removeEventListener('fullscreenchange', this.#redraw);
    clearInterval(this.#clockTimer);
    clearTimeout(this.#idleTimer);
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
    this.#ignored = new Set();
    let before = session.call;
    this.#undo = [
      ...(['state', 'layout', 'speaker', 'quality', 'network'] as const).map((event) =>
        session.on(event, this.#redraw),
      ),
      session.on('sending', () => this.#onSending(session)),
      session.on('state', () => this.#onSending(session)),
      session.on('muted', () => (this.announcement = this.t.hostMuted)),
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

  #onSending(session: CallSession): void {
    this.#speech.update(session);
    this.requestUpdate();
  }

  #onMedia(): void {
    const composite = this.composite as { setSinkId?: (id: string) => Promise<void> } | null;
    const speaker = this.media?.speaker ?? '';
    if (speaker) composite?.setSinkId?.(speaker).catch((error: unknown) => (this.trouble = error));
    this.requestUpdate();
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

  readonly #wake = (): void => {
    this.#setIdle(false);
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      // Who goes by keys does not lose what he is on.
      if (!focusIsSeen()) this.#setIdle(true);
    }, kIdleAfter);
  };

  #setIdle(idle: boolean): void {
    if (this.classList.contains('idle') === idle) return;
    this.classList.toggle('idle', idle);
    this.requestUpdate();
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    this.#wake();
    // A dialogue has keys of its own.
    const deed = this.dialog === null ? deedOf(event) : undefined;
    if (!deed) return;
    event.preventDefault();
    this.#do(deed);
  };

  #do(deed: Deed): void {
    const { session } = this;
    if (!session) return;
    const deeds: Record<Deed, () => unknown> = {
      microphone: () => this.#toggleMicrophone(session),
      camera: () => this.#toggleCamera(session),
      share: () => this.#toggleScreen(),
      people: () => this.#togglePanel('people'),
      chat: () => this.#togglePanel('chat'),
      more: () => (this.dialog = this.dialog === 'more' ? null : 'more'),
      devices: () => (this.dialog = 'devices'),
      quality: () => (this.dialog = 'quality'),
      help: () => (this.dialog = 'help'),
      'end-for-all': () => (this.dialog = 'end-for-all'),
      picture: () => this.#togglePicture(),
      'full-screen': () => this.#toggleFullScreen(),
      'audio-only': () => session.setAudioOnly(!session.audioOnly),
      link: () => this.#copyLink(session),
      escape: () => (this.panel = null),
      // The page goes on at once; a server that does not hear it notices the silence.
      'hang-up': () => void session.hangUp().catch(() => undefined),
    };
    void this.#try(async () => {
      await deeds[deed]();
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.trouble = error;
    }
    this.requestUpdate();
  }

  async #toggleMicrophone(session: CallSession): Promise<void> {
    this.asked = null;
    if (session.tracks.audio) session.setAudioMuted(!session.audioMuted);
    else await this.media?.turnOn('microphone');
    this.trouble = null;
    this.announcement = session.audioMuted ? this.t.microphoneOff : this.t.microphoneOn;
  }

  async #toggleCamera(session: CallSession): Promise<void> {
    this.asked = null;
    if (session.audioOnly) await session.setAudioOnly(false);
    else if (this.media?.camera) {
      this.media.turnOff('camera');
      this.announcement = this.t.cameraOff;
      return;
    }
    await this.media?.turnOn('camera');
    this.trouble = null;
    this.announcement = this.t.cameraOn;
  }

  async #toggleScreen(): Promise<void> {
    if (this.media?.screen) this.media.unshare();
    else
      await this.media?.share().catch((error: unknown) => {
        // Who has chosen none knows it.
        if (!(error instanceof Error && 'kind' in error && error.kind === 'cancelled')) throw error;
      });
  }

  #togglePanel(panel: Panel): void {
    this.panel = this.panel === panel ? null : panel;
    if (this.panel === 'chat') this.unread = 0;
  }

  async #togglePicture(): Promise<void> {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else if (canPicture()) await this.composite.requestPictureInPicture();
  }

  async #toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.requestFullscreen();
  }

  get #canInvite(): boolean {
    return this.inviteUrl !== '' || this.#host?.allowed === true;
  }

  async #copyLink(session: CallSession): Promise<void> {
    if (!this.#canInvite) return;
    const url =
      this.inviteUrl ||
      this.madeUrl ||
      new URL((await session.rest.createLink(session.call.id)).url, location.origin).href;
    this.madeUrl = url;
    try {
      await navigator.clipboard.writeText(url);
    } catch {
      // A page that may not write there shows what there is to copy.
      this.dialog = 'link';
      return;
    }
    this.copied = true;
    this.announcement = this.t.linkCopied;
    setTimeout(() => (this.copied = false), 2_000);
  }

  #act({ name, userId = '' }: Action): void {
    const deeds: Record<Action['name'], () => void> = {
      dismiss: () => {
        if (this.trouble) this.trouble = null;
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
        this.panel = 'people';
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
    const idle = this.classList.contains('idle');
    return html`
      <main
        class="stage"
        @mullion-do=${({ detail }: CustomEvent<Deed>) => this.#do(detail)}
        @mullion-remove=${this.#onRemove}
      >
        <video class="composite" autoplay playsinline aria-label=${t.call}></video>
        ${session && host ? this.#renderStage(session, host, idle) : nothing}
      </main>
      ${session && host ? this.#renderPanel(session, host) : nothing}
      ${session && host ? this.#renderDialog(session, host) : nothing}
      <div class="out-of-sight" role="status" aria-live="polite">${this.announcement}</div>
    `;
  }

  /** What lies over the composite. */
  #renderStage(session: CallSession, host: HostActions, idle: boolean): TemplateResult {
    const instead = this.#renderInstead(session, host);
    if (instead) return instead;
    return html`
      <h1 class="out-of-sight">${session.call.title ?? this.t.call}</h1>
      ${session.audioOnly || session.call.type === 'audio' ? faces(session) : nothing}
      <mullion-tiles .session=${session} .host=${host} .quiet=${idle}></mullion-tiles>
      <mullion-reactions .session=${session} .host=${host}></mullion-reactions>
      ${this.#renderStatus(session)} ${this.#renderBanner(session, host)}
      <div class="bottom">
        <mullion-controls
          .session=${session}
          .host=${host}
          .media=${this.media}
          .unread=${this.unread}
          .open=${this.dialog === 'more' ? 'more' : this.panel}
        ></mullion-controls>
      </div>
    `;
  }

  readonly #onRemove = ({ detail }: CustomEvent<PersonQuestion>): void => {
    this.toRemove = detail;
    this.dialog = 'remove';
  };

  /** What is there before one is in the call. */
  #renderInstead(session: CallSession, host: HostActions): TemplateResult | null {
    if (session.state === 'waiting')
      return html`<mullion-door .session=${session} .host=${host}></mullion-door>`;
    const { call, userId } = session;
    if (call.status !== 'ringing' || call.created_by !== userId) return null;
    return html`<mullion-outgoing-call .session=${session} .host=${host}></mullion-outgoing-call>`;
  }

  #renderStatus(session: CallSession): TemplateResult {
    const { t } = this;
    const { recording } = session.call;
    const paused = recording?.status === 'paused';
    const quality = session.quality.get(session.userId);
    const level = quality ? levelOf(quality) : null;
    const about = `${t.yourConnection}: ${qualityName(t, level)}`;
    // The sign stays while the bar hides: who is recorded has to know.
    return html`<div class="status">
      ${
        recording
          ? html`<div class="chip recording ${paused ? 'paused' : ''}">
              <span class="dot"></span>${paused ? t.recordingPausedShort : t.recording}
            </div>`
          : nothing
      }
      ${
        this.elapsed === null
          ? nothing
          : html`<span class="chip timer fades" role="timer" aria-label=${t.timeInCall}
              >${clock(this.elapsed)}</span
            >`
      }
      <button
        class="chip ${level === 1 ? '' : 'fades'}"
        data-control="quality"
        aria-label=${about}
        title=${about}
        @click=${() => this.#do('quality')}
      >
        ${bars(level, 16)}
      </button>
    </div>`;
  }

  #renderBanner(session: CallSession, host: HostActions): TemplateResult {
    const { trouble, asked, soundBlocked, copied } = this;
    const banner = bannerFor(this.t, {
      ...{ session, trouble, asked, soundBlocked, copied, ignored: this.#ignored },
      mutedSpeaking: this.#speech.noticed,
      isHost: host.allowed,
      canInvite: this.#canInvite,
    });
    if (!banner) return html`<div class="top"></div>`;
    const { text, tone = '', waiting = false, detail = '', actions = [] } = banner;
    return html`<div class="top">
      <div
        class="banner ${tone} ${waiting ? '' : 'now'}"
        role=${tone === 'danger' ? 'alert' : 'status'}
      >
        ${waiting ? html`<span class="spinner"></span>` : nothing}
        <span title=${detail || nothing}>${text}</span>
        ${
          actions.length > 0
            ? html`<span class="actions"
                >${actions.map(
                  (action) =>
                    html`<button
                      data-control="banner-${action.name}"
                      @click=${() => this.#act(action)}
                    >
                      ${action.label}
                    </button>`,
                )}
                ${
                  detail
                    ? html`<button
                        data-control="copy-details"
                        aria-label=${this.t.copyDetails}
                        title=${detail}
                        @click=${() => void navigator.clipboard.writeText(detail)}
                      >
                        ${icons.copy(18)}
                      </button>`
                    : nothing
                }</span
              >`
            : nothing
        }
      </div>
    </div>`;
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
    const { dialog, t, toRemove } = this;
    if (!dialog) return nothing;
    const close = (): void => void (this.dialog = null);
    const contents: Record<Dialog, () => [heading: string, content: TemplateResult]> = {
      more: () => [
        t.more,
        html`<mullion-more
          .session=${session}
          .host=${host}
          .canInvite=${this.#canInvite}
          .canPicture=${canPicture()}
          .isFullScreen=${document.fullscreenElement !== null}
        ></mullion-more>`,
      ],
      devices: () => [
        t.devices,
        html`<mullion-devices full .media=${this.media}></mullion-devices>`,
      ],
      quality: () => [t.yourConnection, figures(t, session.quality.get(session.userId))],
      help: () => [t.shortcuts, help(t)],
      link: () => [
        t.copyLink,
        html`<input readonly aria-label=${t.copyLink} .value=${this.madeUrl} />`,
      ],
      'end-for-all': () => [
        t.endForAll,
        this.#question(t.endForAllQuestion, t.endForAll, close, () => host.end()),
      ],
      remove: () => [
        t.removeNamed(toRemove?.name ?? ''),
        this.#question(t.removeQuestion(toRemove?.name ?? ''), t.remove, close, () =>
          host.remove(toRemove?.userId ?? ''),
        ),
      ],
    };
    const [heading, content] = contents[dialog]();
    return html`<mullion-dialog
      class="dialog"
      .heading=${heading}
      @mullion-close=${close}
      @mullion-do=${({ detail }: CustomEvent<Deed>) => this.#do(detail)}
      >${content}</mullion-dialog
    >`;
  }

  #question(text: string, label: string, close: () => void, act: () => void): TemplateResult {
    return html`<div class="question">
      <p>${text}</p>
      <div>
        <button class="plain" data-control="no" @click=${close}>${this.t.cancel}</button>
        <button
          class="danger"
          data-control="yes"
          @click=${() => {
            close();
            act();
          }}
        >
          ${label}
        </button>
      </div>
    </div>`;
  }
}

function canPicture(): boolean {
  // Firefox has a way of its own, on the picture.
  return (document as { pictureInPictureEnabled?: boolean }).pictureInPictureEnabled === true;
}

/** Whether the focus is where a person sees it, as after a key. */
function focusIsSeen(): boolean {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.matches(':focus-visible') === true;
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-call': MullionCall;
  }
}
