import { type Client, pushState, type PushState, turnPushOff, turnPushOn } from '@mullion/client';
import { detailOf, explain, fields, MullionElement, tokens } from '@mullion/ui';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { keepSubscription, knownWorker, startWorker } from './ringing.js';

/**
 * Whether one is rung while the page is closed. Asks for the permission when it is pressed, never
 * before; where it cannot be had, it says why and what to do.
 */
@customElement('mullion-push-switch')
export class MullionPushSwitch extends MullionElement {
  static override styles = [
    tokens,
    fields,
    css`
      :host {
        display: block;
        text-align: center;
      }

      .check {
        display: inline-flex;
        text-align: start;
      }

      .check:has(:disabled) {
        cursor: default;
        color: var(--mullion-quiet);
      }

      p {
        max-width: 640px;
        text-wrap: balance;
        margin: 0 auto 12px;
        color: var(--mullion-quiet);
      }

      p[role='alert'] {
        color: var(--mullion-danger);
      }
    `,
  ];

  /** Who is rung; null before there is a connection. */
  @property({ attribute: false }) client: Client | null = null;
  @state() private current: PushState | null = null;
  @state() private busy = false;
  @state() private trouble: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
    // Whoever has just allowed it in the address bar comes back to the page.
    document.addEventListener('visibilitychange', this.#onVisible);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#onVisible);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client') && this.client)
      void keepSubscription(this.client).then(() => this.#look());
  }

  readonly #onVisible = (): void => void this.#look();

  async #look(): Promise<void> {
    if (!this.busy) this.current = await pushState(await knownWorker());
  }

  async #turn(on: boolean): Promise<void> {
    const { client } = this;
    if (!client) return;
    this.busy = true;
    this.trouble = null;
    try {
      if (on) await turnPushOn(client, await startWorker());
      else await turnPushOff(client, await knownWorker());
    } catch (error) {
      // A no to the browser's question is no trouble.
      if (Notification.permission === 'granted') this.trouble = error;
    }
    this.busy = false;
    await this.#look();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { current, t } = this;
    if (!this.client || current === null) return nothing;
    const cannot = current === 'blocked' || current === 'unsupported';
    const hint = this.#hint(current);
    return html`<label class="check">
        <input
          type="checkbox"
          role="switch"
          data-control="push"
          .checked=${current === 'on'}
          ?disabled=${cannot || this.busy}
          aria-describedby=${hint === '' ? nothing : 'hint'}
          @change=${({ target }: Event) => void this.#turn((target as HTMLInputElement).checked)}
        />
        ${t.ringWhenClosed}
      </label>
      ${hint === '' ? nothing : html`<p id="hint">${hint}</p>`}
      ${
        this.trouble
          ? html`<p role="alert" title=${detailOf(this.trouble) || nothing}>
              ${this.#troubleText()}
            </p>`
          : nothing
      }`;
  }

  #hint(current: PushState): string {
    const { t } = this;
    if (current === 'blocked') return t.pushBlocked;
    if (current !== 'unsupported') return '';
    if (!globalThis.isSecureContext) return t.pushInsecure;
    // Of all browsers those of iPhones and iPads alone have it.
    const isTabOfIos = (navigator as { standalone?: boolean }).standalone === false;
    return isTabOfIos ? t.pushInstall : t.pushUnsupported;
  }

  /** The browser's own errors speak to developers. */
  #troubleText(): string {
    return this.trouble instanceof DOMException ? this.t.pushFailed : explain(this.trouble);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-push-switch': MullionPushSwitch;
  }
}
