/**
 * Puts `text` on the clipboard, also where a page has no `navigator.clipboard`, as by plain http in
 * a local network. @returns whether it is there.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

/** The old way needs no selection, so that the focus stays where it is, also in a dialogue. */
function copyByCommand(text: string): boolean {
  let copied = false;
  const give = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    event.stopImmediatePropagation();
    copied = event.clipboardData !== null;
  };
  document.addEventListener('copy', give, { capture: true });
  try {
    // The only one for pages without TLS.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    document.execCommand('copy');
  } catch {
    // A browser without it.
  }
  document.removeEventListener('copy', give, { capture: true });
  return copied;
}
