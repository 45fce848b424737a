import type { Client } from './client.js';

/**
 * Whether this browser rings one whose page is closed: `blocked` when the person has denied
 * notifications to the page, `unsupported` where the browser cannot, or not for a page like this.
 */
export type PushState = 'on' | 'off' | 'blocked' | 'unsupported';

/** Of the service worker at `registration`, or of none. Asks the person nothing. */
export async function pushState(
  registration: ServiceWorkerRegistration | undefined,
): Promise<PushState> {
  const isThere =
    'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
  if (!isThere) return 'unsupported';
  if (Notification.permission === 'denied') return 'blocked';
  return (await registration?.pushManager.getSubscription()) ? 'on' : 'off';
}

/**
 * Has this browser rung by pushes, which the worker at `registration` gets, for the client's user.
 * The browser asks the person once; call it from a click. Called again, it tells the server what
 * has changed.
 *
 * Rejects with an ApiError, and with the browser's `DOMException`: `NotAllowedError` where the
 * person says no, `AbortError` where the browser cannot reach its push service.
 */
export async function turnPushOn(
  client: Client,
  registration: ServiceWorkerRegistration,
): Promise<void> {
  const key = await client.rest.pushKey();
  const { pushManager } = registration;
  let subscription = await pushManager.getSubscription();
  // One that was made for another key gets nothing from this server.
  if (subscription && keyOf(subscription) !== key) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  await client.rest.subscribeToPushes(subscription.toJSON());
}

/** The reverse. The browser rings no more also where the server cannot be told. */
export async function turnPushOff(
  client: Client,
  registration: ServiceWorkerRegistration | undefined,
): Promise<void> {
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  await subscription.unsubscribe();
  await client.rest.unsubscribeFromPushes(subscription.endpoint);
}

function keyOf({ options }: PushSubscription): string {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
