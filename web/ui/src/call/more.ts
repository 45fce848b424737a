import type { LayoutMode, SessionEvents } from '@mullion/client';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icons } from '../icons.js';
import { buttons, fields, tokens } from '../tokens.js';
import { askFor, type Deed } from './deeds.js';
import { SessionFollower } from './follower.js';
import { kEmoji } from './reactions.js';

const kModes: readonly LayoutMode[] = ['grid', 'speaker', 'presentation', 'solo'];

/** `<mullion-more>`: what is needed less often than the bar. */
@customElement('mullion-more')
export class MullionMore extends SessionFollower {
  static override styles = [
    tokens,
    buttons,
    fields,
    css`
      .emoji,
      .modes {
        display: flex;
        gap: 4px;
      }

      .emoji {
        justify-content: space-between;
      }

      .emoji button {
        width: 52px;
        padding: 0;
        font-size: 25px;
      }

      h3 {
        margin: 12px 0 4px;
        color: var(--mullion-quiet);
        font-size: 13px;
        font-weight: 550;
      }

      .modes {
        display: grid;
        grid-template-columns: 1fr 1fr;
      }

      .modes button[aria-checked='true'] {
        border-color: var(--mullion-accent);
        color: var(--mullion-accent);
      }

      .list {
        display: grid;
        margin-top: 12px;
        padding-top: 8px;
        border-top: 1px solid var(--mullion-line);
      }

      .list button {
        justify-content: flex-start;
        gap: 14px;
        margin: 0 -12px;
        padding: 0 12px;
        font-weight: 450;
        text-align: start;
      }

      .list button.danger {
        background: none;
        color: var(--mullion-danger);
      }

      @media (hover: hover) {
        .list button:hover {
          background: var(--mullion-raised);
        }
      }
    `,
  ];

  protected override readonly redrawOn: (keyof SessionEvents)[] = ['call', 'layout', 'sending'];

  @property({ attribute: false }) canInvite = false;
  @property({ attribute: false }) canPicture = false;
  @property({ attribute: false }) isFullScreen = false;

  /** Does it, and the menu has done its work. */
  #ask(deed: Deed): void {
    askFor(this, 'more');
    askFor(this, deed);
  }

  protected override render(): TemplateResult {
    const { t, session, host } = this;
    const { call } = session;
    const isVideo = call.type === 'video';
    return html`
      <div class="emoji" role="group" aria-label=${t.reactions}>
        ${kEmoji.map(
          (emoji) =>
            html`<button
              data-reaction=${emoji}
              aria-label=${t.react(emoji)}
              @click=${() => {
                session.react(emoji);
                askFor(this, 'more');
              }}
            >
              ${emoji}
            </button>`,
        )}
      </div>
      ${host.allowed && isVideo ? this.#renderLayout() : nothing}
      <div class="list">
        ${this.#renderItem('devices', t.devices, icons.settings())}
        ${isVideo && this.canPicture ? this.#renderItem('picture', t.pictureInPicture, icons.picture()) : nothing}
        ${
          this.isFullScreen
            ? this.#renderItem('full-screen', t.leaveFullScreen, icons.leaveFullScreen())
            : this.#renderItem('full-screen', t.fullScreen, icons.fullScreen())
        }
        ${
          isVideo
            ? this.#renderItem(
                'audio-only',
                session.audioOnly ? t.picturesAgain : t.audioOnly,
                icons.sound(),
              )
            : nothing
        }
        ${this.canInvite ? this.#renderItem('link', t.copyLink, icons.link()) : nothing}
        ${this.#renderItem('help', t.shortcuts, icons.keyboard())}
      </div>
      ${host.allowed ? this.#renderHost() : nothing}
    `;
  }

  #renderItem(deed: Deed, label: string, icon: TemplateResult): TemplateResult {
    return html`<button data-control=${deed} @click=${() => this.#ask(deed)}>
      ${icon} ${label}
    </button>`;
  }

  #renderLayout(): TemplateResult {
    const { t, host } = this;
    const { layout } = this.session.call;
    return html`<h3 id="layout">${t.layout}</h3>
      <div class="modes" role="radiogroup" aria-labelledby="layout">
        ${kModes.map(
          (mode) =>
            html`<button
              class="plain"
              role="radio"
              data-mode=${mode}
              aria-checked=${layout.mode === mode}
              @click=${() => host.setLayout({ mode })}
            >
              ${t.modes[mode]}
            </button>`,
        )}
      </div>
      <label class="check">
        <input
          type="checkbox"
          data-control="whole-pictures"
          .checked=${layout.fit === 'pad'}
          @change=${(event: Event) =>
            host.setLayout({ fit: (event.target as HTMLInputElement).checked ? 'pad' : 'crop' })}
        />
        ${t.wholePictures}
      </label>`;
  }

  #renderHost(): TemplateResult {
    const { t, host } = this;
    const { call } = this.session;
    const { recording } = call;
    const act = (what: () => void) => (): void => {
      what();
      askFor(this, 'more');
    };
    return html`<div class="list">
      ${
        recording
          ? html`<button data-control="pause-recording" @click=${act(() => host.pauseOrResume())}>
                ${recording.status === 'paused' ? icons.record() : icons.pause()}
                ${recording.status === 'paused' ? t.resumeRecording : t.pauseRecording}
              </button>
              <button data-control="stop-recording" @click=${act(() => host.stopRecording())}>
                ${icons.stop()} ${t.stopRecording}
              </button>`
          : html`<button data-control="record" @click=${act(() => host.record())}>
              ${icons.record()} ${t.record}
            </button>`
      }
      ${
        call.broadcasts.length > 0
          ? html`${
              call.broadcasts.some(({ kind }) => kind === 'hls')
                ? this.#renderItem('watch-link', t.watchLink, icons.link())
                : nothing
            }
            ${this.#renderItem('stop-broadcasts', t.stopBroadcasts, icons.stop())}`
          : this.#renderItem('go-live', t.goLive, icons.live())
      }
      <label class="check">
        <input
          type="checkbox"
          data-control="lock"
          .checked=${call.locked}
          @change=${() => host.update({ locked: !call.locked })}
        />
        ${t.lock}
      </label>
      <label class="check">
        <input
          type="checkbox"
          data-control="lobby"
          .checked=${call.lobby}
          @change=${() => host.update({ lobby: !call.lobby })}
        />
        ${t.lobbyOn}
      </label>
      <button class="danger" data-control="end-for-all" @click=${() => this.#ask('end-for-all')}>
        ${icons.phoneOff()} ${t.endForAll}
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-more': MullionMore;
  }
}
