import type { Call } from '@mullion/client';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icons } from './icons.js';
import { buttons, onStage, tokens } from './tokens.js';
import { initials } from './words.js';

/**
 * `<mullion-ring>`: who rings, and two big answers.
 *
 * @fires mullion-accept
 * @fires mullion-reject
 */
@customElement('mullion-ring')
export class MullionRing extends LitElement {
  static override styles = [
    tokens,
    onStage,
    buttons,
    css`
      :host {
        position: fixed;
        inset: 0;
        z-index: 10;
        display: grid;
        place-items: center;
        padding: 24px;
        background: rgb(14 17 22 / 94%);
        text-align: center;
      }

      .face {
        display: grid;
        place-items: center;
        width: 120px;
        height: 120px;
        margin: 0 auto 24px;
        border-radius: 50%;
        background: var(--mullion-raised);
        box-shadow: 0 0 0 2px var(--mullion-accent);
        font-size: 39px;
        font-weight: 600;
      }

      h2 {
        margin: 0;
        font-size: 31px;
        line-height: 1.25;
        overflow-wrap: anywhere;
      }

      p {
        margin: 4px 0 48px;
        color: var(--mullion-quiet);
      }

      .answers {
        display: flex;
        justify-content: center;
        gap: 72px;
      }

      .answers div {
        display: grid;
        gap: 8px;
        justify-items: center;
      }

      .answers .round {
        width: 72px;
        height: 72px;
      }
    `,
  ];

  @property({ attribute: false }) call: Call | null = null;

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLButtonElement>('.primary')?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { call } = this;
    if (!call) return nothing;
    const caller = call.participants.find(({ user_id }) => user_id === call.created_by);
    const name = caller?.name ?? call.created_by;
    const kind = call.type === 'audio' ? 'Audio call' : 'Video call';
    return html`<div
      role="alertdialog"
      aria-modal="true"
      aria-labelledby="who"
      aria-describedby="what"
    >
      <div class="face" aria-hidden="true">${initials(name)}</div>
      <h2 id="who">${name}</h2>
      <p id="what">${call.title ? `${kind}: ${call.title}` : kind}</p>
      <div class="answers">
        <div>
          <button
            class="round danger"
            data-control="reject"
            aria-label="Reject"
            @click=${() => this.#answer('mullion-reject')}
          >
            ${icons.phoneOff(30)}
          </button>
          <span aria-hidden="true">Reject</span>
        </div>
        <div>
          <button
            class="round primary"
            data-control="accept"
            aria-label="Accept"
            @click=${() => this.#answer('mullion-accept')}
          >
            ${icons.phone(30)}
          </button>
          <span aria-hidden="true">Accept</span>
        </div>
      </div>
    </div>`;
  }

  #answer(type: 'mullion-accept' | 'mullion-reject'): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-ring': MullionRing;
  }
}
