import { buttons, fields, tokens } from '@mullion/ui';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { logo } from '../logo.js';
import {
  type AsyncApi,
  type Entry,
  found,
  type OpenApi,
  type Part,
  type Section,
  sectionsOf,
} from './descriptions.js';
import { docsStyle } from './docs_style.js';
import type { Kind, Row } from './schema.js';

const kApi = '/api/webrtc';

async function load<T>(name: string): Promise<T> {
  const answer = await fetch(`${kApi}/${name}`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** Text with `code` between backticks. */
function inline(text: string): unknown {
  return text.split('`').map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));
}

/** What is open stays open when the search leaves others out. */
const idOf = ({ id }: { id: string }): string => id;

const paragraphs = (text: string): unknown =>
  text
    ? text.split(/\n\s*\n|\n(?=\S)/).map((one) => html`<p class="quiet">${inline(one)}</p>`)
    : nothing;

/**
 * Every request and every message, from the server's own descriptions. They are in English, and so is
 * the page. The fragment of its address names an entry, which is opened.
 */
@customElement('mullion-docs')
export class MullionDocs extends LitElement {
  static override styles = [tokens, buttons, fields, docsStyle];

  @state() private sections: Section[] | null = null;
  @state() private failed = false;
  @state() private sought = '';
  @state() private allOpen = false;
  @query('#search') private readonly field!: HTMLInputElement;
  #version = '';
  #about = '';

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener('hashchange', this.#follow);
    globalThis.addEventListener('keydown', this.#onKey);
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    globalThis.removeEventListener('hashchange', this.#follow);
    globalThis.removeEventListener('keydown', this.#onKey);
  }

  async #load(): Promise<void> {
    try {
      const [rest, socket] = await Promise.all([
        load<OpenApi>('openapi.json'),
        load<AsyncApi>('asyncapi.json'),
      ]);
      this.#version = rest.info.version;
      this.#about = rest.info.description ?? '';
      this.sections = sectionsOf(rest, socket);
      await this.updateComplete;
      this.#follow();
    } catch {
      this.failed = true;
    }
  }

  /** Opens what the fragment names, also where the search has left it out. */
  readonly #follow = (): void => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id) return;
    void this.#show(id);
  };

  async #show(id: string): Promise<void> {
    if (!this.renderRoot.querySelector(`#${CSS.escape(id)}`)) this.sought = '';
    await this.updateComplete;
    const target = this.renderRoot.querySelector<HTMLElement>(`#${CSS.escape(id)}`);
    if (!target) return;
    const isEntry = target instanceof HTMLDetailsElement;
    if (isEntry) target.open = true;
    target.scrollIntoView({ block: 'start' });
    const heading = isEntry ? target.querySelector('summary') : target;
    heading?.focus({ preventScroll: true });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement === this.field)
      return;
    event.preventDefault();
    this.field.focus();
  };

  #search(text: string): void {
    this.sought = text;
  }

  #openAll(): void {
    this.allOpen = !this.allOpen;
    // Also those that were opened or closed by themselves.
    for (const one of this.renderRoot.querySelectorAll('details')) one.open = this.allOpen;
  }

  protected override render(): TemplateResult {
    return html`
      <header>
        <h1 class="title">${logo} mullion: the API <span class="quiet">${this.#version}</span></h1>
        <div class="search" role="search">
          <label class="out-of-sight" for="search">Search requests, messages and shapes</label>
          <input
            id="search"
            type="search"
            placeholder="Search, or press /"
            autocomplete="off"
            spellcheck="false"
            .value=${this.sought}
            @input=${(event: InputEvent) => this.#search((event.target as HTMLInputElement).value)}
            @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.#search('')}
          />
        </div>
      </header>
      ${this.sections ? this.#renderAll(this.sections) : this.#renderWait()}
    `;
  }

  #renderWait(): TemplateResult {
    return html`<main class="empty" role="status">
      ${
        this.failed
          ? 'The server’s description cannot be loaded. Reload the page to try again.'
          : 'Loading the description…'
      }
    </main>`;
  }

  #renderAll(all: Section[]): TemplateResult {
    const sections = found(all, this.sought);
    const count = sections.reduce((sum, { entries }) => sum + entries.length, 0);
    const said = !this.sought ? '' : count === 1 ? 'One is found' : `${count} are found`;
    return html`
      <div class="body">
        <nav aria-label="Contents">
          <ul>
            ${sections.map(
              ({ id, title, entries }) =>
                html`<li>
                  <a href="#${id}">
                    ${title}
                    <span class="count" aria-label=${`${entries.length} entries`}>
                      ${entries.length}
                    </span>
                  </a>
                </li>`,
            )}
          </ul>
        </nav>
        <main>
          <div class="intro">
            <div class="text">
              <p>${inline(this.#about)}</p>
              <p class="quiet">
                For programs: <a href="${kApi}/openapi.json">openapi.json</a>,
                <a href="${kApi}/asyncapi.json">asyncapi.json</a>
              </p>
            </div>
            <button
              type="button"
              class="plain"
              aria-pressed=${this.allOpen ? 'true' : 'false'}
              @click=${() => this.#openAll()}
            >
              Open all
            </button>
          </div>
          <p class="quiet" role="status" ?hidden=${!said}>${said}</p>
          ${repeat(sections, idOf, (section) => this.#renderSection(section))}
          ${
            sections.length
              ? nothing
              : html`<p class="empty">Nothing has all of these words. Try fewer.</p>`
          }
        </main>
      </div>
    `;
  }

  #renderSection({ id, title, text, entries }: Section): TemplateResult {
    return html`<section id=${id} tabindex="-1" aria-labelledby="${id}-title">
      <h2 id="${id}-title">${title}</h2>
      ${paragraphs(text)} ${repeat(entries, idOf, (entry) => this.#renderEntry(entry))}
    </section>`;
  }

  #renderEntry(entry: Entry): TemplateResult {
    return html`<details id=${entry.id} ?open=${this.allOpen}>
      <summary>
        <h3>
          <span class="badge" data-badge=${entry.badge}>${entry.badge}</span>
          <code class="name">${entry.name}</code>
        </h3>
        <span class="said">${inline(entry.summary)}</span>
      </summary>
      <div class="inside">
        ${paragraphs(entry.text)} ${entry.parts.map((part) => this.#renderPart(part))}
      </div>
    </details>`;
  }

  #renderPart({ title, text, kind, rows }: Part): TemplateResult {
    return html`
      <h4>${title}</h4>
      ${
        text || kind
          ? html`<p class="text">${inline(text)} ${kind ? this.#renderKind(kind) : nothing}</p>`
          : nothing
      }
      ${rows.length ? html`<dl class="text">${rows.map((row) => this.#renderRow(row))}</dl>` : nothing}
    `;
  }

  #renderRow({ name, required, kind, description }: Row): TemplateResult {
    return html`<div>
      <dt><code>${name}</code> ${required ? html`<span class="must">required</span>` : nothing}</dt>
      <dd>
        ${this.#renderKind(kind)}
        ${description ? html`<div class="quiet">${inline(description)}</div>` : nothing}
      </dd>
    </div>`;
  }

  #renderKind({ text, ref }: Kind): TemplateResult {
    if (!ref) return html`<code>${text}</code>`;
    const [before = '', after = ''] = text.split(ref, 2);
    return html`<code>${before}<a href="#schema-${ref}">${ref}</a>${after}</code>`;
  }
}
