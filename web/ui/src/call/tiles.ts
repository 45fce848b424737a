import { levelOf, type SessionEvents, type Tile } from '@mullion/client';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import { icons } from '../icons.js';
import { ownTile, placeTile } from '../letterbox.js';
import { pictureOf } from '../picture.js';
import { buttons, onStage, tokens } from '../tokens.js';
import { askToRemove } from './deeds.js';
import { SessionFollower } from './follower.js';
import { bars, figuresLine, qualityStyle } from './quality.js';

/** A name below this many CSS pixels cannot be read. */
const kLegible = 11;

/** Of a button with its gap; the strip has a margin beside them. */
const kButton = 48;
const kMargin = 16;

/**
 * `<mullion-tiles>`: what lies over the composite, tile by tile: the own camera without the way to
 * the server and back, and each person's name and actions, shown by pointer, touch or focus.
 */
@customElement('mullion-tiles')
export class MullionTiles extends SessionFollower {
  static override styles = [
    tokens,
    onStage,
    buttons,
    qualityStyle,
    css`
      :host {
        position: absolute;
        inset: 0;
        overflow: hidden;
      }

      .self,
      .tile {
        position: absolute;
        overflow: hidden;
      }

      .self {
        background: var(--mullion-stage);
      }

      .self video {
        display: block;
        width: 100%;
        height: 100%;
        object-fit: cover;
        transform: scaleX(-1);
      }

      /* As the server pads the others'. */
      .self.pad {
        background: #161b22;
      }

      .self.pad video {
        object-fit: contain;
      }

      .self::after {
        content: '';
        position: absolute;
        inset: 0;
        border: 0 solid var(--mullion-accent);
        border-radius: inherit;
        transition: border-width 100ms linear;
        pointer-events: none;
      }

      .self.speaking::after {
        border-width: 3px;
      }

      /* As the server draws the others': always at the left. */
      .pill {
        position: absolute;
        left: 0.6em;
        bottom: 0.6em;
        display: flex;
        align-items: center;
        gap: 0.4em;
        padding: 0.2em 0.6em;
        border-radius: 1em;
        background: rgb(0 0 0 / 60%);
        color: #fff;
        line-height: 1.3;
      }

      .pill.small {
        max-width: calc(100% - 8px);
        background: #0e1116;
        font-size: 11.5px;
      }

      .pill.small span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .strip {
        position: absolute;
        top: 0;
        inset-inline: 0;
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 6px 8px;
        padding-inline-start: 14px;
        background: linear-gradient(rgb(14 17 22 / 85%), transparent);
        color: var(--mullion-ink);
        opacity: 0;
        pointer-events: none;
        transition: opacity 150ms ease-out;
      }

      .tile:focus-within .strip,
      :host(:not([quiet])) .tile:hover .strip {
        opacity: 1;
        pointer-events: auto;
      }

      .name {
        display: flex;
        align-items: center;
        gap: 8px;
        flex: 1;
        min-width: 0;
        min-height: 44px;
        font-weight: 550;
      }

      .name span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .strip button {
        flex: none;
        width: 44px;
        height: 44px;
        background: rgb(43 52 65 / 92%);
      }

      .strip button[aria-pressed='true'] {
        background: var(--mullion-accent);
        color: var(--mullion-on-accent);
      }
    `,
  ];

  protected override readonly redrawOn: (keyof SessionEvents)[] = [
    'call',
    'layout',
    'speaker',
    'sending',
    'quality',
  ];

  /** Nothing has moved for a while: what the pointer shows goes. */
  @property({ type: Boolean, reflect: true }) quiet = false;
  @state() private box = { width: 0, height: 0 };
  readonly #resize = new ResizeObserver(() => {
    this.box = { width: this.clientWidth, height: this.clientHeight };
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  protected override render(): TemplateResult {
    const tiles = (this.session.layout?.tiles ?? []).filter(({ visible }) => visible);
    return html`${this.#renderSelf(tiles)}
    ${repeat(
      tiles,
      ({ user_id, source }) => `${user_id} ${source}`,
      (tile) => this.#renderTile(tile),
    )}`;
  }

