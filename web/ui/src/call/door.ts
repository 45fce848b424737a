import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { icons } from '../icons.js';
import { pictureOf } from '../picture.js';
import { buttons, tokens } from '../tokens.js';
import { askFor } from './deeds.js';
import { SessionFollower } from './follower.js';

/** `<mullion-door>`: what one sees who waits to be let in. Nothing is sent yet. */
@customElement('mullion-door')
export class MullionDoor extends SessionFollower {
  static override styles = [
    tokens,
    buttons,
    css`
      :host {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        overflow: auto;
        padding: 24px;
        background: var(--mullion-surface);
        text-align: center;
      }

      .content {
        display: grid;
        justify-items: center;
        width: min(480px, 100%);
      }

      .picture {
        width: min(320px, 100%);
        aspect-ratio: 16 / 9;
        margin-bottom: 24px;
        overflow: hidden;
        border-radius: 12px;
        background: #0e1116;
      }

      video {
        display: block;
        width: 100%;
        height: 100%;
        object-fit: cover;
        transform: scaleX(-1);
      }

      h1 {
        margin: 0;
        font-size: 25px;
        font-weight: 650;
        line-height: 1.25;
      }

      p {
        margin: 8px 0 24px;
        color: var(--mullion-quiet);
      }

      @media (height < 480px) {
        .picture {
          width: 200px;
          margin-bottom: 12px;
        }

        p {
          margin-bottom: 12px;
        }
      }

      .waiting {
        width: 120px;
        height: 4px;
        margin: 0 auto 24px;
        overflow: hidden;
        border-radius: 2px;
        background: var(--mullion-line);
      }

      .waiting::after {
        content: '';
        display: block;
        width: 40%;
        height: 100%;
        border-radius: 2px;
        background: var(--mullion-accent);
        animation: pass 1.6s ease-in-out infinite alternate;
      }

      .row {
        display: flex;
        gap: 12px;
      }

      .round {
        border-color: var(--mullion-line);
        background: var(--mullion-raised);
      }

      .round[aria-pressed='true'] {
        background: var(--mullion-ink);
        color: var(--mullion-surface);
      }

      @keyframes pass {
        to {
          transform: translateX(150%);
        }
      }
    `,
  ];

  protected override render(): TemplateResult {
    const { t, session } = this;
    const { camera } = session.tracks;
    const muted = session.audioMuted;
    const hidden = session.videoMuted;
    const mic = muted ? t.turnMicrophoneOn : t.turnMicrophoneOff;
    const cameraText = hidden ? t.turnCameraOn : t.turnCameraOff;
    return html`<div class="content">
      ${
        camera
          ? html`<div class="picture">
              <video
                autoplay
                playsinline
                muted
                aria-label=${t.yourCamera}
                .srcObject=${live(pictureOf(camera))}
              ></video>
            </div>`
          : nothing
      }
      <div role="status"><h1>${t.hostLetsYouIn}</h1></div>
      <p>${session.call.title ?? t.stayHere}</p>
      <div class="waiting" aria-hidden="true"></div>
      <div class="row">
        <button
          class="round"
          data-control="microphone"
          aria-label=${mic}
          title=${mic}
          aria-pressed=${muted}
          @click=${() => askFor(this, 'microphone')}
        >
          ${muted ? icons.micOff() : icons.mic()}
        </button>
        <button
          class="round"
          data-control="camera"
          aria-label=${cameraText}
          title=${cameraText}
          aria-pressed=${hidden}
          @click=${() => askFor(this, 'camera')}
        >
          ${hidden ? icons.videoOff() : icons.video()}
        </button>
        <button class="plain" data-control="hang-up" @click=${() => askFor(this, 'hang-up')}>
          ${t.leaveShort}
        </button>
      </div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-door': MullionDoor;
  }
}
