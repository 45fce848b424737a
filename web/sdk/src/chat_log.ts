import type { ChatMessage } from './model.js';

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
}
