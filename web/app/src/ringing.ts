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

/** Calls `onClick` with each ring that is clicked, and `onChange` where the browser subscribed anew. */
export function onWorkerMessage(
  onClick: (callId: string, answer: boolean) => void,
  onChange: () => void,
): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = data as Partial<Clicked> | { type: 'mullion:subscription' } | null;
    if (message?.type === 'mullion:subscription') onChange();
    if (message?.type === 'mullion:call' && message.callId)
      onClick(message.callId, message.answer === true);
  });
  navigator.serviceWorker.startMessages();
}

/** Whether the page was opened by “Accept” on a notification. Taken out of the address bar. */
export function takeAnswerFromAddress(): boolean {
  if (location.hash !== '#answer') return false;
  history.replaceState(null, '', location.pathname + location.search);
  return true;
}
