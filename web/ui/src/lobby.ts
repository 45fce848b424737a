import { type DeviceError, LocalMedia, type MediaKind } from '@mullion/client';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import './device_menus.js';
import './level.js';
import { MullionElement } from './element.js';
import { icons } from './icons.js';
import { pictureOf } from './picture.js';
import { buttons, tokens } from './tokens.js';
import { explain, initials } from './words.js';

const kKinds: readonly MediaKind[] = ['camera', 'microphone'];

/**
 * `<mullion-lobby>`: seeing and hearing oneself before going in, and choosing the devices.
 *
 * Devices are opened into `media` when the person asks for it, or by {@link ready}; at once where
 * the browser has been allowed them before.
 */
@customElement('mullion-lobby')
export class MullionLobby extends MullionElement {
  static override styles = [
    tokens,
    buttons,
    css`
      :host {
        display: grid;
        gap: 16px;
      }

      .empty {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 12px;
        padding: 16px 16px 76px;
        text-align: center;
      }

      .over {
        background: rgb(14 17 22 / 80%);
      }

      .face {
        display: grid;
        place-items: center;
        width: 80px;
        height: 80px;
        border-radius: 50%;
        background: #2b3441;
        color: #e9edf2;
        font-size: 31px;
        font-weight: 600;
      }

      .controls {
        position: absolute;
        inset-inline: 0;
        bottom: 12px;
        display: flex;
        justify-content: center;
        gap: 12px;
      }

      summary {
        min-height: 44px;
        padding: 10px 0;
        color: var(--mullion-accent);
        font-weight: 550;
        cursor: pointer;
      }

      summary:focus-visible {
        outline: 2px solid var(--mullion-accent);
        outline-offset: 2px;
      }

      .trouble {
        max-width: 44ch;
        margin: 0;
      }
    `,
    css`
      .stage {
        position: relative;
        overflow: hidden;
        aspect-ratio: 16 / 9;
        border-radius: 12px;
        background: var(--mullion-stage);
      }

      video {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        object-fit: cover;
        transform: scaleX(-1);
      }

      .stage,
      .stage button {
        color: #e9edf2;
      }

      .stage button.plain {
        border-color: #4a5668;
        background: #1f2630;
      }

      .controls button {
        background: rgb(43 52 65 / 92%);
      }

      .controls button[aria-pressed='true'] {
        background: #e9edf2;
        color: #0e1116;
      }

      .stage button:focus-visible {
        outline-color: #3ecfb2;
      }
    `,
  ];

  @property() name = '';
  @property({ attribute: false }) media = new LocalMedia();
  /** What one goes in with. */
  @state() private wanted: Record<MediaKind, boolean> = { camera: true, microphone: true };
  @state() private trouble: DeviceError | null = null;
  #undo: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#openIfAllowed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const undo of this.#undo.splice(0)) undo();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('media')) return;
    for (const undo of this.#undo.splice(0)) undo();
    this.#undo = [
      this.media.on('change', () => this.requestUpdate()),
      this.media.on('trouble', (error) => (this.trouble = error)),
    ];
  }

  /** Opens what is wanted and not open yet. @returns the first trouble, where there was any. */
  async ready(): Promise<DeviceError | null> {
    this.trouble = null;
    for (const kind of kKinds) if (this.wanted[kind]) await this.#open(kind);
    return this.trouble;
  }

  /** Whether to go in with the camera. */
  wantCamera(wanted: boolean): void {
    this.wanted = { ...this.wanted, camera: wanted };
    if (!wanted) this.media.turnOff('camera');
  }

  async #openIfAllowed(): Promise<void> {
    for (const name of kKinds) {
      try {
        // The names are younger than the DOM's types.
        const { state } = await navigator.permissions.query({ name: name });
        if (state === 'granted' && this.wanted[name] && this.isConnected) await this.#open(name);
      } catch {
        // A browser that does not know this permission asks when the person goes in.
      }
    }
  }

  async #open(kind: MediaKind): Promise<void> {
    try {
      await this.media.turnOn(kind);
    } catch (error) {
      this.trouble ??= error as DeviceError;
    }
  }

  async #toggle(kind: MediaKind): Promise<void> {
    const wanted = !this.wanted[kind];
    this.wanted = { ...this.wanted, [kind]: wanted };
    this.trouble = null;
    if (wanted) await this.#open(kind);
    else this.media.turnOff(kind);
  }

  protected override render(): TemplateResult {
    const { t, media } = this;
    return html`
      <div class="stage">
        ${
          media.camera
            ? html`<video
                autoplay
                playsinline
                muted
                aria-label=${t.yourCamera}
                .srcObject=${live(pictureOf(media.camera))}
              ></video>`
            : nothing
        }
        ${this.#renderEmpty()}
        <div class="controls">
          ${this.#renderToggle('microphone', t.withMicrophone, t.withoutMicrophone)}
          ${this.#renderToggle('camera', t.withCamera, t.withoutCamera)}
        </div>
      </div>
      <mullion-level .track=${media.microphone}></mullion-level>
      ${this.#renderMenus()}
    `;
  }

  /** On a phone one goes in first, and looks for another device where the first is wrong. */
  #renderMenus(): TemplateResult {
    const menus = html`<mullion-devices .media=${this.media}></mullion-devices>`;
    if (!matchMedia('(width < 800px)').matches) return menus;
    return html`<details>
      <summary>${this.t.devices}</summary>
      ${menus}
    </details>`;
  }

  #renderToggle(kind: MediaKind, on: string, off: string): TemplateResult {
    const wanted = this.wanted[kind];
    const label = wanted ? off : on;
    const [shown, hidden] =
      kind === 'camera' ? [icons.video, icons.videoOff] : [icons.mic, icons.micOff];
    return html`<button
      class="round"
      data-control=${kind}
      aria-label=${label}
      title=${label}
      aria-pressed=${!wanted}
      @click=${() => void this.#toggle(kind)}
    >
      ${wanted ? shown() : hidden()}
    </button>`;
  }

  #renderEmpty(): TemplateResult | typeof nothing {
    const { t } = this;
    if (this.trouble)
      return html`<div class="empty over">
        <p class="trouble" role="alert">${explain(this.trouble)}</p>
        <button class="plain" data-control="see" @click=${() => void this.ready()}>
          ${t.seeYourself}
        </button>
      </div>`;
    if (this.media.camera) return nothing;
    const letters = initials(this.name);
    return html`<div class="empty">
      <div class="face" aria-hidden="true">${letters === '' ? icons.video(32) : letters}</div>
      ${
        this.wanted.camera
          ? html`<button class="plain" data-control="see" @click=${() => void this.ready()}>
              ${t.seeYourself}
            </button>`
          : html`<span>${t.cameraIsOff}</span>`
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-lobby': MullionLobby;
  }
}
