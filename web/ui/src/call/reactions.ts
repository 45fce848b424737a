import type { CallSession, ReactionEvent, SessionEvents } from '@mullion/client';
import { css, html, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import { onStage, tokens } from '../tokens.js';
import { SessionFollower } from './follower.js';

/** Those that the menu offers; others come as well, from other clients. */
export const kEmoji: readonly string[] = ['👍', '❤️', '😂', '😮', '👏', '🎉'];

/** How long one is seen. */
const kLifetime = 4_000;
/** More at once would hide the call. */
const kMost = 30;

/** `<mullion-reactions>`: what people send floats up over the stage, with who sent it. */
@customElement('mullion-reactions')
export class MullionReactions extends SessionFollower {
  static override styles = [
    tokens,
    onStage,
    css`
      :host {
        position: absolute;
        inset: 0;
        overflow: hidden;
        pointer-events: none;
      }

      .reaction {
        position: absolute;
        bottom: 88px;
        display: grid;
        justify-items: center;
        animation: float 4s ease-out forwards;
      }

      .emoji {
        font-size: 39px;
        line-height: 1.2;
      }

      .by {
        max-width: 16ch;
        overflow: hidden;
        padding: 0 10px;
        border-radius: 12px;
        background: rgb(0 0 0 / 60%);
        color: #fff;
        font-size: 13px;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      @keyframes float {
        0% {
          opacity: 0;
          transform: translateY(24px);
        }

        10% {
          opacity: 1;
        }

        75% {
          opacity: 1;
        }

        100% {
          opacity: 0;
          transform: translateY(-40vh);
        }
      }

      @media (prefers-reduced-motion: reduce) {
        .reaction {
          animation: none;
        }
      }
    `,
  ];

  protected override readonly redrawOn: (keyof SessionEvents)[] = [];
  @state() private shown: { id: number; left: number; event: ReactionEvent }[] = [];
  #count = 0;

  protected override follow(session: CallSession): (() => void)[] {
    return [session.on('reaction', (event) => this.#show(event))];
  }

  #show(event: ReactionEvent): void {
    this.#count += 1;
    const id = this.#count;
    // Beside each other, not over each other.
    const left = 6 + ((id * 37) % 60);
    this.shown = [...this.shown, { id, left, event }].slice(-kMost);
    setTimeout(() => (this.shown = this.shown.filter((one) => one.id !== id)), kLifetime);
  }

  protected override render(): TemplateResult {
    return html`${repeat(
      this.shown,
      ({ id }) => id,
      ({ left, event }) =>
        html`<div class="reaction" style=${styleMap({ left: `${left}%` })}>
          <span class="emoji">${event.emoji}</span>
          <span class="by" dir="auto">${this.nameOf(event.user_id)}</span>
        </div>`,
    )}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-reactions': MullionReactions;
  }
}
