import { css, html, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { MullionElement } from './element.js';
import { focusAgain, focused } from './focus.js';
import { icons } from './icons.js';
import { buttons, tokens } from './tokens.js';

/**
 * `<mullion-dialog>`: what is asked or shown over everything else; a sheet on a phone. Escape and a
 * click beside it close it, and the focus goes back to where it was.
 *
 * @fires mullion-close
 */
@customElement('mullion-dialog')
export class MullionDialog extends MullionElement {
  static override styles = [
    tokens,
    buttons,
    css`
      dialog {
        width: min(440px, calc(100vw - 32px));
        max-height: calc(100dvh - 32px);
        padding: 0;
        border: 1px solid var(--mullion-line);
        border-radius: 12px;
        background: var(--mullion-surface);
        color: var(--mullion-ink);
        box-shadow: 0 16px 48px rgb(0 0 0 / 40%);
      }

      dialog[open] {
        display: flex;
        flex-direction: column;
        animation: rise 180ms ease-out;
      }

      dialog::backdrop {
        background: rgb(14 17 22 / 60%);
      }

      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        padding: 8px 8px 8px 20px;
        padding-inline: 20px 8px;
      }

      h2 {
        margin: 0;
        font-size: 20px;
        font-weight: 650;
        line-height: 1.3;
        overflow-wrap: anywhere;
      }

      .round {
        flex: none;
        width: 44px;
        height: 44px;
      }

      .content {
        overflow: auto;
        padding: 0 20px 20px;
        /* A shadow at the edge behind which there is more: its cover moves with the content. */
        --edge: color-mix(in srgb, var(--mullion-ink) 28%, transparent);
        background:
          linear-gradient(var(--mullion-surface) 40%, transparent) top / 100% 40px no-repeat local,
          linear-gradient(transparent, var(--mullion-surface) 60%) bottom / 100% 40px no-repeat
            local,
          linear-gradient(var(--edge), transparent) top / 100% 14px no-repeat scroll,
          linear-gradient(transparent, var(--edge)) bottom / 100% 14px no-repeat scroll;
      }

      @media (width < 640px) {
        dialog {
          width: 100vw;
          max-width: 100vw;
          max-height: 80dvh;
          margin: auto 0 0;
          border-radius: 12px 12px 0 0;
        }

        .content {
          padding-bottom: max(20px, env(safe-area-inset-bottom));
        }
      }

      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(16px);
        }
      }
    `,
  ];

  @property() heading = '';
  @query('dialog') private readonly dialog!: HTMLDialogElement;

  #before: HTMLElement | null = null;

  protected override firstUpdated(): void {
    this.#before = focused();
    this.dialog.showModal();
  }

  /** It goes by being taken off the page, which does not bring the focus back as `close()` does. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    focusAgain(this.#before);
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent('mullion-close', { bubbles: true, composed: true }));
  }

  /** A click on the backdrop is one on the dialog itself. */
  #onClick(event: MouseEvent): void {
    if (event.target === this.dialog) this.#close();
  }

  protected override render(): TemplateResult {
    return html`<dialog
      aria-labelledby="heading"
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.#close();
      }}
      @click=${(event: MouseEvent) => this.#onClick(event)}
    >
      <header>
        <h2 id="heading">${this.heading}</h2>
        <button
          class="round"
          data-control="close"
          aria-label=${this.t.close}
          title=${this.t.close}
          @click=${() => this.#close()}
        >
          ${icons.close()}
        </button>
      </header>
      <div class="content" tabindex="-1"><slot></slot></div>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-dialog': MullionDialog;
  }
}
