import { buttons, icons, MullionElement, onStage, tokens } from '@mullion/ui';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { broadcastAt, type BroadcastAddress, Over, type Player } from './broadcast.js';
import { playByHls } from './hls_player.js';
import { playByWhep } from './whep_player.js';

const kRetry = 3000;

type State = 'connecting' | 'playing' | 'waiting' | 'over' | 'gone';

/**
 * Shows a broadcast: by WHEP, and where that is not possible by HLS; `?by=hls` begins with that. The
 * clock says how far behind the picture is.
 */
@customElement('mullion-watch')
export class MullionWatch extends MullionElement {
  static override styles = [
    tokens,
    onStage,
    buttons,
    css`
      :host {
        position: fixed;
        inset: 0;
        display: grid;
        background: var(--mullion-stage);
        color: var(--mullion-ink);
      }

      video {
        grid-area: 1 / 1;
        width: 100%;
        height: 100dvh;
        object-fit: contain;
      }

      .news,
      .bar {
        grid-area: 1 / 1;
        display: flex;
        align-items: center;
        gap: 12px;
        padding: 16px;
      }

      .news {
        place-self: center;
        flex-direction: column;
        max-width: 40ch;
        text-align: center;
      }

      .news h1 {
        margin: 0;
        font-size: 1.25rem;
      }

      .news p {
        margin: 0;
        color: var(--mullion-quiet);
      }

      .bar {
        align-self: end;
        justify-content: end;
        background: linear-gradient(transparent, rgb(14 17 22 / 80%));
        padding-block-start: 48px;
      }

      .live {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-inline-end: auto;
        font-variant-numeric: tabular-nums;
      }

      .live::before {
        content: '';
        width: 10px;
        height: 10px;
        border-radius: 50%;
        background: var(--mullion-danger);
      }
    `,
  ];

  @state() private view: State = 'connecting';
  @state() private muted = true;
  @state() private age: number | null = null;
  @query('video') private readonly video!: HTMLVideoElement;
  readonly #address: BroadcastAddress | null = broadcastAt(location.pathname, location.search);
  #player: Player | null = null;
  #byHls = new URLSearchParams(location.search).get('by') === 'hls';
  #again: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.#address) this.view = 'gone';
    this.#tick = setInterval(() => (this.age = this.#player?.age() ?? null), 500);
    globalThis.addEventListener('pagehide', () => this.#player?.stop());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#tick);
    clearTimeout(this.#again);
    this.#player?.stop();
  }

  protected override firstUpdated(): void {
    if (this.#address) void this.#play(this.#address);
  }

  async #play(address: BroadcastAddress): Promise<void> {
    const events = {
      playing: () => (this.view = 'playing'),
      ended: (over: boolean) => this.#onEnded(address, over),
    };
    try {
      this.#player = this.#byHls
        ? await playByHls(this.video, address.hls, events)
        : await playByWhep(this.video, address.whep, events);
    } catch (error) {
      if (this.#byHls || error instanceof Over) {
        this.#onEnded(address, error instanceof Over);
        return;
      }
      this.#byHls = true;
      await this.#play(address);
    }
  }

  /** What is not over is tried again, and what comes back goes on. */
  #onEnded(address: BroadcastAddress, over: boolean): void {
    this.#player?.stop();
    this.#player = null;
    this.view = over ? 'over' : 'waiting';
    if (over) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#play(address), kRetry);
  }

  #listen(): void {
    this.muted = !this.muted;
    void this.video.play();
  }

  #fill(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.requestFullscreen();
  }

  protected override render(): TemplateResult {
    const { t } = this;
    const news = {
      connecting: [t.watchConnecting, ''],
      waiting: [t.watchWaiting, t.watchWaitingHint],
      over: [t.watchOver, ''],
      gone: [t.watchGone, t.watchGoneHint],
    };
    const said = this.view === 'playing' ? null : news[this.view];
    return html`
      <video autoplay playsinline .muted=${this.muted} aria-label=${t.watchPicture}></video>
      ${
        said
          ? html`<div class="news" role="status">
              <h1>${said[0]}</h1>
              ${said[1] ? html`<p>${said[1]}</p>` : nothing}
            </div>`
          : html`<div class="bar">
              <span class="live">
                ${this.age === null || this.age < 0.5 ? t.watchLive : t.watchBehind(this.age.toFixed(1))}
              </span>
              <button
                class="round"
                aria-label=${this.muted ? t.watchUnmute : t.watchMute}
                title=${this.muted ? t.watchUnmute : t.watchMute}
                @click=${() => this.#listen()}
              >
                ${this.muted ? icons.speakerOff() : icons.speaker()}
              </button>
              <button
                class="round"
                aria-label=${t.fullScreen}
                title=${t.fullScreen}
                @click=${() => this.#fill()}
              >
                ${icons.fullScreen()}
              </button>
            </div>`
      }
    `;
  }
}
