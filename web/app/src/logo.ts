import { html } from 'lit';

/** A square window, one mullion and one transom, one of four panes lit. */
export const logo = html`<svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">
  <rect x="0.5" y="0.5" width="31" height="31" rx="6.5" fill="#0e1116" stroke="#39424f" />
  <rect x="6" y="6" width="9" height="9" rx="1.5" fill="#39424f" />
  <rect x="17" y="6" width="9" height="9" rx="1.5" fill="#3ecfb2" />
  <rect x="6" y="17" width="9" height="9" rx="1.5" fill="#39424f" />
  <rect x="17" y="17" width="9" height="9" rx="1.5" fill="#39424f" />
</svg>`;