  #place(tile: Tile): { style: Record<string, string>; width: number; scale: number } {
    const canvas = this.session.layout?.canvas ?? { width: 0, height: 0 };
    const { x, y, width, height, scale } = placeTile(tile, canvas, this.box);
    const style = {
      left: `${x}px`,
      top: `${y}px`,
      width: `${width}px`,
      height: `${height}px`,
      borderRadius: `${8 * scale}px`,
    };
    return { style, width, scale };
  }

  #renderSelf(tiles: Tile[]): TemplateResult | typeof nothing {
    const { session, t } = this;
    const { camera } = session.tracks;
    const tile = ownTile(tiles, session.userId);
    if (!camera || !tile || session.audioOnly) return nothing;
    const { style, scale } = this.#place(tile);
    // As large as the server writes the others' names, and legible.
    const fontSize = `${Math.max(kLegible, writtenSize(tile, scale))}px`;
    const classes = {
      self: true,
      pad: session.call.layout.fit === 'pad',
      speaking: session.speaker === session.userId && !session.audioMuted,
    };
    return html`<div class=${classMap(classes)} style=${styleMap({ ...style, fontSize })}>
      <video
        autoplay
        playsinline
        muted
        .srcObject=${live(pictureOf(camera))}
        aria-hidden="true"
      ></video>
      <span class="pill">${t.you} ${session.audioMuted ? icons.micOff(14) : nothing}</span>
    </div>`;
  }

  #renderTile(tile: Tile): TemplateResult {
    const { t, session } = this;
    const { user_id } = tile;
    const person = this.nameOf(user_id);
    const name = tile.source === 'screen' ? t.screenOf(person) : person;
    const { style, width, scale } = this.#place(tile);
    const written = writtenSize(tile, scale);
    const quality = session.quality.get(user_id);
    const actions = tile.source === 'camera' && this.host.allowed ? this.#actionsOn(tile) : [];
    // A small tile has room for the first; the others are among the people.
    const room = Math.max(0, Math.floor((width - kMargin) / kButton));
    const hasName = width > kButton * (actions.length + 2);
    return html`<div
      class="tile"
      role="group"
      aria-label=${name}
      data-user=${user_id}
      data-source=${tile.source}
      style=${styleMap(style)}
    >
      ${written < kLegible ? this.#renderName(tile, name, written) : nothing}
      <div class="strip">
        <span class="name" title=${quality ? figuresLine(t, quality) : nothing}>
          ${hasName ? html`<span dir="auto">${name}</span>` : nothing}
          ${hasName && quality ? bars(levelOf(quality), 14) : nothing}
        </span>
        ${actions.slice(0, room)}
      </div>
    </div>`;
  }

  /** Over the name that is in the picture, where that is too small. */
  #renderName(
    { user_id, source }: Tile,
    name: string,
    written: number,
  ): TemplateResult | typeof nothing {
    const { session } = this;
    // One's own is on one's own picture.
    if (user_id === session.userId && session.tracks.camera && !session.audioOnly) return nothing;
    const person = session.call.participants.find((one) => one.user_id === user_id);
    const muted = source === 'camera' && person?.audio_muted === true;
    // Where the server's begins, so that nothing of it is left to see.
    const edge = `${Math.max(1, 0.6 * written - 1)}px`;
    return html`<span
      class="pill small"
      style=${styleMap({ left: edge, bottom: edge })}
      aria-hidden="true"
    >
      <span dir="auto">${name}</span> ${muted ? icons.micOff(12) : nothing}
    </span>`;
  }

  #actionsOn({ user_id }: Tile): TemplateResult[] {
    const { t, session, host } = this;
    const name = this.nameOf(user_id);
    const pinned = host.isPinned(user_id);
    const spotlight = pinned ? t.endSpotlight(name) : t.spotlight(name);
    const actions = [
      html`<button
        class="round"
        data-control="spotlight"
        aria-label=${spotlight}
        title=${spotlight}
        aria-pressed=${pinned}
        @click=${() => host.spotlight(user_id)}
      >
        ${pinned ? icons.pinOff(20) : icons.pin(20)}
      </button>`,
    ];
    if (user_id === session.userId) return actions;
    const person = session.call.participants.find((one) => one.user_id === user_id);
    const muted = person?.audio_muted ?? false;
    const mute = muted ? t.askToUnmute(name) : t.mute(name);
    return [
      ...actions,
      html`<button
        class="round"
        data-control="mute"
        aria-label=${mute}
        title=${mute}
        @click=${() =>
          muted ? host.askToUnmute(user_id) : host.change(user_id, { audio_muted: true })}
      >
        ${muted ? icons.mic(20) : icons.micOff(20)}
      </button>`,
      html`<button
        class="round"
        data-control="remove"
        aria-label=${t.removeNamed(name)}
        title=${t.removeNamed(name)}
        @click=${() => askToRemove(this, { userId: user_id, name })}
      >
        ${icons.remove(20)}
      </button>`,
    ];
  }
}

/** How large the server's own name of `tile` is on the page. */
function writtenSize({ height }: Tile, scale: number): number {
  return Math.max(13, height * 0.032) * scale;
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-tiles': MullionTiles;
  }
}
