/** Lucide's icons as templates. They say nothing to screen readers: the button has the name. */
import { html, type TemplateResult } from 'lit';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';
import {
  Check,
  Copy,
  type IconNode,
  Link,
  Mic,
  MicOff,
  Phone,
  PhoneOff,
  Video,
  VideoOff,
} from 'lucide';

function icon(node: IconNode, size = 22): TemplateResult {
  const shapes = node
    .map(([tag, attributes]) => {
      const list = Object.entries(attributes).map(([key, value]) => `${key}="${value}"`);
      return `<${tag} ${list.join(' ')}/>`;
    })
    .join('');
  return html`<svg
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${unsafeSVG(shapes)}
  </svg>`;
}

export const icons = {
  check: (size?: number) => icon(Check, size),
  copy: (size?: number) => icon(Copy, size),
  link: (size?: number) => icon(Link, size),
  mic: (size?: number) => icon(Mic, size),
  micOff: (size?: number) => icon(MicOff, size),
  phone: (size?: number) => icon(Phone, size),
  phoneOff: (size?: number) => icon(PhoneOff, size),
  video: (size?: number) => icon(Video, size),
  videoOff: (size?: number) => icon(VideoOff, size),
};
