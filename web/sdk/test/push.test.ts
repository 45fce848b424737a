import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '../src/client.js';
import { pushState, turnPushOff, turnPushOn } from '../src/push.js';

const kKey =
  'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8';

function bytesOf(key: string): ArrayBuffer {
  const text = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
}

/** A browser's subscription for a server of that key. */
function subscriptionFor(key: string) {
  return {
    endpoint: `https://push.example/${key.slice(0, 3)}`,
    options: { applicationServerKey: bytesOf(key) },
    toJSON: () => ({ endpoint: `https://push.example/${key.slice(0, 3)}` }),
    unsubscribe: vi.fn(() => Promise.resolve(true)),
  };
}

let current: ReturnType<typeof subscriptionFor> | null;
const subscribe = vi.fn(({ applicationServerKey }: { applicationServerKey: string }) =>
  Promise.resolve(subscriptionFor(applicationServerKey)),
);
const registration = {
  pushManager: { getSubscription: () => Promise.resolve(current), subscribe },
} as unknown as ServiceWorkerRegistration;
const rest = {
  pushKey: () => Promise.resolve(kKey),
  subscribeToPushes: vi.fn(() => Promise.resolve()),
  unsubscribeFromPushes: vi.fn(() => Promise.resolve()),
};
const client = { rest } as unknown as Client;

beforeEach(() => {
  current = null;
  vi.clearAllMocks();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('turning pushes on', () => {
  it('subscribes by the key of the server, and tells it', async () => {
    await turnPushOn(client, registration);
    expect(subscribe).toHaveBeenCalledWith({ userVisibleOnly: true, applicationServerKey: kKey });
    expect(rest.subscribeToPushes).toHaveBeenCalledWith({ endpoint: 'https://push.example/BP4' });
  });

  it('keeps the subscription that there is, and tells the server again', async () => {
    current = subscriptionFor(kKey);
    await turnPushOn(client, registration);
    expect(current.unsubscribe).not.toHaveBeenCalled();
    expect(subscribe).not.toHaveBeenCalled();
    expect(rest.subscribeToPushes).toHaveBeenCalledTimes(1);
  });

  it('makes another one where the server has another key', async () => {
    current = subscriptionFor('BAAA');
    await turnPushOn(client, registration);
    expect(current.unsubscribe).toHaveBeenCalledTimes(1);
    expect(subscribe).toHaveBeenCalledTimes(1);
  });
});

describe('turning pushes off', () => {
  it('ends the subscription here and there', async () => {
    current = subscriptionFor(kKey);
    await turnPushOff(client, registration);
    expect(current.unsubscribe).toHaveBeenCalledTimes(1);
    expect(rest.unsubscribeFromPushes).toHaveBeenCalledWith('https://push.example/BP4');
  });

  it('is done where there is none', async () => {
    await turnPushOff(client, registration);
    await turnPushOff(client, undefined);
    expect(rest.unsubscribeFromPushes).not.toHaveBeenCalled();
  });
});

describe('the state', () => {
  function stub(permission: NotificationPermission): void {
    vi.stubGlobal('navigator', { serviceWorker: {} });
    vi.stubGlobal('PushManager', vi.fn());
    vi.stubGlobal('Notification', { permission });
  }

  it('is on where there is a subscription', async () => {
    stub('granted');
    expect(await pushState(registration)).toBe('off');
    expect(await pushState(undefined)).toBe('off');
    current = subscriptionFor(kKey);
    expect(await pushState(registration)).toBe('on');
  });

  it('is blocked where the person has said no', async () => {
    stub('denied');
    current = subscriptionFor(kKey);
    expect(await pushState(registration)).toBe('blocked');
  });

  it('is unsupported without workers, pushes or notifications', async () => {
    stub('granted');
    vi.stubGlobal('navigator', {});
    expect(await pushState(undefined)).toBe('unsupported');
  });
});
