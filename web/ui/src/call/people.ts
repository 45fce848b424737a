import {
  levelOf,
  type Participant,
  type Quality,
  presentIn,
  type Role,
  type SessionEvents,
  waitingIn,
} from '@mullion/client';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icons } from '../icons.js';
import { buttons, fields, tokens } from '../tokens.js';
import { askFor, askToRemove } from './deeds.js';
import { SessionFollower } from './follower.js';
import { panelStyle } from './panel_style.js';
import { bars, figuresLine, qualityStyle } from './quality.js';
import { initials, nameIn } from '../words.js';

/** How often who is no host asks how the others' networks do. */
const kAskEvery = 5_000;
const kRoles: readonly Role[] = ['host', 'participant', 'viewer'];

/** `<mullion-people>`: who is here, who waits, who was asked; for hosts with what they may do. */
@customElement('mullion-people')
export class MullionPeople extends SessionFollower {
  static override styles = [
    tokens,
    buttons,
    fields,
    qualityStyle,
    panelStyle,
    css`
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }

      li {
        border-bottom: 1px solid var(--mullion-line);
      }

      .person {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 60px;
      }

      .face {
        display: grid;
        place-items: center;
        flex: none;
        width: 36px;
        height: 36px;
        border-radius: 50%;
        background: var(--mullion-line);
        font-size: 13px;
        font-weight: 650;
      }

      .who {
        flex: 1;
        min-width: 0;
        line-height: 1.3;
        overflow-wrap: anywhere;
      }

      .who small {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px;
        color: var(--mullion-quiet);
        font-size: 13px;
      }

      .settings {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 8px 16px;
        align-items: center;
        padding: 4px 0 16px;
      }

      .settings button {
        grid-column: 1 / -1;
        justify-self: start;
        max-width: 100%;
        padding-block: 8px;
        overflow-wrap: anywhere;
        text-align: start;
        color: var(--mullion-danger);
      }

      .answers {
        display: flex;
        gap: 8px;
        padding-bottom: 12px;
      }

      .answers button {
        flex: 1;
      }

      footer button {
        width: 100%;
      }
    `,
  ];

  protected override readonly redrawOn: (keyof SessionEvents)[] = ['call', 'quality', 'sending'];

