import { LevelMeter } from '@mullion/client';
import { css, html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MullionElement } from './element.js';
import { tokens } from './tokens.js';

/** The quietest that is shown, in dB of full scale. */
const kFloor = -60;

/** `<mullion-level>`: how loud a microphone is, as a bar. */
@customElement('mullion-level')
export class MullionLevel extends MullionElement {
  static override styles = [
    tokens,
    css`
      .bar {
        height: 8px;
        overflow: hidden;
        border-radius: 4px;
        background: var(--mullion-line);
      }

      .bar div {
        height: 100%;
        width: 100%;
        transform: scaleX(0);
        transform-origin: left;
        background: var(--mullion-accent);
      }

      :host([dir='rtl']) .bar div {
        transform-origin: right;
      }
    `,
  ];

  @property({ attribute: false }) track: MediaStreamTrack | null = null;
  #meter: LevelMeter | null = null;
  #frame = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#start();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('track')) this.#start();
  }

  #start(): void {
    this.#stop();
    if (!this.track) return;
    this.#meter = new LevelMeter(this.track);
    this.#draw();
  }

  #stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#meter?.close();
    this.#meter = null;
    this.#show(0);
  }

  /** By hand: sixty times a second is more often than a template needs. */
  #draw(): void {
    const level = this.#meter?.level() ?? kFloor;
    this.#show(Math.min(1, Math.max(0, 1 - level / kFloor)));
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #show(share: number): void {
    const bar = this.renderRoot.querySelector<HTMLElement>('.bar');
    const fill = bar?.firstElementChild;
    if (!bar || !(fill instanceof HTMLElement)) return;
    fill.style.transform = `scaleX(${share.toFixed(2)})`;
    bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
  }

  protected override render(): TemplateResult {
    return html`<div
      class="bar"
      role="meter"
      aria-label=${this.t.level}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow="0"
    >
      <div></div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-level': MullionLevel;
  }
}
