import type { CallSession, ChatMessage, SessionEvents } from '@mullion/client';
import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icons } from '../icons.js';
import { language } from '../language.js';
import { buttons, fields, tokens } from '../tokens.js';
import { explain } from '../words.js';
import { askFor } from './deeds.js';
import { SessionFollower } from './follower.js';
import { panelStyle } from './panel_style.js';

const kLongest = 4096;

/** `<mullion-chat>`: what was written in the call, and a field to write. */
@customElement('mullion-chat')
export class MullionChat extends SessionFollower {
  static override styles = [
    tokens,
    buttons,
    fields,
    panelStyle,
    css`
      .message {
        margin-top: 16px;
        overflow-wrap: anywhere;
      }

      .message.goes-on {
        margin-top: 4px;
      }

      .by {
        display: flex;
        gap: 8px;
        align-items: baseline;
        font-weight: 550;
      }

      time,
      .empty {
        color: var(--mullion-quiet);
        font-size: 13px;
        font-weight: 450;
      }

      .text {
        margin: 0;
        white-space: pre-wrap;
      }

      a {
        color: var(--mullion-accent);
      }

      form {
        display: flex;
        gap: 8px;
      }

      form button {
        flex: none;
        width: 48px;
        min-height: 48px;
        padding: 0;
      }

      .trouble {
        margin: 0 0 8px;
        color: var(--mullion-danger);
      }
    `,
  ];

  protected override readonly redrawOn: (keyof SessionEvents)[] = ['call', 'chat'];

  @state() private trouble: unknown = null;
  @query('input') private readonly field!: HTMLInputElement | null;
  @query('.content') private readonly content!: HTMLElement;
  /** Who reads older messages is left there. */
  #atEnd = true;

  override focus(): void {
    this.field?.focus();
  }

  protected override follow(session: CallSession): (() => void)[] {
    session.loadChat().then(
      () => this.requestUpdate(),
      (error: unknown) => (this.trouble = error),
    );
    return [];
  }

  protected override firstUpdated(): void {
    this.focus();
  }

  protected override updated(): void {
    if (this.#atEnd) this.content.scrollTop = this.content.scrollHeight;
  }

  #onScroll(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.content;
    this.#atEnd = scrollTop + clientHeight > scrollHeight - 24;
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const { field } = this;
    const text = field?.value.trim() ?? '';
    if (!field || text === '') return;
    field.value = '';
    try {
      await this.session.sendChat(text);
      this.trouble = null;
    } catch (error) {
      // What could not be sent is not lost.
      field.value ||= text;
      this.trouble = error;
    }
  }

  protected override render(): TemplateResult {
    const { t, session } = this;
    const { messages } = session;
    const isViewer = session.call.participants.some(
      ({ user_id, role }) => user_id === session.userId && role === 'viewer',
    );
    return html`
      <header>
        <h2>${t.chat}</h2>
        <button
          class="round"
          data-control="close"
          aria-label=${t.close}
          title=${t.close}
          @click=${() => askFor(this, 'chat')}
        >
          ${icons.close()}
        </button>
      </header>
      <div
        class="content"
        role="log"
        aria-label=${t.chat}
        aria-live="polite"
        tabindex="0"
        @scroll=${() => this.#onScroll()}
      >
        ${messages.length === 0 ? html`<p class="empty">${t.noMessages}</p>` : nothing}
        ${repeat(
          messages,
          ({ id }) => id,
          (message, index) => this.#renderMessage(message, messages[index - 1]),
        )}
      </div>
      <footer>
        ${
          this.trouble
            ? html`<p class="trouble" role="alert">${explain(this.trouble)}</p>`
            : nothing
        }
        ${
          isViewer
            ? html`<span class="empty">${t.viewersRead}</span>`
            : html`<form @submit=${(event: Event) => void this.#send(event)}>
                <input
                  id="message"
                  aria-label=${t.message}
                  placeholder=${t.writeMessage}
                  maxlength=${kLongest}
                  autocomplete="off"
                />
                <button class="primary" data-control="send" aria-label=${t.send} title=${t.send}>
                  ${icons.send()}
                </button>
              </form>`
        }
      </footer>
    `;
  }

  #renderMessage(message: ChatMessage, before: ChatMessage | undefined): TemplateResult {
    const { user_id, text, at } = message;
    const time = new Date(at);
    const goesOn =
      before?.user_id === user_id && time.getTime() - new Date(before.at).getTime() < 120_000;
    return html`<div class="message ${goesOn ? 'goes-on' : ''}">
      ${
        goesOn
          ? nothing
          : html`<div class="by">
              <bdi>${this.nameOf(user_id)}</bdi>
              <time datetime=${at}
                >${time.toLocaleTimeString(language(), { timeStyle: 'short' })}</time
              >
            </div>`
      }
      <p class="text" dir="auto">${withLinks(text)}</p>
    </div>`;
  }
}

/** The addresses in a text can be followed; all else is text. */
function withLinks(text: string): unknown[] {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) =>
      index % 2 === 1
        ? html`<a href=${part} target="_blank" rel="noopener noreferrer">${part}</a>`
        : part,
    );
}

declare global {
  interface HTMLElementTagNameMap {
    'mullion-chat': MullionChat;
  }
}
