/** The page's way to the server: a client under the person's name. */
import { ApiError, Client, devToken, guestToken } from '@mullion/client';
import { keepGuestToken, userId } from './identity.js';

/** The server hands out no tokens to pages; the person needs another way in. */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError';

  constructor() {
    super(
      'This server lets nobody in by name alone. Open the link that you were given, ' +
        'or ask whoever runs the server for one.',
    );
  }
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
  const client = new Client({ token: broughtToken ?? (await tokenSource(name)) });
  await client.connect();
  return client;
}

/** Connects as a guest of a link's call, who finds his place again when the page is loaded anew. */
export async function connectAsGuest(name: string, code: string, pin: string): Promise<Client> {
  const guest = await guestToken(`${location.origin}/api/webrtc`, code, name, pin);
  keepGuestToken(guest.call_id, guest.token);
  return connectAs(name, guest.token);
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
      throw new NoTokenError();
    throw error;
  }
}
