import type { Call, Client } from '@mullion/client';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MullionElement } from './element.js';
import { icons } from './icons.js';
import { language } from './language.js';
import { buttons, tokens } from './tokens.js';
import { clock, nameIn } from './words.js';

/** Whom to ring: all others of a call. */
export interface CallBack {
  userIds: string[];
}

const kShown = 8;

/** How a call came about, and what became of it on one's own side. */
type Kind = 'in' | 'out' | 'missed' | 'rejected';

const kIcons: Record<Kind, typeof icons.incoming> = {
  in: icons.incoming,
  out: icons.outgoing,
  missed: icons.missed,
  rejected: icons.incoming,
};

/**
 * `<mullion-history>`: one's last calls, what became of them, and a way back to each.
 *
 * @fires mullion-call-back - A `CustomEvent` with a {@link CallBack}.
 */
@customElement('mullion-history')
export class MullionHistory extends MullionElement {
  static override styles = [
    tokens,
    buttons,
    css`
      h2 {
        margin: 0 0 8px;
        font-size: 20px;
        font-weight: 650;
      }

      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }

      li {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 60px;
        border-top: 1px solid var(--mullion-line);
      }

      li.missed > svg,
      li.missed .who {
        color: var(--mullion-danger);
      }

      .what {
        flex: 1;
        min-width: 0;
        line-height: 1.3;
      }

      .who {
        display: block;
        overflow: hidden;
        font-weight: 550;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      small,
      p {
        margin: 0;
        color: var(--mullion-quiet);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }

      button {
        flex: none;
      }
    `,
  ];

  @property({ attribute: false }) client: Client | null = null;
  @state() private calls: Call[] | null = null;
  #undo: (() => void) | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#undo?.();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#follow();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.#follow();
  }

  #follow(): void {
    this.#undo?.();
    this.#undo = this.client?.on('call', () => void this.#load());
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.calls = (await this.client?.rest.history({ limit: kShown }))?.calls ?? null;
    } catch {
      // What was known stays; the next change asks again.
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { calls, t } = this;
    if (!calls || calls.length === 0) return nothing;
    return html`<h2>${t.history}</h2>
      <ul>
        ${calls.map((call) => this.#renderCall(call))}
      </ul>`;
  }

  #renderCall(call: Call): TemplateResult {
    const { t } = this;
    const selfId = this.client?.userId ?? '';
    const { kind, others } = aboutOf(call, selfId);
    const names = others.map((id) => nameIn(call.participants, id)).join(', ');
    const icon = kIcons[kind];
    const when = new Date(call.created_at).toLocaleString(language(), {
      dateStyle: 'medium',
      timeStyle: 'short',
    });
    const length = call.duration > 0 ? ` · ${clock(call.duration)}` : '';
    // A guest's id is good for one call.
    const userIds = others.filter((id) => !id.startsWith('guest-'));
    return html`<li class=${kind}>
      ${icon(20)}
      <div class="what">
        <span class="who"><bdi>${call.title ?? (names || t.room)}</bdi></span>
        <small>${t.directions[kind]} · ${when}${length}</small>
      </div>
      ${
        userIds.length > 0
          ? html`<button
              class="plain"
              data-control="call-back"
              aria-label=${t.callBackNamed(names)}
              @click=${() => this.#callBack(userIds)}
            >
              ${icons.phone(18)} ${t.callBack}
            </button>`
          : nothing
      }
    </li>`;
  }

  #callBack(userIds: string[]): void {
    const detail: CallBack = { userIds };
    this.dispatchEvent(
      new CustomEvent('mullion-call-back', { detail, bubbles: true, composed: true }),
    );
  }
}

/** How a call looks from `selfId`'s side. */
export function aboutOf(call: Call, selfId: string): { kind: Kind; others: string[] } {
  const self = call.participants.find(({ user_id }) => user_id === selfId);
  const others = call.participants.map(({ user_id }) => user_id).filter((id) => id !== selfId);
  if (call.created_by === selfId) return { kind: 'out', others };
  if (self?.joined_at) return { kind: 'in', others };
  return { kind: self?.state === 'rejected' ? 'rejected' : 'missed', others };
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-history': MullionHistory;
  }
}
