/** What a button or a key of the call does; `<mullion-call>` does it. */
export type Deed =
  | 'microphone'
  | 'camera'
  | 'share'
  | 'people'
  | 'chat'
  | 'more'
  | 'devices'
  | 'quality'
  | 'help'
  | 'picture'
  | 'full-screen'
  | 'audio-only'
  | 'link'
  | 'go-live'
  | 'stop-broadcasts'
  | 'watch-link'
  | 'end-for-all'
  | 'escape'
  | 'hang-up';

/** Keys without a modifier, outside of fields. */
export const kKeys: Readonly<Partial<Record<string, Deed>>> = {
  m: 'microphone',
  v: 'camera',
  s: 'share',
  c: 'chat',
  p: 'people',
  f: 'full-screen',
  i: 'picture',
  '?': 'help',
  Escape: 'escape',
};

/** The deed of a key, unless it is typed somewhere or belongs to the browser. */
export function deedOf(event: KeyboardEvent): Deed | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  const [target] = event.composedPath();
  const typing =
    target instanceof Element &&
    target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]');
  if (typing && event.key !== 'Escape') return undefined;
  return kKeys[event.key] ?? kKeys[event.key.toLowerCase()];
}

/** Asks for a deed: heard by `<mullion-call>`, however deep the button is. */
export function askFor(element: Element, deed: Deed): void {
  element.dispatchEvent(
    new CustomEvent('mullion-do', { detail: deed, bubbles: true, composed: true }),
  );
}

export interface PersonQuestion {
  userId: string;
  name: string;
}

/** Asks whether somebody is to be removed. */
export function askToRemove(element: Element, detail: PersonQuestion): void {
  element.dispatchEvent(
    new CustomEvent('mullion-remove', { detail, bubbles: true, composed: true }),
  );
}
