import type { Call, Client, DeviceError, LocalMedia } from '@mullion/client';
import {
  buttons,
  copyText,
  detailOf,
  explain,
  fields,
  icons,
  MullionElement,
  type MullionLobby,
  tokens,
} from '@mullion/ui';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { pathWithLanguage, typedId } from './identity.js';
import { logo } from './logo.js';
import './push_switch.js';
import { startStyle } from './start_style.js';

/** Where the page's address leads; `dead` is a link by which nobody comes in. */
export type View =
  | { what: 'home' }
  | { what: 'join'; title: string }
  | { what: 'pin' }
  | { what: 'dead'; heading: string; hint: string };

/** What there is to say about a call before. */
export interface News {
  text: string;
  action?: { label: string; run: () => void };
}

/** What the person wants to do, with a device that could not be opened for it. */
export type Wish = { name: string; pin: string; trouble: DeviceError | null } & (
  { what: 'start'; type: Call['type'] } | { what: 'join' } | { what: 'ring'; userIds: string[] }
);

/**
 * The page before a call: who one is, what one looks like, and the ways in.
 *
 * @fires mullion-wish - A `CustomEvent` with a {@link Wish}; by then `media` has what is wanted.
 */
@customElement('mullion-start')
export class MullionStart extends MullionElement {
  static override styles = [tokens, buttons, fields, startStyle];

  @property() name = '';
  /** Whether the name is that of one's token, which none but its issuer changes. */
  @property({ attribute: false }) nameIsGiven = false;
  @property({ attribute: false }) userId = '';
  @property({ attribute: false }) view: View = { what: 'home' };
  @property({ attribute: false }) media!: LocalMedia;
  /** Of whom the history is; null before there is a connection. */
  @property({ attribute: false }) client: Client | null = null;
  /** What the person waits for; empty when nothing is under way. */
  @property() busy = '';
  @property({ attribute: false }) trouble: unknown = null;
  @property({ attribute: false }) news: News | null = null;
  /** The field that was left empty. */
  @state() private missing: '' | 'name' | 'pin' = '';
  /** Why nobody is rung by what was typed. */
  @state() private wrongId = '';
  @state() private copied = false;
  @query('#name') private readonly nameField!: HTMLInputElement | null;
  @query('#pin') private readonly pinField!: HTMLInputElement | null;
  @query('.id code') private readonly idText!: HTMLElement | null;
  @query('#friend') private readonly friendField!: HTMLInputElement | null;
  @query('mullion-lobby') private readonly lobby!: MullionLobby | null;

  /** Opens the devices that are wanted, for a call that somebody else started. */
  async ready(video: boolean): Promise<DeviceError | null> {
    if (!video) this.lobby?.wantCamera(false);
    return (await this.lobby?.ready()) ?? null;
  }

  /** Rings `userIds`, as by a button. */
  async ring(userIds: string[]): Promise<void> {
    if (this.#requireFields()) await this.#go({ what: 'ring', userIds });
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('view') && this.view.what === 'pin') this.pinField?.focus();
  }

