/** The web components of mullion. Importing this defines `<mullion-call>` and `<mullion-ring>`. */
export { MullionCall } from './call.js';
export { icons } from './icons.js';
export { MullionRing } from './ring.js';
export { buttons, tokens } from './tokens.js';
export { clock, detailOf, explain, farewell, initials } from './words.js';
