import {
  type CallSession,
  openCamera,
  openMicrophone,
  presentIn,
  type SessionEnd,
} from '@mullion/client';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import { styleMap } from 'lit/directives/style-map.js';
import { callStyle } from './call_style.js';
import { icons } from './icons.js';
import { ownTile, placeTile } from './letterbox.js';
import { buttons, onStage, tokens } from './tokens.js';
import { clock, detailOf, explain } from './words.js';

/** One thing at a time, with what to do. */
interface Banner {
  text: string;
  tone?: 'warn' | 'danger';
  waiting?: boolean;
  detail?: string;
  action?: { label: string; run: () => void };
}

/** The bar goes when nothing has moved for this long. */
const kIdleAfter = 3_000;

/**
 * `<mullion-call>`: one call, from the inside.
 *
 * Set `session` to what `Client.start`, `answer` or `join` resolves with; `inviteUrl` offers a link
 * to copy. The component owns the session's microphone and camera tracks: it opens them again when
 * they are turned on and stops them at the end. Keys: `m` microphone, `v` camera.
 *
 * @fires mullion-ended - A `CustomEvent` with a {@link SessionEnd}, when the session is over.
 */
@customElement('mullion-call')
export class MullionCall extends LitElement {
  static override styles = [tokens, onStage, buttons, callStyle];

  @property({ attribute: false }) session: CallSession | null = null;
  @property({ attribute: 'invite-url' }) inviteUrl = '';
  /** What is to be told first, such as a camera that could not be opened. */
  @property({ attribute: false }) notice: unknown = null;

  @state() private elapsed = 0;
  @state() private copied = false;
  @state() private announcement = '';
  @state() private trouble: unknown = null;
  @state() private soundBlocked = false;
  @query('.composite') private readonly composite!: HTMLVideoElement;
  #undo: (() => void)[] = [];
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #clockTimer: ReturnType<typeof setInterval> | undefined;
  #answeredAt = 0;
  readonly #resize = new ResizeObserver(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#onKey);
    for (const event of ['pointermove', 'pointerdown', 'focusin'])
      this.addEventListener(event, this.#wake);
    this.#resize.observe(this);
    this.#clockTimer = setInterval(() => this.#tick(), 500);
    this.#wake();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
    this.#resize.disconnect();
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

  #follow(): void {
    this.#forget();
    const { session } = this;
    if (!session) return;
    const redraw = (): void => this.requestUpdate();
    this.#undo = [
      session.on('state', redraw),
      session.on('layout', redraw),
      session.on('speaker', redraw),
      session.on('muted', () => {
        this.#say('The host has muted you');
        redraw();
      }),
      session.on('call', () => {
        this.#tellWhoCame();
        this.#tellRecording();
        redraw();
      }),
      session.on('ended', (end) => this.#onEnded(session, end)),
    ];
    // It may have ended before this component was there to hear it.
    if (session.end) this.#onEnded(session, session.end);
  }

  #forget(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }

