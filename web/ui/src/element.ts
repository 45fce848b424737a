import { LitElement } from 'lit';
import { direction, onLanguage, useLanguage, words } from './language.js';
import type { Words } from './words/en.js';

/**
 * What all components have in common: they speak the page's language.
 *
 * @attribute lang - Another language than the browser's, for all components of the page.
 */
export class MullionElement extends LitElement {
  #forget: (() => void) | undefined;

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang'];
  }

  protected get t(): Words {
    return words();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.dir = direction();
    this.#forget = onLanguage(() => {
      this.dir = direction();
      this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget?.();
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (name === 'lang' && value) void useLanguage(value);
  }
}
