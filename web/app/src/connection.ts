/** The page's way to the server: a client under the person's name. */
import { ApiError, type Call, Client, claimsOf, devToken, guestToken } from '@mullion/client';
import { ToldError, words } from '@mullion/ui';
import { keepGuestToken, userId } from './identity.js';

/** What the person has come with lets nobody in; `message` says what to do. */
export class EntryError extends ToldError {
  override readonly name = 'EntryError';
}

/** Rejects what cannot be a token, and one that has run out, before the server is asked. */
function requireToken(token: string): string {
  const { userId, expiresAt } = claimsOf(token);
  if (userId === null) throw new EntryError(words().badToken);
  if (expiresAt !== null && expiresAt < Date.now()) throw new EntryError(words().oldToken);
  return token;
}

/** A token may be brought along: `/call/abc#token=…`. It is taken out of the address bar. */
export function takeTokenFromAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** The code of a link that a host has made: `/call/abc?link=CODE`; empty where there is none. */
export function linkInAddress(search: string): string {
  return new URLSearchParams(search).get('link') ?? '';
}

/** Whether the server asks for the PIN of a link, or for another one. */
export function asksForPin(error: unknown): boolean {
  return error instanceof ApiError && error.field === 'pin';
}

/** Connects as `name`. Rejects with what to tell the person. */
export async function connectAs(name: string, broughtToken: string | null): Promise<Client> {
  const token = broughtToken === null ? await tokenSource(name) : requireToken(broughtToken);
  const client = new Client({ token });
  await client.connect();
  return client;
}

/** Connects as a guest of a link's call, who finds his place again when the page is loaded anew. */
export async function connectAsGuest(name: string, code: string, pin: string): Promise<Client> {
  const guest = await guestToken(`${location.origin}/api/webrtc`, code, name, pin);
  keepGuestToken(guest.call_id, guest.token);
  return connectAs(name, guest.token);
}

/** What a link leads to, before one goes in. Rejects as {@link connectAs} and `Rest.get` do. */
export async function peekAt(callId: string, broughtToken: string | null): Promise<Call> {
  // The name is seen by nobody: nothing is joined.
  const token = broughtToken === null ? await tokenSource('?') : requireToken(broughtToken);
  return new Client({ token }).rest.get(callId);
}

async function tokenSource(name: string): Promise<() => Promise<string>> {
  const fetchToken = async (): Promise<string> =>
    (await devToken(`${location.origin}/api/webrtc`, userId(), name)).token;
  try {
    // Asked once here: a refusal is told at once instead of tried again and again.
    let first: string | null = await fetchToken();
    return async () => {
      const token = first ?? (await fetchToken());
      first = null;
      return token;
    };
  } catch (error) {
    if (error instanceof ApiError && [401, 403, 404].includes(error.status))
      throw new EntryError(words().noToken);
    throw error;
  }
}
