import { css, html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { icons } from '../icons.js';
import { ringback } from '../sounds.js';
import { buttons, onStage, tokens } from '../tokens.js';
import { askFor } from './deeds.js';
import { SessionFollower } from './follower.js';
import { ringStyle } from '../ring_style.js';
import { initials, nameIn } from '../words.js';

/** `<mullion-outgoing-call>`: whom one rings, and a way to give it up. */
@customElement('mullion-outgoing-call')
export class MullionOutgoingCall extends SessionFollower {
  static override styles = [
    tokens,
    onStage,
    buttons,
    ringStyle,
    css`
      :host {
        position: absolute;
      }
    `,
  ];

  #silence: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#silence = ringback();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#silence?.();
  }

  protected override render(): TemplateResult {
    const { t, session } = this;
    const { participants } = session.call;
    const others = participants.filter(({ user_id }) => user_id !== session.userId);
    const names = others.map(({ user_id }) => nameIn(participants, user_id));
    // Who has never been here has an id and no name yet.
    const letters = initials(others.find(({ name, user_id }) => name !== user_id)?.name ?? '');
    return html`<div class="ringing">
      <div class="face" aria-hidden="true">${letters || icons.phone(39)}</div>
      <h1 dir="auto">${names.join(', ')}</h1>
      <p role="status">${t.ringing}</p>
      <div class="answers">
        <div>
          <button
            class="round danger"
            data-control="cancel"
            aria-label=${t.cancel}
            @click=${() => askFor(this, 'hang-up')}
          >
            ${icons.phoneOff(30)}
          </button>
          <span aria-hidden="true">${t.cancel}</span>
        </div>
      </div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-outgoing-call': MullionOutgoingCall;
  }
}
