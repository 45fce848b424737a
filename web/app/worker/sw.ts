/**
 * The page's service worker: it rings while no page is open. It keeps nothing and loads nothing for
 * the page; `vite.worker.config.ts` makes one classic script of it, as not every browser takes
 * modules here.
 */
import { isApp, type Notice, noticeOf, readPush } from './pushed.js';
import { wordsFor } from './words.js';

declare const self: ServiceWorkerGlobalScope;

/** What an open page is told of a click; `app/src/ringing.ts` has the other end. */
interface Clicked {
  type: 'mullion:call';
  callId: string;
  answer: boolean;
}

/** For a page's answer. */
const kPatienceMs = 1_000;

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(onPush(event.data?.text())));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { callId, rings, reject } = event.notification.data as Notice;
  if (!rings) event.waitUntil(open('/'));
  else if (event.action === 'reject') event.waitUntil(sayNo(callId, reject));
  else event.waitUntil(open(callPath(callId), callId, event.action === 'accept'));
});
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

async function onPush(text: string | undefined): Promise<void> {
  const pushed = readPush(text);
  if (!pushed) return;
  const { words, lang, dir } = wordsFor(self.navigator.languages);
  const shown = noticeOf(pushed, words, { lang, dir });
  const before = await self.registration.getNotifications({ tag: pushed.call_id });
  if (shown && !(await isToldByPage()))
    await self.registration.showNotification(shown.title, shown.options);
  else for (const notification of before) notification.close();
}

/**
 * Whether a page in front of the person rings by itself, and says what was missed: one that is
 * connected does. One that does not answer is asked in vain, and nobody must be rung in vain.
 */
async function isToldByPage(): Promise<boolean> {
  const seen = (await pages()).filter(({ visibilityState }) => visibilityState === 'visible');
  const answers = seen.map((page) => {
    const { port1, port2 } = new MessageChannel();
    return new Promise<boolean>((resolve) => {
      port1.onmessage = ({ data }) => resolve(data === true);
      setTimeout(() => resolve(false), kPatienceMs);
      page.postMessage({ type: 'mullion:connected' }, [port2]);
    });
  });
  return (await Promise.all(answers)).includes(true);
}

async function pages(): Promise<readonly WindowClient[]> {
  const all = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return all.filter(({ url }) => isApp(url));
}

const callPath = (callId: string): string => `/call/${encodeURIComponent(callId)}`;

/** Comes to the page that is open, or opens one at `path`. */
async function open(path: string, callId = '', answer = false): Promise<void> {
  const all = await pages();
  const page = all.find(({ visibilityState }) => visibilityState === 'visible') ?? all[0];
  const clicked: Clicked = { type: 'mullion:call', callId, answer };
  // One that is opened gets the message once it listens. Nothing of it stands in the address, which
  // anybody can make.
  const shown = page ? await page.focus() : await self.clients.openWindow(path);
  shown?.postMessage(clicked);
}

/** Says no by what the push has brought; where that fails the page rings, where one can say so. */
async function sayNo(callId: string, reject: string): Promise<void> {
  const answer = reject && (await fetch(reject, { method: 'POST' }).catch(() => null));
  if (!answer || !answer.ok) await open(callPath(callId), callId);
}

/**
 * The browser has ended the subscription: another one takes its place. Which user it is for, only a
 * page can say, which tells the server: one that is open at once, else the next one.
 */
async function renew(event: PushSubscriptionChangeEvent): Promise<void> {
  const options = event.oldSubscription?.options;
  if (!event.newSubscription && options)
    await self.registration.pushManager.subscribe({
      userVisibleOnly: options.userVisibleOnly,
      applicationServerKey: options.applicationServerKey,
    });
  for (const page of await pages()) page.postMessage({ type: 'mullion:subscription' });
}