  #onEnded(session: CallSession, end: SessionEnd): void {
    const { audio, camera, screen } = session.tracks;
    for (const track of [audio, camera, screen]) track?.stop();
    this.dispatchEvent(new CustomEvent('mullion-ended', { detail: end, bubbles: true }));
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
    if (!call?.answered_at) return;
    // The server's count and one's own clock: the two clocks need not agree.
    if (this.#answeredAt === 0) this.#answeredAt = Date.now() - call.duration * 1000;
    this.elapsed = Math.floor((Date.now() - this.#answeredAt) / 1000);
  }

  #present = new Set<string>();

  #tellWhoCame(): void {
    const call = this.session?.call;
    if (!call) return;
    const now = new Set(presentIn(call).map(({ user_id }) => user_id));
    for (const { user_id, name } of call.participants) {
      if (user_id === this.session?.userId || now.has(user_id) === this.#present.has(user_id))
        continue;
      this.#say(`${name || user_id} ${now.has(user_id) ? 'joined' : 'left'}`);
    }
    this.#present = now;
  }

  #wasRecorded = '';

  #tellRecording(): void {
    const status = this.session?.call.recording?.status ?? '';
    if (status === this.#wasRecorded) return;
    this.#wasRecorded = status;
    if (status === 'recording') this.#say('This call is being recorded');
    else this.#say(status === 'paused' ? 'The recording is paused' : 'The recording has ended');
  }

  #say(text: string): void {
    this.announcement = text;
  }

  readonly #wake = (): void => {
    this.classList.remove('idle');
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.classList.add('idle'), kIdleAfter);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    this.#wake();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = event.composedPath()[0];
    if (target instanceof Element && target.closest('input, textarea, select, [contenteditable]'))
      return;
    if (event.key === 'm') void this.#toggleMicrophone();
    if (event.key === 'v') void this.#toggleCamera();
  };

  async #toggleMicrophone(): Promise<void> {
    const { session } = this;
    if (!session) return;
    await this.#withDevice(async () => {
      if (session.tracks.audio) session.setAudioMuted(!session.audioMuted);
      else await session.setMicrophone(await openMicrophone());
      this.#say(session.audioMuted ? 'Microphone off' : 'Microphone on');
    });
  }

  async #toggleCamera(): Promise<void> {
    const { session } = this;
    if (!session) return;
    await this.#withDevice(async () => {
      const { camera } = session.tracks;
      await session.setCamera(camera ? null : await openCamera());
      camera?.stop();
      this.#say(camera ? 'Camera off' : 'Camera on');
    });
  }

  async #withDevice(change: () => Promise<void>): Promise<void> {
    try {
      await change();
      this.trouble = null;
    } catch (error) {
      this.trouble = error;
    }
    this.requestUpdate();
  }

  async #copyLink(): Promise<void> {
    await navigator.clipboard.writeText(this.inviteUrl);
    this.copied = true;
    this.#say('Link copied');
    setTimeout(() => (this.copied = false), 2_000);
  }

  #hangUp(): void {
    // The page goes on at once; a server that does not hear it notices the silence.
    this.session?.hangUp().catch(() => undefined);
  }

  #banner(): Banner | null {
    const { session } = this;
    if (!session) return null;
    if (this.trouble)
      return {
        text: explain(this.trouble),
        tone: 'danger',
        detail: detailOf(this.trouble),
        action: { label: 'Close', run: () => (this.trouble = null) },
      };
    if (session.state === 'waiting') return { text: 'A host lets you in soon.', waiting: true };
    if (session.state === 'connecting') return { text: 'Connecting…', waiting: true };
    if (session.state === 'reconnecting')
      return {
        text: 'Reconnecting. The others see you again in a moment.',
        tone: 'warn',
        waiting: true,
      };
    if (this.soundBlocked)
      return {
        text: 'Your browser holds the sound back.',
        action: { label: 'Turn on sound', run: () => void this.#play() },
      };
    const others = presentIn(session.call).filter(({ user_id }) => user_id !== session.userId);
    if (others.length > 0) return null;
    if (session.call.status === 'ringing') return { text: 'Ringing…', waiting: true };
    const were = session.call.participants.some(
      ({ user_id, joined_at }) => user_id !== session.userId && joined_at !== null,
    );
    if (were)
      return {
        text: 'Everybody else has left.',
        action: { label: 'Leave', run: () => this.#hangUp() },
      };
    if (!this.inviteUrl) return { text: 'Nobody else is here yet.' };
    return {
      text: 'Nobody else is here yet.',
      action: {
        label: this.copied ? 'Link copied' : 'Copy link',
        run: () => void this.#copyLink(),
      },
    };
  }

  protected override render(): TemplateResult {
    return html`
      <video class="composite" autoplay playsinline aria-label="The call"></video>
      ${this.#renderSelf()} ${this.#renderRecording()} ${this.#renderBanner()} ${this.#renderBar()}
      <div class="out-of-sight" role="status" aria-live="polite">${this.announcement}</div>
    `;
  }

  #renderSelf(): TemplateResult | typeof nothing {
    const { session } = this;
    const camera = session?.tracks.camera;
    const layout = session?.layout;
    const tile = session && layout && ownTile(layout.tiles, session.userId);
    if (!camera || !tile) return nothing;
    const box = { width: this.clientWidth, height: this.clientHeight };
    const { x, y, width, height, scale } = placeTile(tile, layout.canvas, box);
    const style = {
      left: `${x}px`,
      top: `${y}px`,
      width: `${width}px`,
      height: `${height}px`,
      borderRadius: `${8 * scale}px`,
      // As large as the server writes the others' names, and legible.
      fontSize: `${Math.max(11, Math.max(13, tile.height * 0.032) * scale)}px`,
    };
    const speaking = session.speaker === session.userId && !session.audioMuted;
    return html`<div class=${classMap({ self: true, speaking })} style=${styleMap(style)}>
      <video
        autoplay
        playsinline
        muted
        .srcObject=${this.#preview(camera)}
        aria-hidden="true"
      ></video>
      <span class="pill">You ${session.audioMuted ? icons.micOff(14) : nothing}</span>
    </div>`;
  }

  /** It stays while the bar hides: who is recorded has to know. */
  #renderRecording(): TemplateResult | typeof nothing {
    const recording = this.session?.call.recording;
    if (!recording) return nothing;
    const paused = recording.status === 'paused';
    return html`<div class=${classMap({ recording: true, paused })}>
      <span class="dot"></span>${paused ? 'Recording paused' : 'Recording'}
    </div>`;
  }

  #previewStream: MediaStream | null = null;

  /** The same stream for the same track, or the preview would begin anew with each drawing. */
  #preview(track: MediaStreamTrack): MediaStream | null {
    if (this.#previewStream?.getTracks()[0] !== track)
      this.#previewStream = new MediaStream([track]);
    return this.#previewStream;
  }

  #renderBanner(): TemplateResult {
    const banner = this.#banner();
    if (!banner) return html`<div class="top"></div>`;
    const { text, tone = '', waiting = false, detail = '', action } = banner;
    return html`<div class="top">
      <div
        class=${classMap({ banner: true, now: !waiting, [tone]: tone !== '' })}
        role=${tone === 'danger' ? 'alert' : 'status'}
      >
        ${waiting ? html`<span class="spinner"></span>` : nothing}
        <span title=${detail || nothing}>${text}</span>
        ${action ? html`<button @click=${action.run}>${action.label}</button>` : nothing}
      </div>
    </div>`;
  }

  #renderBar(): TemplateResult {
    const muted = this.session?.audioMuted ?? true;
    const hidden = this.session?.videoMuted ?? true;
    const mic = muted ? 'Turn microphone on' : 'Turn microphone off';
    const camera = hidden ? 'Turn camera on' : 'Turn camera off';
    return html`<div class="bottom">
      <div class="bar" role="toolbar" aria-label="Call">
        <span class="timer" role="timer" aria-label="Time in call">${clock(this.elapsed)}</span>
        <button
          class="round"
          data-control="microphone"
          aria-label=${mic}
          title="${mic} (m)"
          aria-pressed=${muted}
          @click=${() => void this.#toggleMicrophone()}
        >
          ${muted ? icons.micOff() : icons.mic()}
        </button>
        ${
          this.session?.call.type === 'audio'
            ? nothing
            : html`<button
                class="round"
                data-control="camera"
                aria-label=${camera}
                title="${camera} (v)"
                aria-pressed=${hidden}
                @click=${() => void this.#toggleCamera()}
              >
                ${hidden ? icons.videoOff() : icons.video()}
              </button>`
        }
        ${
          this.inviteUrl
            ? html`<button
                class="round"
                data-control="link"
                aria-label="Copy link"
                title="Copy link"
                @click=${() => void this.#copyLink()}
              >
                ${this.copied ? icons.check() : icons.link()}
              </button>`
            : nothing
        }
        <button
          class="round danger"
          data-control="hang-up"
          aria-label="Leave the call"
          title="Leave the call"
          @click=${() => this.#hangUp()}
        >
          ${icons.phoneOff()}
        </button>
      </div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-call': MullionCall;
  }
}
