/** Where the focus is, and how it comes back. */

/** The innermost element that has the focus, through all shadow roots; null where none has it. */
export function focused(): HTMLElement | null {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one instanceof HTMLElement && one !== document.body ? one : null;
}

/** Gives the focus back to `one`. @returns whether that is still there to have it. */
export function focusAgain(one: HTMLElement | null): boolean {
  if (!one?.isConnected) return false;
  one.focus();
  return true;
}
