import type { ChatMessage } from './model.js';

const kPage = 100;

/** What was written in a call, each message once, the oldest first. */
export class ChatLog {
  #messages: ChatMessage[] = [];

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Whether any of them is new. */
  add(...messages: ChatMessage[]): boolean {
    const known = new Set(this.#messages.map(({ id }) => id));
    const fresh = messages.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) return false;
    this.#messages = [...this.#messages, ...fresh].sort((a, b) => a.at.localeCompare(b.at));
    return true;
  }

  /** Adds all that `fetch` gives, page by page. */
  async load(
    fetch: (query: {
      limit: number;
      cursor?: string;
    }) => Promise<{ messages: ChatMessage[]; next_cursor: string | null }>,
  ): Promise<void> {
    let cursor: string | null = null;
    do {
      const page = await fetch({ limit: kPage, ...(cursor === null ? {} : { cursor }) });
      this.add(...page.messages);
      cursor = page.next_cursor;
    } while (cursor !== null);
  }
}
