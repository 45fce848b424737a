/**
 * The web components around a call: importing this defines `<mullion-lobby>`, `<mullion-devices>`,
 * `<mullion-incoming-call>` and `<mullion-history>`. The call itself, `<mullion-call>`, is in
 * `@mullion/ui/call`: a page needs it later.
 */
export { copyText } from './copy.js';
export { MullionDevices } from './device_menus.js';
export { MullionElement } from './element.js';
export { type CallBack, MullionHistory } from './history.js';
export { icons } from './icons.js';
export { callerOf, MullionIncomingCall } from './incoming_call.js';
export { direction, language, languageReady, onLanguage, useLanguage, words } from './language.js';
export { MullionLobby } from './lobby.js';
export { buttons, fields, onStage, tokens } from './tokens.js';
export { clock, detailOf, explain, farewell, initials, nameIn, ToldError } from './words.js';
export type { Words } from './words/en.js';
