import { canShareScreen, type LocalMedia, waitingIn } from '@mullion/client';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icons } from '../icons.js';
import { buttons, onStage, tokens } from '../tokens.js';
import { askFor, type Deed, kKeys } from './deeds.js';
import { SessionFollower } from './follower.js';

const keyOf = (deed: Deed): string =>
  Object.entries(kKeys).find(([, value]) => value === deed)?.[0] ?? '';

/** `<mullion-controls>`: the bar at the bottom of a call. */
@customElement('mullion-controls')
export class MullionControls extends SessionFollower {
  static override styles = [
    tokens,
    onStage,
    buttons,
    css`
      .bar {
        display: flex;
        align-items: center;
        gap: 10px;
        padding: 8px 12px;
        border: 1px solid var(--mullion-line);
        border-radius: 40px;
        background: rgb(22 27 34 / 92%);
      }

      .round {
        position: relative;
        flex: none;
        background: #2b3441;
        color: var(--mullion-ink);
      }

      .round[aria-pressed='true'] {
        background: var(--mullion-ink);
        color: var(--mullion-stage);
      }

      .round[aria-expanded='true'],
      .round.sharing {
        background: var(--mullion-accent);
        color: var(--mullion-on-accent);
      }

      .apart {
        width: 1px;
        height: 28px;
        background: var(--mullion-line);
      }

      .round.danger {
        width: 68px;
        border-radius: 30px;
        background: var(--mullion-danger);
        color: var(--mullion-on-danger);
      }

      .badge {
        position: absolute;
        top: -2px;
        inset-inline-end: -2px;
        min-width: 20px;
        padding: 0 5px;
        border-radius: 10px;
        background: var(--mullion-accent);
        color: var(--mullion-on-accent);
        font-size: 13px;
        font-weight: 650;
        line-height: 20px;
        font-variant-numeric: tabular-nums;
      }

      .badge.warn {
        background: var(--mullion-warn);
        color: #14181e;
      }

      @media (width < 480px) {
        .bar {
          gap: 4px;
          padding: 6px 8px;
        }

        .round {
          width: 44px;
          height: 44px;
        }

        .round.danger {
          width: 52px;
        }

        .apart {
          display: none;
        }
      }

      /* All seven, whole, where a phone is small or a page is drawn four times as large. */
      @media (width < 372px) {
        .bar {
          gap: 2px;
          padding: 5px;
        }

        .round {
          width: 40px;
          min-width: 40px;
          height: 40px;
          min-height: 40px;
        }

        .round.danger {
          width: 44px;
        }
      }

      @media (height < 480px) and (orientation: landscape) {
        .bar {
          flex-flow: column wrap;
          gap: 4px;
          max-height: 100dvh;
          padding: 8px 6px;
        }

        .round,
        .round.danger {
          width: 44px;
          height: 44px;
        }

        .apart {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) media!: LocalMedia;
  @property({ attribute: false }) unread = 0;
  /** The panel or menu that is open. */
  @property({ attribute: false }) open: Deed | null = null;

  /** Gives the focus to the button of `deed`. */
  focusOn(deed: Deed): void {
    this.renderRoot.querySelector<HTMLElement>(`[data-control="${deed}"]`)?.focus();
  }

  protected override render(): TemplateResult {
    const { t, session } = this;
    const muted = session.audioMuted;
    const hidden = session.videoMuted || session.audioOnly;
    const sharing = session.tracks.screen !== null;
    const isVideo = session.call.type === 'video';
    const waiting = this.host.allowed ? waitingIn(session.call).length : 0;
    return html`<div class="bar" role="toolbar" aria-label=${t.call}>
      ${this.#renderButton(
        'microphone',
        muted ? t.turnMicrophoneOn : t.turnMicrophoneOff,
        muted ? icons.micOff() : icons.mic(),
        { pressed: muted },
      )}
      ${
        isVideo
          ? this.#renderButton(
              'camera',
              hidden ? t.turnCameraOn : t.turnCameraOff,
              hidden ? icons.videoOff() : icons.video(),
              { pressed: hidden },
            )
          : nothing
      }
      ${
        isVideo && canShareScreen()
          ? this.#renderButton(
              'share',
              sharing ? t.stopSharing : t.shareScreen,
              sharing ? icons.stopShare() : icons.share(),
              { sharing },
            )
          : nothing
      }
      <span class="apart"></span>
      ${this.#renderButton('people', t.people, icons.users(), {
        count: waiting,
        countText: t.waiting(waiting),
        warn: true,
      })}
      ${this.#renderButton('chat', t.chat, icons.chat(), {
        count: this.unread,
        countText: t.unread(this.unread),
      })}
      ${this.#renderButton('more', t.more, icons.more())}
      <span class="apart"></span>
      <button
        class="round danger"
        data-control="hang-up"
        aria-label=${t.leave}
        title=${t.leave}
        @click=${() => askFor(this, 'hang-up')}
      >
        ${icons.phoneOff()}
      </button>
    </div>`;
  }

  #renderButton(
    deed: Deed,
    label: string,
    icon: TemplateResult,
    about: {
      pressed?: boolean;
      sharing?: boolean;
      count?: number;
      countText?: string;
      warn?: boolean;
    } = {},
  ): TemplateResult {
    const { pressed, sharing = false, count = 0, countText = '', warn = false } = about;
    const opens = ['people', 'chat', 'more'].includes(deed);
    const key = keyOf(deed);
    return html`<button
      class="round ${sharing ? 'sharing' : ''}"
      data-control=${deed}
      aria-label=${count > 0 ? `${label}, ${countText}` : label}
      title=${key ? `${label} (${key})` : label}
      aria-pressed=${pressed ?? nothing}
      aria-expanded=${opens ? this.open === deed : nothing}
      aria-keyshortcuts=${key || nothing}
      @click=${() => askFor(this, deed)}
    >
      ${icon}
      ${
        count > 0
          ? html`<span class="badge ${warn ? 'warn' : ''}" aria-hidden="true">${count}</span>`
          : nothing
      }
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-controls': MullionControls;
  }
}
