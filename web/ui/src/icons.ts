/** Lucide's icons as templates. They say nothing to screen readers: the button has the name. */
import { html, type TemplateResult } from 'lit';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';
import {
  AudioLines,
  Check,
  CircleDot,
  Copy,
  Ellipsis,
  type IconNode,
  Keyboard,
  Link,
  Maximize,
  MessageSquare,
  Mic,
  MicOff,
  Minimize,
  MonitorUp,
  MonitorX,
  Pause,
  Phone,
  PhoneIncoming,
  PhoneMissed,
  PhoneOff,
  PhoneOutgoing,
  PictureInPicture2,
  Pin,
  PinOff,
  Radio,
  SendHorizontal,
  Settings2,
  Square,
  UserMinus,
  Users,
  Video,
  VideoOff,
  Volume2,
  VolumeX,
  X,
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
  chat: (size?: number) => icon(MessageSquare, size),
  check: (size?: number) => icon(Check, size),
  close: (size?: number) => icon(X, size),
  copy: (size?: number) => icon(Copy, size),
  fullScreen: (size?: number) => icon(Maximize, size),
  incoming: (size?: number) => icon(PhoneIncoming, size),
  keyboard: (size?: number) => icon(Keyboard, size),
  leaveFullScreen: (size?: number) => icon(Minimize, size),
  live: (size?: number) => icon(Radio, size),
  link: (size?: number) => icon(Link, size),
  mic: (size?: number) => icon(Mic, size),
  micOff: (size?: number) => icon(MicOff, size),
  missed: (size?: number) => icon(PhoneMissed, size),
  more: (size?: number) => icon(Ellipsis, size),
  outgoing: (size?: number) => icon(PhoneOutgoing, size),
  pause: (size?: number) => icon(Pause, size),
  phone: (size?: number) => icon(Phone, size),
  phoneOff: (size?: number) => icon(PhoneOff, size),
  picture: (size?: number) => icon(PictureInPicture2, size),
  pin: (size?: number) => icon(Pin, size),
  pinOff: (size?: number) => icon(PinOff, size),
  record: (size?: number) => icon(CircleDot, size),
  remove: (size?: number) => icon(UserMinus, size),
  send: (size?: number) => icon(SendHorizontal, size),
  settings: (size?: number) => icon(Settings2, size),
  share: (size?: number) => icon(MonitorUp, size),
  sound: (size?: number) => icon(AudioLines, size),
  speaker: (size?: number) => icon(Volume2, size),
  speakerOff: (size?: number) => icon(VolumeX, size),
  stop: (size?: number) => icon(Square, size),
  stopShare: (size?: number) => icon(MonitorX, size),
  users: (size?: number) => icon(Users, size),
  video: (size?: number) => icon(Video, size),
  videoOff: (size?: number) => icon(VideoOff, size),
};
