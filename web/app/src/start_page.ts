import { buttons, detailOf, explain, icons, tokens } from '@mullion/ui';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import './preview.js';
import { logo } from './logo.js';
import type { Devices, MullionPreview } from './preview.js';
import { startStyle } from './start_style.js';

/** What the person wants to do; the devices come along. */
export type Wish = { name: string; pin: string; devices: Devices } & (
  { what: 'start' } | { what: 'join' } | { what: 'ring'; userId: string }
);

/**
 * The page before a call: who one is, what one looks like, and three ways in.
 *
 * @fires mullion-wish - A `CustomEvent` with a {@link Wish}.
 */
@customElement('mullion-start')
export class MullionStart extends LitElement {
  static override styles = [tokens, buttons, startStyle];

  @property() name = '';
  /** Whether the name is that of one's token, which none but its issuer changes. */
  @property({ attribute: false }) nameIsGiven = false;
  @property({ attribute: false }) userId = '';
  /** The call that the page's link leads to; empty on the front page. */
  @property({ attribute: false }) callId = '';
  /** Whether the call's link has a PIN. */
  @property({ attribute: false }) needsPin = false;
  /** What the person waits for; empty when nothing is under way. */
  @property() busy = '';
  @property({ attribute: false }) trouble: unknown = null;
  /** What there is to say about the call before. */
  @property({ attribute: false }) news = '';
  @state() private nameMissing = false;
  @state() private copied = false;
  @query('#name') private readonly nameField!: HTMLInputElement;
  @query('#pin') private readonly pinField!: HTMLInputElement | null;
  @query('#friend') private readonly friendField!: HTMLInputElement | null;
  @query('mullion-preview') private readonly preview!: MullionPreview;

  /** Opens the devices that are wanted, for a call that somebody else started. */
  devices(): Promise<Devices> {
    return this.preview.take();
  }

  async #wish(what: Wish['what'], event: Event): Promise<void> {
    event.preventDefault();
    const name = this.nameField.value.trim();
    this.nameMissing = name === '';
    const userId = this.friendField?.value.trim() ?? '';
    const missing = name === '' ? this.nameField : what === 'ring' && !userId && this.friendField;
    if (missing) {
      missing.focus();
      return;
    }
    this.busy = 'Opening your microphone and camera…';
    const pin = this.pinField?.value.trim() ?? '';
    const wish = { what, name, pin, userId, devices: await this.preview.take() };
    this.dispatchEvent(new CustomEvent('mullion-wish', { detail: wish, bubbles: true }));
  }

  async #copyId(): Promise<void> {
    await navigator.clipboard.writeText(this.userId);
    this.copied = true;
    setTimeout(() => (this.copied = false), 2_000);
  }

  protected override render(): TemplateResult {
    const joining = this.callId !== '';
    return html`<main>
      <header>${logo} <span>mullion</span></header>
      <div class="card">
        <mullion-preview .name=${this.name}></mullion-preview>
        <div class="side">
          <h1>${joining ? 'You are invited' : 'Talk face to face'}</h1>
          <p class="quiet">
            ${
              joining
                ? 'Check how you look, then go in.'
                : 'Start a call and send its link, or ring somebody.'
            }
          </p>
          ${this.#renderNews()}
          <form @submit=${(event: Event) => void this.#wish(joining ? 'join' : 'start', event)}>
            <label for="name">Your name</label>
            <input
              id="name"
              autocomplete="name"
              maxlength="64"
              placeholder="What others see"
              ?readonly=${this.nameIsGiven}
              .value=${this.name}
              aria-invalid=${this.nameMissing}
              aria-describedby=${this.nameMissing ? 'name-missing' : nothing}
              @input=${() => {
                this.name = this.nameField.value;
                this.nameMissing = false;
              }}
            />
            ${
              this.nameMissing
                ? html`<span id="name-missing" class="missing" role="alert"
                    >Type your name first.</span
                  >`
                : nothing
            }
            ${
              this.needsPin
                ? html`<label for="pin">The PIN of this call</label>
                    <input id="pin" autocomplete="off" inputmode="numeric" maxlength="32" />`
                : nothing
            }
            <button class="primary" data-control="go" ?disabled=${this.busy !== ''}>
              ${joining ? 'Join the call' : 'Start a call'}
            </button>
          </form>
          ${
            joining
              ? html`<p class="other"><a href="/">Start a call of your own</a></p>`
              : this.#renderRing()
          }
          <p class="busy" role="status">${this.busy}</p>
        </div>
      </div>
      ${joining ? nothing : this.#renderId()}
    </main>`;
  }

  #renderNews(): TemplateResult | typeof nothing {
    if (this.trouble)
      return html`<p class="news trouble" role="alert" title=${detailOf(this.trouble) || nothing}>
        ${explain(this.trouble)}
      </p>`;
    return this.news ? html`<p class="news" role="status">${this.news}</p>` : nothing;
  }

  #renderRing(): TemplateResult {
    return html`<form class="ring" @submit=${(event: Event) => void this.#wish('ring', event)}>
      <label for="friend">Or ring somebody</label>
      <div class="row">
        <input
          id="friend"
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          maxlength="128"
          placeholder="Their id"
        />
        <button class="plain" data-control="ring" ?disabled=${this.busy !== ''}>
          ${icons.phone(18)} Ring
        </button>
      </div>
    </form>`;
  }

  #renderId(): TemplateResult {
    return html`<p class="id">
      Others ring you by your id
      <button class="plain" title="Copy your id" @click=${() => void this.#copyId()}>
        <code>${this.userId}</code> ${this.copied ? icons.check(16) : icons.copy(16)}
      </button>
      <span class="out-of-sight" role="status">${this.copied ? 'Id copied' : ''}</span>
    </p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-start': MullionStart;
  }
}
