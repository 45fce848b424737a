// People are rung while their page is closed: what a push service gets, and what a person sees.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { builtPages, fakeCall } from './support/programs.mjs';
import { PushService } from './support/push_service.mjs';
import { Stage } from './support/stage.mjs';
import { until } from './support/until.mjs';
import { Visitor } from './support/visitor.mjs';

let service = null;
let stage = null;
let browser = null;
const tokens = new Map();

before(async () => {
  service = await PushService.open();
  stage = await Stage.set({
    pages: builtPages(),
    env: {
      MULLION_MEDIA_CALL_BINARY: fakeCall(),
      MULLION_PUSH_ENDPOINTS: service.origin,
      MULLION_PUSH_SUBJECT: 'mailto:ops@example.org',
    },
  });
  browser = await stage.open('chromium');
});

afterEach(async () => {
  for (const { id } of (await ask('ada', 'GET', '/calls/active')).calls)
    await ask('ada', 'POST', `/call/${id}/end`);
  service.answer = () => 201;
});

after(async () => {
  await stage?.close();
  await service?.close();
});

async function ask(user, method, path, body) {
  const send = (headers, route, what) =>
    fetch(`${stage.server.url}/api/webrtc${route}`, {
      method: route === '/token' ? 'POST' : method,
      headers: { 'content-type': 'application/json', ...headers },
      body: what && JSON.stringify(what),
    });
  if (!tokens.has(user)) {
    const given = await send({}, '/token', { user_id: user, name: `Called ${user}` });
    tokens.set(user, (await given.json()).token);
  }
  const answer = await send({ authorization: `Bearer ${tokens.get(user)}` }, path, body);
  const json = await answer.json();
  assert.ok(answer.ok, `${method} ${path}: ${JSON.stringify(json)}`);
  return json;
}

/** Somebody new, who has subscribed in a browser of that name. */
async function subscriber(user) {
  await ask(user, 'POST', '/push/subscriptions', service.subscription(user));
  return user;
}

const ring = (...participants) => ask('ada', 'POST', '/call/initiate', { participants });

const subscriptionsOf = async (user) =>
  (await ask(user, 'GET', '/push/subscriptions')).subscriptions;

test('who has no page open is pushed who rings, in time and for as long as it rings', async () => {
  await subscriber('bob');
  const call = await ring('bob');
  assert.equal(call.participants[1].state, 'invited', 'he has no device');
  const { headers, message, key } = await service.nth('bob', 1);
  const { at, expires_at, reject, ...rest } = message;
  assert.deepEqual(rest, {
    type: 'call:incoming',
    call_id: call.id,
    caller: { user_id: 'ada', name: 'Called ada' },
    title: null,
    call_type: 'video',
  });
  assert.ok(Date.parse(at) >= Date.parse(call.created_at));
  assert.equal(Date.parse(expires_at), Date.parse(call.created_at) + 30_000);
  assert.ok(headers.ttl > 0 && headers.ttl <= 30, `its TTL is ${headers.ttl}`);
  assert.equal(headers.urgency, 'high');
  assert.match(headers.topic, /^[\w-]{1,32}$/);
  assert.equal((await ask('bob', 'GET', '/push/key')).key, key);

  // He says no by what the push has brought, on which no token stands.
  const again = await fetch(`${stage.server.url}${reject}`, { method: 'POST' });
  assert.equal(again.status, 200);
  assert.equal((await again.json()).status, 'rejected');
  assert.equal((await service.nth('bob', 2)).message.type, 'call:rejected');
  // The signature is for this alone.
  const answering = reject.replace('/reject?', '/answer?');
  const other = await fetch(`${stage.server.url}${answering}`, { method: 'POST' });
  assert.equal(other.status, 401);
});

test('who is rung no more is told how it ended', async () => {
  await subscriber('cem');
  const cancelled = await ring('cem');
  const { headers } = await service.nth('cem', 1);
  await ask('ada', 'POST', `/call/${cancelled.id}/end`);
  const end = await service.nth('cem', 2);
  assert.equal(end.message.type, 'call:cancelled');
  assert.equal(end.message.call_id, cancelled.id);
  assert.equal(end.headers.topic, headers.topic, 'it takes the place of the ring');
  assert.equal(end.message.reject, undefined);

  const answered = await ring('cem');
  await service.nth('cem', 3);
  await ask('cem', 'POST', `/call/${answered.id}/answer`);
  assert.equal((await service.nth('cem', 4)).message.type, 'call:answered');
});

