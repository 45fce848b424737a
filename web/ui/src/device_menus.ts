import {
  type CameraOptions,
  type Device,
  type Devices,
  listDevices,
  type LocalMedia,
  type MicrophoneOptions,
  onDevicesChanged,
} from '@mullion/client';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MullionElement } from './element.js';
import { icons } from './icons.js';
import './level.js';
import { playTestSound } from './sounds.js';
import { buttons, fields, tokens } from './tokens.js';
import { explain } from './words.js';

type Work = 'echoCancellation' | 'noiseSuppression' | 'autoGainControl';

/**
 * `<mullion-devices>`: which camera, microphone and speaker, how loud one is, and a sound to try.
 * What is chosen is used at once, also in a call.
 */
@customElement('mullion-devices')
export class MullionDevices extends MullionElement {
  static override styles = [
    tokens,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        gap: 16px;
      }

      label:not(.check) {
        margin-bottom: 4px;
      }

      .row {
        display: flex;
        gap: 8px;
      }

      .row button {
        flex: none;
        width: 48px;
        min-height: 48px;
        padding: 0;
      }

      mullion-level {
        display: block;
        margin: 8px 0 0;
      }

      .trouble {
        margin: 0;
        color: var(--mullion-danger);
      }
    `,
  ];

  @property({ attribute: false }) media!: LocalMedia;
  /** Also how loud one is, and what the browser does to the sound. */
  @property({ type: Boolean }) full = false;
  @state() private devices: Devices = { cameras: [], microphones: [], speakers: [] };
  @state() private trouble: unknown = null;
  #undo: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#undo = [onDevicesChanged(() => void this.#list())];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const undo of this.#undo) undo();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('media')) return;
    // Names are told once a device is open.
    this.#undo.push(this.media.on('change', () => void this.#list()));
    void this.#list();
  }

  async #list(): Promise<void> {
    this.devices = await listDevices();
    this.requestUpdate();
  }

  async #change(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.trouble = null;
    } catch (error) {
      this.trouble = error;
    }
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { t, media } = this;
    const { cameras, microphones, speakers } = this.devices;
    const camera = (options: CameraOptions): void =>
      void this.#change(media.choose('camera', options));
    const microphone = (options: MicrophoneOptions): void =>
      void this.#change(media.choose('microphone', options));
    return html`
      ${this.#renderMenu('camera', t.camera, cameras, deviceOf(media.camera), (deviceId) =>
        camera({ deviceId }),
      )}
      <div>
        ${this.#renderMenu(
          'microphone',
          t.microphone,
          microphones,
          deviceOf(media.microphone),
          (deviceId) => microphone({ deviceId }),
        )}
        ${
          this.full && media.microphone
            ? html`<mullion-level .track=${media.microphone}></mullion-level>`
            : nothing
        }
      </div>
      ${this.#renderSpeaker(speakers)}
      ${
        this.full
          ? html`<div>
              ${this.#renderWork('echoCancellation', t.echoCancellation, microphone)}
              ${this.#renderWork('noiseSuppression', t.noiseSuppression, microphone)}
              ${this.#renderWork('autoGainControl', t.autoGain, microphone)}
            </div>`
          : nothing
      }
      ${this.trouble ? html`<p class="trouble" role="alert">${explain(this.trouble)}</p>` : nothing}
    `;
  }

  #renderMenu(
    id: string,
    label: string,
    devices: Device[],
    chosen: string,
    choose: (id: string) => void,
  ): TemplateResult {
    return html`<div>
      <label for=${id}>${label}</label>
      <select
        id=${id}
        ?disabled=${devices.length === 0}
        @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}
      >
        ${
          devices.length === 0
            ? html`<option>${this.t.standardDevice}</option>`
            : devices.map(
                (device, index) =>
                  html`<option value=${device.id} ?selected=${device.id === chosen}>
                    ${device.name || this.t.nthDevice(label, index + 1)}
                  </option>`,
              )
        }
      </select>
    </div>`;
  }

  #renderSpeaker(speakers: Device[]): TemplateResult {
    const { t, media } = this;
    const test = html`<button
      class="plain"
      data-control="test-sound"
      aria-label=${t.testSound}
      title=${t.testSound}
      @click=${() => void playTestSound(media.speaker)}
    >
      ${icons.speaker(20)}
    </button>`;
    return html`<div>
      <label for="speaker">${t.speaker}</label>
      <div class="row">
        <select
          id="speaker"
          ?disabled=${speakers.length === 0}
          @change=${(event: Event) => (media.speaker = (event.target as HTMLSelectElement).value)}
        >
          ${
            speakers.length === 0
              ? html`<option>${t.standardDevice}</option>`
              : speakers.map(
                  ({ id, name }, index) =>
                    html`<option value=${id} ?selected=${id === media.speaker}>
                      ${name || t.nthDevice(t.speaker, index + 1)}
                    </option>`,
                )
          }
        </select>
        ${test}
      </div>
    </div>`;
  }

  #renderWork(
    work: Work,
    label: string,
    change: (options: MicrophoneOptions) => void,
  ): TemplateResult {
    return html`<label class="check">
      <input
        type="checkbox"
        .checked=${this.media.optionsOf('microphone')[work] ?? true}
        @change=${(event: Event) => change({ [work]: (event.target as HTMLInputElement).checked })}
      />
      ${label}
    </label>`;
  }
}

/** The device that a track is of. */
function deviceOf(track: MediaStreamTrack | null): string {
  return track?.getSettings().deviceId ?? '';
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-devices': MullionDevices;
  }
}