  #requireFields(): boolean {
    const name = this.nameField?.value.trim() ?? this.name;
    const pin = this.pinField?.value.trim() ?? '';
    this.missing = name === '' ? 'name' : this.pinField && pin === '' ? 'pin' : '';
    if (this.missing === 'name') this.nameField?.focus();
    if (this.missing === 'pin') this.pinField?.focus();
    return this.missing === '';
  }

  async #submit(event: Event, what: 'start' | 'join' | 'ring'): Promise<void> {
    event.preventDefault();
    if (!this.#requireFields()) return;
    if (what === 'start') {
      const { submitter } = event as SubmitEvent;
      const type = submitter?.dataset.control === 'go-audio' ? 'audio' : 'video';
      if (type === 'audio') this.lobby?.wantCamera(false);
      await this.#go({ what, type });
      return;
    }
    if (what === 'join') {
      await this.#go({ what });
      return;
    }
    const userId = this.#requireFriend();
    if (userId === null) this.friendField?.focus();
    else await this.#go({ what, userIds: [userId] });
  }

  /** Whom to ring; null, and the page says why, where it can be nobody else. */
  #requireFriend(): string | null {
    const { t } = this;
    const typed = this.friendField?.value.trim() ?? '';
    const userId = typedId(typed);
    if (typed === '') this.wrongId = t.idMissing;
    else if (userId === null) this.wrongId = t.noId;
    else this.wrongId = userId === this.userId ? t.ownId : '';
    return this.wrongId === '' ? userId : null;
  }

  async #go(
    what:
      | { what: 'start'; type: Call['type'] }
      | { what: 'join' }
      | { what: 'ring'; userIds: string[] },
  ): Promise<void> {
    const name = this.nameField?.value.trim() ?? this.name;
    const pin = this.pinField?.value.trim() ?? '';
    this.busy = this.t.openingDevices;
    const trouble = (await this.lobby?.ready()) ?? null;
    const detail = { ...what, name, pin, trouble };
    this.dispatchEvent(new CustomEvent('mullion-wish', { detail, bubbles: true }));
  }

  async #copyId(): Promise<void> {
    this.copied = await copyText(this.userId);
    // One selects it by hand then.
    if (!this.copied && this.idText) getSelection()?.selectAllChildren(this.idText);
    setTimeout(() => (this.copied = false), 2_000);
  }

  protected override render(): TemplateResult {
    const { view } = this;
    return html`<main>
      <header>${logo} <span>mullion</span></header>
      ${view.what === 'dead' ? this.#renderDead(view.heading, view.hint) : this.#renderCard()}
      ${view.what === 'home' ? this.#renderHome() : nothing}
    </main>`;
  }

  #renderDead(heading: string, hint: string): TemplateResult {
    return html`<div class="dead">
      <h1>${heading}</h1>
      <p class="quiet">${hint}</p>
      ${this.#renderNews()}
      <a class="button" href=${pathWithLanguage('/', location.search)}>${this.t.ownCall}</a>
    </div>`;
  }

  #renderCard(): TemplateResult {
    const { t, view } = this;
    const what = view.what === 'home' ? 'start' : 'join';
    return html`<div class="card">
      <mullion-lobby .name=${this.name} .media=${this.media}></mullion-lobby>
      <div class="side">
        ${this.#renderHeading()} ${this.#renderNews()}
        <form novalidate @submit=${(event: Event) => void this.#submit(event, what)}>
          ${view.what === 'pin' ? this.#renderPin() : this.#renderName()}
          <button class="primary" data-control="go" ?disabled=${this.busy !== ''}>
            ${what === 'join' ? t.joinCall : t.startCall}
          </button>
          ${
            what === 'start'
              ? html`<button class="plain" data-control="go-audio" ?disabled=${this.busy !== ''}>
                  ${icons.sound(18)} ${t.startAudioCall}
                </button>`
              : nothing
          }
        </form>
        ${
          what === 'join'
            ? html`<p class="other">
                <a href=${pathWithLanguage('/', location.search)}>${t.ownCall}</a>
              </p>`
            : this.#renderRing()
        }
        <p class="busy" role="status">${this.busy}</p>
      </div>
    </div>`;
  }

  #renderHeading(): TemplateResult {
    const { t, view } = this;
    const [heading, hint] =
      view.what === 'pin'
        ? [t.pinHeadline, t.pinHint]
        : view.what === 'join'
          ? [view.title ? t.invitedTo(view.title) : t.invited, t.invitedHint]
          : [t.headline, t.headlineHint];
    return html`<h1>${heading}</h1>
      <p class="quiet">${hint}</p>`;
  }

  #renderName(): TemplateResult {
    const { t } = this;
    const missing = this.missing === 'name';
    return html`<label for="name">${t.yourName}</label>
      <input
        id="name"
        autocomplete="name"
        maxlength="64"
        placeholder=${t.nameHint}
        ?readonly=${this.nameIsGiven}
        .value=${this.name}
        aria-invalid=${missing}
        aria-describedby=${missing ? 'name-missing' : nothing}
        @input=${(event: Event) => {
          this.name = (event.target as HTMLInputElement).value;
          this.missing = '';
        }}
      />
      ${missing ? html`<span id="name-missing" class="missing" role="alert">${t.nameMissing}</span>` : nothing}`;
  }

  #renderPin(): TemplateResult {
    const { t } = this;
    const missing = this.missing === 'pin';
    return html`<label for="pin">${t.pin}</label>
      <input
        id="pin"
        autocomplete="off"
        inputmode="numeric"
        maxlength="32"
        aria-invalid=${missing}
        aria-describedby=${missing ? 'pin-missing' : nothing}
        @input=${() => (this.missing = '')}
      />
      ${missing ? html`<span id="pin-missing" class="missing" role="alert">${t.pinMissing}</span>` : nothing}`;
  }

  #renderNews(): TemplateResult | typeof nothing {
    if (this.trouble)
      return html`<p class="news trouble" role="alert" title=${detailOf(this.trouble) || nothing}>
        ${explain(this.trouble)}
      </p>`;
    if (!this.news) return nothing;
    const { text, action } = this.news;
    return html`<div class="news" role="status">
      ${text}
      ${
        action
          ? html`<button class="plain" data-control="news" @click=${action.run}>
              ${action.label}
            </button>`
          : nothing
      }
    </div>`;
  }

  #renderRing(): TemplateResult {
    const { t } = this;
    return html`<form class="ring" @submit=${(event: Event) => void this.#submit(event, 'ring')}>
      <label for="friend">${t.ringSomebody}</label>
      <div class="row">
        <input
          id="friend"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          maxlength="128"
          placeholder=${t.theirId}
          aria-invalid=${this.wrongId !== ''}
          aria-describedby=${this.wrongId ? 'friend-wrong' : nothing}
          @input=${() => (this.wrongId = '')}
        />
        <button class="plain" data-control="ring" ?disabled=${this.busy !== ''}>
          ${icons.phone(18)} ${t.ring}
        </button>
      </div>
      ${this.wrongId ? html`<span id="friend-wrong" class="missing" role="alert">${this.wrongId}</span>` : nothing}
    </form>`;
  }

  #renderHome(): TemplateResult {
    const { t } = this;
    return html`<mullion-history .client=${this.client}></mullion-history>
      <mullion-push-switch .client=${this.client}></mullion-push-switch>
      <p class="id">
        ${t.yourId}
        <button class="plain" title=${t.copyId} @click=${() => void this.#copyId()}>
          <code>${this.userId}</code> ${this.copied ? icons.check(16) : icons.copy(16)}
        </button>
        <span class="out-of-sight" role="status">${this.copied ? t.idCopied : ''}</span>
      </p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-start': MullionStart;
  }
}