test('a subscription that has ended is forgotten', async () => {
  await subscriber('dan');
  service.answer = () => 410;
  await ring('dan');
  await service.nth('dan', 1);
  await until('no subscription', async () => (await subscriptionsOf('dan')).length === 0);
});

test('a push service that is busy is asked again when it wants to be', async () => {
  await subscriber('eve');
  let refusals = 1;
  service.answer = () => (refusals-- > 0 ? { status: 503, headers: { 'retry-after': '2' } } : 201);
  await ring('eve');
  const [first, second] = [await service.nth('eve', 1), await service.nth('eve', 2)];
  assert.deepEqual(second.message, first.message);
  assert.ok(second.at - first.at >= 1_900, `after ${second.at - first.at} ms`);
  assert.ok(second.headers.ttl < first.headers.ttl, 'it is of use for less long');
});

/** Runs inside the page: a push service that this machine can reach. */
function fakeSubscription(subscription) {
  const kept = 'subscribed';
  const made = {
    ...subscription,
    options: { applicationServerKey: null },
    toJSON: () => subscription,
    unsubscribe: async () => {
      localStorage.removeItem(kept);
      localStorage.setItem('unsubscribed', 'yes');
    },
  };
  const encode = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const current = () => {
    const key = localStorage.getItem(kept);
    return key && { ...made, options: { applicationServerKey: encode(key).buffer } };
  };
  PushManager.prototype.getSubscription = async () => current();
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (!userVisibleOnly) throw new DOMException('must be visible', 'NotAllowedError');
    localStorage.setItem(kept, applicationServerKey);
    return current();
  };
}

let visits = 0;

/** Somebody in front of Chromium, who may be notified, or has said no to that. */
async function visit(permissions) {
  const visitor = await Visitor.visit(browser, stage.server, '/healthz', {
    name: 'Bob',
    colour: [0, 0, 0],
    tone: 700,
  });
  await visitor.context.overridePermissions(stage.server.url, permissions);
  visitor.browser = `chromium-${++visits}`;
  await visitor.page.evaluateOnNewDocument(fakeSubscription, service.subscription(visitor.browser));
  await visitor.page.goto(`${stage.server.url}/`);
  visitor.userId = await visitor.comeBack();
  return visitor;
}

/** As the server has it: until then it is pressed, but cannot be pressed again. */
const isOn = async (visitor) =>
  (await visitor.find('[data-control="push"]')).evaluate(
    ({ checked, disabled }) => checked && !disabled,
  );

