/** The page's side of the service worker that rings while no page is open (`app/worker`). */
import { type Client, turnPushOn } from '@mullion/client';

/** What the worker tells of a click on a notification. */
interface Clicked {
  type: 'mullion:call';
  callId: string;
  answer: boolean;
}

/** The worker, where there is one already. */
export async function knownWorker(): Promise<ServiceWorkerRegistration | undefined> {
  // Pages without TLS have no workers.
  if (!('serviceWorker' in navigator)) return undefined;
  return navigator.serviceWorker.getRegistration('/');
}

/** The worker, ready to get pushes. */
export async function startWorker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register('/sw.js');
  return navigator.serviceWorker.ready;
}

/**
 * Where this browser is subscribed, it rings for whoever is here now: the browser may have changed
 * the subscription meanwhile, or the server its key.
 */
export async function keepSubscription(client: Client): Promise<void> {
  try {
    const worker = await knownWorker();
    if (worker && (await worker.pushManager.getSubscription())) await turnPushOn(client, worker);
  } catch {
    // The next visit tries again.
  }
}

/** What the page does for the worker. */
export interface PageSide {
  /** Whether the page would ring by itself. */
  isConnected: () => boolean;
  /** A ring was clicked, on “Accept” where it is to be answered. */
  onClick: (callId: string, answer: boolean) => void;
  /** The browser has subscribed anew. */
  onSubscription: () => void;
}

/** Listens to the worker from now on. */
export function answerWorker(page: PageSide): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
    const message = data as Clicked | { type: 'mullion:connected' | 'mullion:subscription' } | null;
    if (message?.type === 'mullion:connected') ports[0]?.postMessage(page.isConnected());
    if (message?.type === 'mullion:subscription') page.onSubscription();
    if (message?.type === 'mullion:call') page.onClick(message.callId, message.answer);
  });
  navigator.serviceWorker.startMessages();
}
