/** Access tokens: where they come from and when they run out. */

/** A token, or how to get one: called again when the last is about to run out. */
export type TokenSource = string | (() => string | Promise<string>);

/** How long before its end a token is renewed. */
const kRenewBefore = 60_000;

export class Tokens {
  #current: string | null = null;

  constructor(private readonly source: TokenSource) {}

  /** Whether another token can be had when this one is refused. */
  get canRenew(): boolean {
    return typeof this.source === 'function';
  }

  async current(): Promise<string> {
    return this.#current ?? (await this.renew());
  }

  async renew(): Promise<string> {
    this.#current = typeof this.source === 'string' ? this.source : await this.source();
    return this.#current;
  }

  /** Milliseconds until the token should be renewed, null where it does not run out. */
  renewIn(now = Date.now()): number | null {
    const expiry = this.#current === null ? null : claimsOf(this.#current).expiresAt;
    if (expiry === null || !this.canRenew) return null;
    return Math.max(1000, expiry - now - kRenewBefore);
  }
}

/** What a token says of its bearer, null where it says nothing. Nobody but the server can check it. */
export interface Claims {
  /** The user id (`sub`). */
  userId: string | null;
  name: string | null;
  /** When it runs out (`exp`), in milliseconds of the epoch. */
  expiresAt: number | null;
}

/** Reads the claims of a JWT (RFC 7519, 4.1); any other text says nothing. */
export function claimsOf(token: string): Claims {
  const { sub, name, exp } = payloadOf(token);
  return {
    userId: typeof sub === 'string' ? sub : null,
    name: typeof name === 'string' ? name : null,
    expiresAt: typeof exp === 'number' ? exp * 1000 : null,
  };
}

function payloadOf(token: string): Record<string, unknown> {
  try {
    const text = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === 'object' && payload !== null ? { ...payload } : {};
  } catch {
    return {};
  }
}