/** The visitor's service worker: pushes are delivered to it, and what it shows is looked at. */
class Worker {
  static async of(visitor) {
    const worker = new Worker();
    const target = await visitor.context.waitForTarget((one) => one.type() === 'service_worker');
    worker.inside = await target.worker();
    worker.cdp = await visitor.page.createCDPSession();
    worker.cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${stage.server.url}/`);
      worker.id = own?.registrationId ?? worker.id;
    });
    await worker.cdp.send('ServiceWorker.enable');
    await until('the registration', () => worker.id);
    return worker;
  }

  deliver(message) {
    return this.cdp.send('ServiceWorker.deliverPushMessage', {
      origin: stage.server.url,
      registrationId: this.id,
      data: JSON.stringify(message),
    });
  }

  shown() {
    return this.inside.evaluate(async () =>
      (await self.registration.getNotifications()).map(
        ({ title, body, tag, requireInteraction, actions }) => ({
          title,
          body,
          tag,
          requireInteraction,
          actions: actions.map(({ action }) => action),
        }),
      ),
    );
  }

  untilShown(what, isIt) {
    return until(what, async () => {
      const all = await this.shown();
      return isIt(all) && all;
    });
  }

  /** As the person would, whose click a test cannot give: what it asks for is waited for. */
  click(action) {
    return this.inside.evaluate(async (name) => {
      const [notification] = await self.registration.getNotifications();
      const event = new self.NotificationEvent('notificationclick', { notification, action: name });
      const work = [];
      Object.defineProperty(event, 'waitUntil', { value: (promise) => work.push(promise) });
      self.dispatchEvent(event);
      await Promise.all(work);
    }, action);
  }
}

test('one subscribes by the switch, and the closed page rings by a notification', async () => {
  const bob = await visit(['notifications']);
  assert.equal(await isOn(bob), false, 'nobody is asked who has not pressed it');
  await bob.press('push');
  await until('the switch on', () => isOn(bob));
  assert.equal((await subscriptionsOf(bob.userId)).length, 1);
  const worker = await Worker.of(bob);

  // In front of the page nothing is shown: it rings by itself.
  await ring(bob.userId);
  const first = await service.nth(bob.browser, 1);
  await bob.find('mullion-incoming-call');
  await worker.deliver(first.message);
  await ask('ada', 'POST', `/call/${first.message.call_id}/end`);
  await worker.deliver((await service.nth(bob.browser, 2)).message);
  await bob.untilGone('mullion-incoming-call');

  // This is none of the app's pages; nobody is there to ring.
  await bob.page.goto(`${stage.server.url}/healthz`);
  await ring(bob.userId);
  const ringing = await service.nth(bob.browser, 3);
  assert.equal(ringing.message.type, 'call:incoming');
  await worker.deliver(ringing.message);
  // The first push is done by now: the worker has them one after the other.
  assert.deepEqual(await worker.untilShown('the ring', (all) => all.length > 0), [
    {
      title: 'Called ada rings',
      body: 'Video call',
      tag: ringing.message.call_id,
      requireInteraction: true,
      actions: ['accept', 'reject'],
    },
  ]);
  await worker.click('reject');
  const call = await ask('ada', 'GET', `/call/${ringing.message.call_id}`);
  assert.equal(call.status, 'rejected');
  assert.deepEqual(await worker.shown(), []);
});

test('a notification goes when the ringing does, and tells what was missed', async () => {
  const bob = await visit(['notifications']);
  await bob.press('push');
  await until('the switch on', () => isOn(bob));
  const worker = await Worker.of(bob);
  // He looks at the page, but it is not connected and cannot ring.
  await bob.page.evaluate(() => document.querySelector('mullion-app').client.close());

  const answered = await ring(bob.userId);
  await worker.deliver((await service.nth(bob.browser, 1)).message);
  await worker.untilShown('the ring', (all) => all.length === 1);
  await ask(bob.userId, 'POST', `/call/${answered.id}/answer`);
  await worker.deliver((await service.nth(bob.browser, 2)).message);
  await worker.untilShown('nothing', (all) => all.length === 0);
  // Who is in a call is not rung.
  await ask('ada', 'POST', `/call/${answered.id}/end`);

  await bob.page.goto(`${stage.server.url}/healthz`);
  const cancelled = await ring(bob.userId);
  await worker.deliver((await service.nth(bob.browser, 3)).message);
  await worker.untilShown('the ring', (all) => all[0]?.requireInteraction);
  await ask('ada', 'POST', `/call/${cancelled.id}/end`);
  await worker.deliver((await service.nth(bob.browser, 4)).message);
  const [notice] = await worker.untilShown('the notice', (all) => !all[0]?.requireInteraction);
  assert.equal(notice.title, 'You missed a call from Called ada');
  assert.deepEqual(notice.actions, []);
});

test('what “Accept” opens answers by itself, and the switch ends the subscription', async () => {
  const bob = await visit(['notifications', 'camera', 'microphone']);
  await bob.press('push');
  await until('the switch on', () => isOn(bob));
  // It is still on at the next visit, and the same one.
  await bob.page.reload();
  await until('the switch on', () => isOn(bob));
  assert.equal(await bob.page.evaluate(() => localStorage.getItem('unsubscribed')), null);
  await bob.press('push');
  await until('the switch off', async () => !(await isOn(bob)));
  await until('no subscription', async () => (await subscriptionsOf(bob.userId)).length === 0);

  const call = await ring(bob.userId);
  await bob.page.goto(`${stage.server.url}/healthz`);
  // An address anybody can make: it rings, and no more.
  await bob.page.goto(`${stage.server.url}/call/${call.id}#answer`);
  await bob.find('mullion-incoming-call');
  assert.equal((await ask('ada', 'GET', `/call/${call.id}`)).status, 'ringing');
  const worker = await Worker.of(bob);
  await worker.inside.evaluate(async (callId) => {
    for (const page of await self.clients.matchAll({ type: 'window', includeUncontrolled: true }))
      page.postMessage({ type: 'mullion:call', callId, answer: true });
  }, call.id);
  await bob.find('mullion-call');
  assert.equal((await ask('ada', 'GET', `/call/${call.id}`)).status, 'active');
});

test('who has blocked notifications reads what to do', async () => {
  const bob = await visit([]);
  await bob.says('mullion-push-switch', 'blocked');
  const box = await bob.find('[data-control="push"]');
  assert.equal(await box.evaluate(({ disabled }) => disabled), true);
});