  /** Whether a link can be had for others to come by. */
  @property({ attribute: false }) canInvite = false;
  @property({ attribute: false }) copied = false;
  /** Whose settings are open. */
  @state() private opened = '';
  /** Of others, for who is not told by events. */
  #qualities = new Map<string, Quality>();
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => void this.#askQualities(), kAskEvery);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override firstUpdated(changed: PropertyValues): void {
    super.firstUpdated(changed);
    void this.#askQualities();
  }

  async #askQualities(): Promise<void> {
    if (this.host.allowed) return;
    try {
      const { legs } = await this.session.rest.stats(this.session.call.id);
      this.#qualities = new Map(legs.map((leg) => [leg.user_id, leg]));
      this.requestUpdate();
    } catch {
      // Asked again in a moment.
    }
  }

  protected override render(): TemplateResult {
    const { t, session } = this;
    const { call } = session;
    const present = presentIn(call);
    const waiting = this.host.allowed ? waitingIn(call) : [];
    const asked = call.participants.filter(({ state }) =>
      ['invited', 'ringing', 'missed', 'rejected', 'busy'].includes(state),
    );
    return html`
      <header>
        <h2>${t.people}</h2>
        <button
          class="round"
          data-control="close"
          aria-label=${t.close}
          title=${t.close}
          @click=${() => askFor(this, 'people')}
        >
          ${icons.close()}
        </button>
      </header>
      <div class="content">
        ${this.#renderGroup(t.inLobby, waiting, (one) => this.#renderWaiting(one))}
        ${this.#renderGroup(`${t.here} (${present.length})`, present, (one) =>
          this.#renderPerson(one),
        )}
        ${this.#renderGroup(t.asked, asked, (one) => this.#renderAsked(one))}
      </div>
      ${
        this.canInvite
          ? html`<footer>
              <button class="plain" data-control="link" @click=${() => askFor(this, 'link')}>
                ${this.copied ? icons.check(18) : icons.link(18)}
                ${this.copied ? t.linkCopied : t.copyLink}
              </button>
            </footer>`
          : nothing
      }
    `;
  }

  #renderGroup(
    heading: string,
    people: Participant[],
    render: (one: Participant) => TemplateResult,
  ): TemplateResult | typeof nothing {
    if (people.length === 0) return nothing;
    return html`<h3>${heading}</h3>
      <ul aria-label=${heading}>
        ${repeat(
          people,
          ({ user_id }) => user_id,
          (one) => html`<li data-user=${one.user_id}>${render(one)}</li>`,
        )}
      </ul>`;
  }

  #renderWho(one: Participant, about: unknown): TemplateResult {
    const name = nameIn([one], one.user_id);
    const isSelf = one.user_id === this.session.userId;
    return html`<span class="face" aria-hidden="true">${initials(name)}</span>
      <span class="who"
        ><bdi>${name}</bdi>${isSelf ? ` (${this.t.you})` : ''}<small>${about}</small></span
      >`;
  }

  #renderWaiting(one: Participant): TemplateResult {
    const { t, host } = this;
    return html`<div class="person">${this.#renderWho(one, nothing)}</div>
      <div class="answers">
        <button class="primary" data-control="admit" @click=${() => host.admit(one.user_id)}>
          ${t.admit}
        </button>
        <button class="plain" data-control="deny" @click=${() => host.deny(one.user_id)}>
          ${t.deny}
        </button>
      </div>`;
  }

  #renderAsked(one: Participant): TemplateResult {
    const states: Partial<Record<string, string>> = this.t.states;
    return html`<div class="person">${this.#renderWho(one, states[one.state])}</div>`;
  }

  #renderPerson(one: Participant): TemplateResult {
    const { t, session, host } = this;
    const name = nameIn([one], one.user_id);
    const isSelf = one.user_id === session.userId;
    const quality = session.quality.get(one.user_id) ?? this.#qualities.get(one.user_id);
    const about = [
      one.role === 'participant' ? '' : t[one.role],
      one.state === 'reconnecting' ? t.states.reconnecting : '',
      one.screen ? t.isSharing : '',
      one.audio_muted ? t.isMuted : '',
    ].filter(Boolean);
    const opened = this.opened === one.user_id;
    return html`<div class="person">
        ${this.#renderWho(one, about.join(' · '))}
        ${
          quality
            ? html`<span
                role="img"
                title=${figuresLine(t, quality)}
                aria-label=${figuresLine(t, quality)}
                >${bars(levelOf(quality))}</span
              >`
            : nothing
        }
        ${host.allowed && !isSelf ? this.#renderActions(one, name, opened) : nothing}
      </div>
      ${opened && host.allowed && !isSelf ? this.#renderSettings(one, name) : nothing}`;
  }

  #renderActions(one: Participant, name: string, opened: boolean): TemplateResult {
    const { t, host } = this;
    const mute = one.audio_muted ? t.askToUnmute(name) : t.mute(name);
    return html`<button
        class="round"
        data-control="mute"
        aria-label=${mute}
        title=${mute}
        @click=${() =>
          one.audio_muted
            ? host.askToUnmute(one.user_id)
            : host.change(one.user_id, { audio_muted: true })}
      >
        ${one.audio_muted ? icons.micOff(20) : icons.mic(20)}
      </button>
      <button
        class="round"
        data-control="settings"
        aria-label=${t.moreAbout(name)}
        title=${t.moreAbout(name)}
        aria-expanded=${opened}
        @click=${() => (this.opened = opened ? '' : one.user_id)}
      >
        ${icons.more(20)}
      </button>`;
  }

  #renderSettings(one: Participant, name: string): TemplateResult {
    const { t, host } = this;
    const id = one.user_id;
    return html`<div class="settings">
      <label for="role">${t.role}</label>
      <select
        id="role"
        @change=${(event: Event) =>
          host.change(id, { role: (event.target as HTMLSelectElement).value as Role })}
      >
        ${kRoles.map(
          (role) => html`<option value=${role} ?selected=${role === one.role}>${t[role]}</option>`,
        )}
      </select>
      <label for="volume">${t.volume}</label>
      <input
        id="volume"
        type="range"
        min="0"
        max="2"
        step="0.1"
        .value=${String(one.volume)}
        @change=${(event: Event) =>
          host.change(id, { volume: Number((event.target as HTMLInputElement).value) })}
      />
      <button
        class="plain"
        data-control="remove"
        @click=${() => askToRemove(this, { userId: id, name })}
      >
        ${icons.remove(18)} <span>${t.removeNamed(name)}</span>
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-people': MullionPeople;
  }
}
