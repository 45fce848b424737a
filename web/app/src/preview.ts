import { DeviceError, openCamera, openMicrophone } from '@mullion/client';
import { buttons, icons, initials, tokens } from '@mullion/ui';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';

/** What one goes into a call with. */
export interface Devices {
  audio: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  /** The first device that could not be opened. */
  trouble: DeviceError | null;
}

/**
 * Seeing oneself before going in, and choosing what to send. Devices are opened when the person
 * asks for the picture, or goes in; at once where the browser has been allowed them before.
 */
@customElement('mullion-preview')
export class MullionPreview extends LitElement {
  static override styles = [
    tokens,
    buttons,
    css`
      :host {
        position: relative;
        display: block;
        aspect-ratio: 16 / 9;
        overflow: hidden;
        border-radius: 12px;
        background: var(--mullion-stage);
        color: #e9edf2;
      }

      video {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        object-fit: cover;
        transform: scaleX(-1);
      }

      .empty {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 12px;
        padding: 16px 16px 72px;
        color: #9aa7b8;
        text-align: center;
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
        left: 0;
        right: 0;
        bottom: 12px;
        display: flex;
        justify-content: center;
        gap: 12px;
      }

      .controls button {
        background: rgb(43 52 65 / 90%);
        color: #e9edf2;
      }

      .controls button[aria-pressed='true'] {
        background: #e9edf2;
        color: #0e1116;
      }

      .controls button:focus-visible {
        outline-color: #3ecfb2;
      }
    `,
  ];

  @property() name = '';
  @state() private camera: MediaStreamTrack | null = null;
  @state() private cameraWanted = true;
  @state() private microphoneWanted = true;
  @state() private trouble: DeviceError | null = null;
  #stream: MediaStream | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#openIfAllowed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  /** Opens what is wanted and hands it over; the caller stops the tracks. */
  async take(): Promise<Devices> {
    const devices: Devices = { audio: null, camera: null, trouble: null };
    if (this.cameraWanted) {
      devices.camera = this.camera ?? (await this.#try(openCamera, devices));
      // The call has it now.
      this.camera = null;
    }
    if (this.microphoneWanted) devices.audio = await this.#try(openMicrophone, devices);
    return devices;
  }

  async #try(
    open: () => Promise<MediaStreamTrack>,
    devices: Devices,
  ): Promise<MediaStreamTrack | null> {
    try {
      return await open();
    } catch (error) {
      devices.trouble ??= error instanceof DeviceError ? error : null;
      return null;
    }
  }

  async #openIfAllowed(): Promise<void> {
    try {
      const { state } = await navigator.permissions.query({ name: 'camera' });
      if (state === 'granted') await this.#open();
    } catch {
      // A browser that does not know this permission asks when the person goes in.
    }
  }

  async #open(): Promise<void> {
    try {
      this.cameraWanted = true;
      this.camera = await openCamera();
      this.trouble = null;
      if (!this.isConnected) this.#stop();
    } catch (error) {
      this.trouble = error instanceof DeviceError ? error : null;
    }
  }

  #stop(): void {
    this.camera?.stop();
    this.camera = null;
  }

  #toggleCamera(): void {
    if (this.camera) {
      this.#stop();
      this.cameraWanted = false;
    } else if (this.cameraWanted) this.cameraWanted = false;
    else void this.#open();
  }

  #picture(): MediaStream | null {
    if (!this.camera) this.#stream = null;
    else if (this.#stream?.getTracks()[0] !== this.camera)
      this.#stream = new MediaStream([this.camera]);
    return this.#stream;
  }

  protected override render(): TemplateResult {
    const mic = this.microphoneWanted ? 'Go in without microphone' : 'Go in with microphone';
    const camera = this.cameraWanted ? 'Go in without camera' : 'Go in with camera';
    return html`
      ${
        this.camera
          ? html`<video
              autoplay
              playsinline
              muted
              aria-label="Your camera"
              .srcObject=${this.#picture()}
            ></video>`
          : this.#renderEmpty()
      }
      <div class="controls">
        <button
          class="round"
          aria-label=${mic}
          title=${mic}
          aria-pressed=${!this.microphoneWanted}
          @click=${() => (this.microphoneWanted = !this.microphoneWanted)}
        >
          ${this.microphoneWanted ? icons.mic() : icons.micOff()}
        </button>
        <button
          class="round"
          aria-label=${camera}
          title=${camera}
          aria-pressed=${!this.cameraWanted}
          @click=${() => this.#toggleCamera()}
        >
          ${this.cameraWanted ? icons.video() : icons.videoOff()}
        </button>
      </div>
    `;
  }

  #renderEmpty(): TemplateResult {
    const letters = initials(this.name);
    return html`<div class="empty">
      <div class="face" aria-hidden="true">${letters === '' ? icons.video(32) : letters}</div>
      ${
        this.trouble
          ? html`<span role="alert">${this.trouble.message}</span>`
          : this.cameraWanted
            ? html`<button @click=${() => void this.#open()}>See yourself first</button>`
            : nothing
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-preview': MullionPreview;
  }
}
