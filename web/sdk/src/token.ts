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
    const expiry = this.#current === null ? null : expiryOf(this.#current);
    if (expiry === null || !this.canRenew) return null;
    return Math.max(1000, expiry - now - kRenewBefore);
  }
}

/** When a JWT runs out, in milliseconds of the epoch (`exp`, RFC 7519, 4.1.4); null if unknown. */
export function expiryOf(token: string): number | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  try {
    const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const claims: unknown = JSON.parse(text);
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return null;
    return typeof claims.exp === 'number' ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}
