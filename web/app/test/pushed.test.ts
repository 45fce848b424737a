import { describe, expect, it } from 'vitest';
import { isApp, noticeOf, type Pushed, readPush } from '../worker/pushed.js';
import { wordsFor } from '../worker/words.js';

const kRing: Pushed = {
  type: 'call:incoming',
  call_id: 'c1',
  caller: { user_id: 'ada', name: 'Ada' },
  title: null,
  call_type: 'video',
  reject: '/api/webrtc/call/c1/reject?sig=x',
};

function notice(pushed: Partial<Pushed>, language = 'en') {
  const { words, lang, dir } = wordsFor([language]);
  return noticeOf({ ...kRing, ...pushed }, words, { lang, dir });
}

describe('what is pushed', () => {
  it('is shown while it rings, with the answers', () => {
    const shown = notice({});
    expect(shown?.title).toBe('Ada rings');
    expect(shown?.options).toMatchObject({
      body: 'Video call',
      tag: 'c1',
      requireInteraction: true,
      renotify: true,
      data: { callId: 'c1', rings: true, reject: kRing.reject },
    });
    expect(shown?.options.actions?.map(({ action }) => action)).toEqual(['accept', 'reject']);
  });

  it('says what the call is', () => {
    expect(notice({ title: 'Tea', call_type: 'audio' })?.options.body).toBe('Tea · Audio call');
    expect(notice({ caller: { user_id: 'ada', name: '' } })?.title).toBe('ada rings');
  });

  it.each(['call:missed', 'call:cancelled'] as const)('leaves a quiet notice of %s', (type) => {
    const shown = notice({ type });
    expect(shown?.title).toBe('You missed a call from Ada');
    expect(shown?.options).toMatchObject({ tag: 'c1', silent: true, data: { rings: false } });
    expect(shown?.options.requireInteraction).toBeUndefined();
  });

  it.each(['call:answered', 'call:rejected'] as const)('leaves nothing of %s', (type) => {
    expect(notice({ type })).toBeNull();
  });

  it.each(['', 'x', 'null', '{}', '{"call_id":"c1"}'])('is none where it is %j', (text) => {
    expect(readPush(text)).toBeNull();
  });

  it('is read', () => {
    expect(readPush(JSON.stringify(kRing))).toEqual(kRing);
    expect(readPush(undefined)).toBeNull();
  });
});

describe('languages', () => {
  it.each([
    ['de-AT', 'Ada ruft an', 'ltr'],
    ['es', 'Ada llama', 'ltr'],
    ['zh-CN', 'Ada 来电', 'ltr'],
    ['ar', 'Ada يتصل', 'rtl'],
    ['fr', 'Ada rings', 'ltr'],
  ])('of %s', (language, title, dir) => {
    expect(notice({}, language)?.title).toBe(title);
    expect(notice({}, language)?.options.dir).toBe(dir);
  });
});

describe('pages that ring by themselves', () => {
  it.each([
    ['https://a/', true],
    ['https://a/?lang=de', true],
    ['https://a/call/c1', true],
    ['https://a/call/c1?link=code', false],
    ['https://a/watch/b1', false],
    ['https://a/docs', false],
  ])('%s', (url, rings) => {
    expect(isApp(url)).toBe(rings);
  });
});
