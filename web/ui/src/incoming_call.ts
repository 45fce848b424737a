import type { Call } from '@mullion/client';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { MullionElement } from './element.js';
import { icons } from './icons.js';
import { ringStyle } from './ring_style.js';
import { ring } from './sounds.js';
import { buttons, onStage, tokens } from './tokens.js';
import { initials, nameIn } from './words.js';

/**
 * `<mullion-incoming-call>`: who rings, and the answers. It rings as long as it is on the page.
 *
 * @fires mullion-accept - A `CustomEvent` whose detail says whether with `video`.
 * @fires mullion-reject
 */
@customElement('mullion-incoming-call')
export class MullionIncomingCall extends MullionElement {
  static override styles = [tokens, onStage, buttons, ringStyle];

  @property({ attribute: false }) call: Call | null = null;
  #silence: (() => void) | undefined;
  #titleBefore = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.#titleBefore = document.title;
    this.#silence = ring();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#silence?.();
    document.title = this.#titleBefore;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLButtonElement>('.primary')?.focus();
  }

  protected override updated(): void {
    if (this.call) document.title = this.t.rings(callerOf(this.call));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { call, t } = this;
    if (!call) return nothing;
    const name = callerOf(call);
    const isVideo = call.type === 'video';
    const kind = isVideo ? t.videoCall : t.audioCall;
    return html`<div
      class="ringing"
      role="alertdialog"
      aria-modal="true"
      aria-labelledby="who"
      aria-describedby="what"
    >
      <div class="face" aria-hidden="true">${initials(name)}</div>
      <h1 id="who" dir="auto">${name}</h1>
      <p id="what">${call.title ? `${kind}: ${call.title}` : kind}</p>
      <div class="answers">
        ${this.#renderAnswer('reject', 'danger', t.reject, icons.phoneOff(30), () =>
          this.dispatchEvent(new CustomEvent('mullion-reject', { bubbles: true })),
        )}
        ${
          isVideo
            ? this.#renderAnswer(
                'accept-without-video',
                'plain',
                t.acceptWithoutVideo,
                icons.phone(30),
                () => this.#accept(false),
              )
            : nothing
        }
        ${this.#renderAnswer(
          'accept',
          'primary',
          isVideo ? t.acceptWithVideo : t.accept,
          isVideo ? icons.video(30) : icons.phone(30),
          () => this.#accept(isVideo),
        )}
      </div>
    </div>`;
  }

  #renderAnswer(
    control: string,
    look: string,
    label: string,
    icon: TemplateResult,
    answer: () => void,
  ): TemplateResult {
    return html`<div>
      <button class="round ${look}" data-control=${control} aria-label=${label} @click=${answer}>
        ${icon}
      </button>
      <span aria-hidden="true">${label}</span>
    </div>`;
  }

  #accept(video: boolean): void {
    this.dispatchEvent(new CustomEvent('mullion-accept', { detail: { video }, bubbles: true }));
  }
}

/** The name of who has started a call. */
export function callerOf(call: Call): string {
  return nameIn(call.participants, call.created_by);
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-incoming-call': MullionIncomingCall;
  }
}
