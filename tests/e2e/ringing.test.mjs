// One rings another: what both see, by the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { untilMixed } from './support/people.mjs';
import { until } from './support/until.mjs';
import { Visitors } from './support/visitors.mjs';

const visitors = new Visitors('chromium', 'firefox', 'chromium');

/** The `index`th person on the start page, who can be rung by `userId`. */
async function visit(index) {
  const visitor = await visitors.visit(index, '/');
  visitor.userId = await visitor.comeBack();
  return visitor;
}

async function ring(caller, callee) {
  await caller.type('#friend', callee.userId);
  await caller.press('ring');
  await caller.says('mullion-outgoing-call', 'Ringing');
}

test('the one who is rung answers without video, and a third comes by a link', async () => {
  const [ann, bob] = [await visit(0), await visit(1)];
  await ring(ann, bob);
  await bob.says('mullion-incoming-call >>> h1', 'Ann');
  assert.match(await bob.page.title(), /Ann rings/);
  await bob.press('accept-without-video');
  await ann.untilGone('mullion-outgoing-call');
  assert.equal(await bob.inCall(({ session }) => session.videoMuted), true);
  await bob.press('camera');
  await untilMixed([ann, bob]);

  // The host makes a link for a third.
  await ann.page.evaluate(() => {
    navigator.clipboard.writeText = async (text) => (globalThis.copied = text);
  });
  await ann.press('people');
  await ann.press('link');
  const link = new URL(await until('the link', () => ann.page.evaluate(() => globalThis.copied)));
  const eve = await visitors.visit(2, link.pathname + link.search);
  await eve.enterAs('go');
  await untilMixed([ann, bob, eve]);
  await eve.press('hang-up');

  await bob.press('hang-up');
  await ann.press('hang-up');
  await ann.says('mullion-history', 'Outgoing');
  await bob.says('mullion-history', 'Incoming');
});

test('the one who is rung rejects, and all of his tabs stop', async () => {
  const [ann, bob] = [await visit(0), await visit(2)];
  const first = bob.page;
  await bob.openTab('/');
  await bob.find('mullion-app[connected]');
  await ring(ann, bob);
  await bob.find('mullion-incoming-call');
  await first.waitForSelector('>>> mullion-incoming-call');
  await bob.press('reject');
  await ann.says('.news', 'cannot talk now');
  bob.page = first;
  await bob.untilGone('mullion-incoming-call');
  assert.equal(await bob.page.$('>>> .news'), null, 'nothing was missed');
  await bob.says('mullion-history', 'Rejected');
  assert.equal(await bob.page.$('>>> li.missed'), null);
});

test('an id is rung as it was read out, and what is none is not', async () => {
  const [ann, bob] = [await visit(0), await visit(2)];
  for (const [typed, told] of [
    ['not an id!', 'no id'],
    [ann.userId.toUpperCase(), 'your own id'],
  ]) {
    await ann.clear('#friend');
    await ann.type('#friend', typed);
    await ann.press('ring');
    await ann.says('#friend-wrong', told);
  }
  await ann.clear('#friend');
  await ring(ann, { userId: bob.userId.toUpperCase().replaceAll('-', ' ') });
  await bob.says('mullion-incoming-call >>> h1', 'Ann');
});

test('who sits in another call is busy', async () => {
  const [ann, bob] = [await visit(0), await visit(2)];
  await bob.press('go');
  await bob.says('.banner', 'Nobody else is here yet');
  await ann.type('#friend', bob.userId);
  await ann.press('ring');
  await ann.says('.news', 'in another call');
});

test('who has missed a call reads it, and calls back', async () => {
  const [ann, bob] = [await visit(0), await visit(1)];
  await ring(ann, bob);
  await bob.find('mullion-incoming-call');
  await ann.press('cancel');
  await ann.says('.news', 'You cancelled the call');
  await bob.untilGone('mullion-incoming-call');
  await bob.says('.news', 'You missed a call from Ann');
  await bob.says('mullion-history', 'Missed');
  await bob.press('call-back');
  await ann.says('mullion-incoming-call >>> h1', 'Bob');
  await ann.press('accept');
  await untilMixed([ann, bob]);
});
