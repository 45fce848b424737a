/** Who one is on this browser, kept for the next visit. */

const kIdKey = 'mullion.user_id';
const kNameKey = 'mullion.name';
/** Without those that are taken for another: an id is read out to be rung. */
const kLetters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** One's own id: made on the first visit. */
export function userId(storage: Storage = localStorage): string {
  const known = storage.getItem(kIdKey);
  if (known) return known;
  const letters = Array.from(
    crypto.getRandomValues(new Uint8Array(9)),
    (byte) => kLetters[byte % kLetters.length],
  ).join('');
  const id = letters.replace(/(.{3})(.{3})(.{3})/, '$1-$2-$3');
  storage.setItem(kIdKey, id);
  return id;
}

/** The id that somebody has typed to ring another; null where it can be nobody's. */
export function typedId(text: string): string | null {
  const typed = text.trim();
  // Those that userId() makes are read out, and written down with capitals and spaces.
  const part = `([${kLetters}]{3})`;
  const made = new RegExp(`^${part}[\\s-]+${part}[\\s-]+${part}$`, 'i').exec(typed);
  if (made) return made.slice(1).join('-').toLowerCase();
  // What the server takes; other ids come with tokens, and a capital is another letter there.
  return /^(?!\.{1,2}$)[\w.:@-]{1,128}$/.test(typed) ? typed : null;
}

export function knownName(storage: Storage = localStorage): string {
  return storage.getItem(kNameKey) ?? '';
}

export function keepName(name: string, storage: Storage = localStorage): void {
  storage.setItem(kNameKey, name);
}

/** The call of a link such as `/call/abc`; empty on every other page. */
export function callInPath(path: string): string {
  const id = /^\/call\/([^/]+)\/?$/.exec(path)?.[1] ?? '';
  try {
    return decodeURIComponent(id);
  } catch {
    return '';
  }
}

/** `path` with the language that the address asks for; it is one's own, and stays one's own. */
export function pathWithLanguage(path: string, search: string): string {
  const lang = new URLSearchParams(search).get('lang');
  return lang ? `${path}?lang=${encodeURIComponent(lang)}` : path;
}

/** The address to send to others: in it is nothing of one's own language. */
export function inviteUrlOf(address: string): string {
  const url = new URL(address);
  url.searchParams.delete('lang');
  url.hash = '';
  return url.href;
}

/** A guest's token, for as long as the tab is there. */
export function keepGuestToken(
  callId: string,
  token: string,
  storage: Storage = sessionStorage,
): void {
  storage.setItem(`mullion.guest.${callId}`, token);
}

export function guestTokenFor(callId: string, storage: Storage = sessionStorage): string | null {
  return callId === '' ? null : storage.getItem(`mullion.guest.${callId}`);
}
