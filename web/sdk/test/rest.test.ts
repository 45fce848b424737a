import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { devToken, guestToken, Rest } from '../src/rest.js';
import { Tokens } from '../src/token.js';

let answers: Response[];
const fetched = vi.fn<typeof fetch>();
let rest: Rest;

beforeEach(() => {
  answers = [];
  fetched.mockReset();
  fetched.mockImplementation(() =>
    Promise.resolve(answers.shift() ?? Response.json({ calls: [], participants: [], id: 'c' })),
  );
  vi.stubGlobal('fetch', fetched);
  rest = new Rest('http://a/api/webrtc', new Tokens('secret'));
});
afterEach(() => vi.unstubAllGlobals());

/** Method, path and body of the last request. */
function last(): unknown[] {
  const [url, init] = fetched.mock.lastCall ?? [];
  const path = (url as string).replace('http://a/api/webrtc', '');
  const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
  return body === undefined ? [init?.method, path] : [init?.method, path, body];
}

it('sends files as they are', async () => {
  const image = new Blob(['x'], { type: 'image/png' });
  await rest.addImage('c', image);
  const [url, init] = fetched.mock.lastCall ?? [];
  expect(url).toBe('http://a/api/webrtc/call/c/images');
  expect(init?.body).toBe(image);
  expect(new Headers(init?.headers).get('content-type')).toBe('image/png');
  await rest.playSound('c', new Blob(['x'], { type: 'audio/wav' }), 0.5);
  expect(fetched.mock.lastCall?.[0]).toBe('http://a/api/webrtc/call/c/sounds?volume=0.5');
});

describe('each request', () => {
  it.each<[string, (rest: Rest) => Promise<unknown>, unknown[]]>([
    [
      'initiate',
      (it) => it.initiate({ participants: ['b'] }),
      ['POST', '/call/initiate', { participants: ['b'] }],
    ],
    ['answer', (it) => it.answer('c@1'), ['POST', '/call/c%401/answer']],
    ['reject', (it) => it.reject('c'), ['POST', '/call/c/reject']],
    ['join', (it) => it.join('c'), ['POST', '/call/c/join']],
    ['leave', (it) => it.leave('c'), ['POST', '/call/c/leave']],
    ['end', (it) => it.end('c'), ['POST', '/call/c/end']],
    ['get', (it) => it.get('c'), ['GET', '/call/c']],
    ['active', (it) => it.active(), ['GET', '/calls/active']],
    ['history', (it) => it.history({ limit: 5 }), ['GET', '/calls/history?limit=5']],
    ['history, all', (it) => it.history(), ['GET', '/calls/history']],
    ['update', (it) => it.update('c', { locked: true }), ['PATCH', '/call/c', { locked: true }]],
    ['invite', (it) => it.invite('c', ['b']), ['POST', '/call/c/invite', { participants: ['b'] }]],
    [
      'createLink',
      (it) => it.createLink('c', { pin: '4711' }),
      ['POST', '/call/c/links', { pin: '4711' }],
    ],
    [
      'setLayout',
      (it) => it.setLayout('c', { mode: 'grid' }),
      ['PUT', '/call/c/layout', { mode: 'grid' }],
    ],
    ['chat', (it) => it.chat('c', { cursor: 'x y' }), ['GET', '/call/c/chat?cursor=x+y']],
    [
      'subscribeToPushes',
      (it) => it.subscribeToPushes({ endpoint: 'https://p/a' }),
      ['POST', '/push/subscriptions', { endpoint: 'https://p/a' }],
    ],
    [
      'unsubscribeFromPushes',
      (it) => it.unsubscribeFromPushes('https://p/a?b'),
      ['DELETE', '/push/subscriptions?endpoint=https%3A%2F%2Fp%2Fa%3Fb'],
    ],
    ['stats', (it) => it.stats('c'), ['GET', '/call/c/stats']],
    ['layout', (it) => it.layout('c'), ['GET', '/call/c/layout']],
    ['snapshot', (it) => it.snapshot('c@1'), ['GET', '/call/c%401/snapshot']],
    ['participants', (it) => it.participants('c'), ['GET', '/call/c/participants']],
    [
      'changeParticipant',
      (it) => it.changeParticipant('c', 'b', { volume: 2 }),
      ['PATCH', '/call/c/participants/b', { volume: 2 }],
    ],
    [
      'removeParticipant',
      (it) => it.removeParticipant('c', 'b'),
      ['DELETE', '/call/c/participants/b'],
    ],
    [
      'askToUnmute',
      (it) => it.askToUnmute('c', 'b', { video: true }),
      ['POST', '/call/c/participants/b/ask-unmute', { video: true }],
    ],
    [
      'setRung',
      (it) => it.setRung('c', 'b', 'audio'),
      ['PUT', '/call/c/participants/b/rung', { rung: 'audio' }],
    ],
    ['lobby', (it) => it.lobby('c'), ['GET', '/call/c/lobby']],
    ['admit', (it) => it.admit('c', 'b/d'), ['POST', '/call/c/lobby/b%2Fd/admit']],
    ['deny', (it) => it.deny('c', 'b'), ['POST', '/call/c/lobby/b/deny']],
    [
      'startRecording',
      (it) => it.startRecording('c', 'webm'),
      ['POST', '/call/c/recording', { format: 'webm' }],
    ],
    ['pauseRecording', (it) => it.pauseRecording('c'), ['POST', '/call/c/recording/pause']],
    ['resumeRecording', (it) => it.resumeRecording('c'), ['POST', '/call/c/recording/resume']],
    ['stopRecording', (it) => it.stopRecording('c'), ['DELETE', '/call/c/recording']],
    [
      'startBroadcast',
      (it) => it.startBroadcast('c', { kind: 'hls', public: true }),
      ['POST', '/call/c/broadcasts', { kind: 'hls', public: true }],
    ],
    ['stopBroadcast', (it) => it.stopBroadcast('c', 'b'), ['DELETE', '/call/c/broadcasts/b']],
    [
      'changeProgramme',
      (it) => it.changeProgramme('c', { logo: null }),
      ['PATCH', '/call/c/programme', { logo: null }],
    ],
    ['undoProgramme', (it) => it.undoProgramme('c'), ['DELETE', '/call/c/programme']],
    ['stopSound', (it) => it.stopSound('c', 's'), ['DELETE', '/call/c/sounds/s']],
    ['recordings', (it) => it.recordings({ status: 'ready' }), ['GET', '/recordings?status=ready']],
    ['recording', (it) => it.recording('r'), ['GET', '/recordings/r']],
    ['eraseRecording', (it) => it.eraseRecording('r'), ['DELETE', '/recordings/r']],
    ['iceServers', (it) => it.iceServers(), ['GET', '/ice-servers']],
  ])('%s is as the API has it', async (_, ask, expected) => {
    await ask(rest);
    expect(last()).toEqual(expected);
    const [, init] = fetched.mock.lastCall ?? [];
    expect(init?.headers).toMatchObject({ Authorization: 'Bearer secret' });
  });

  it('may be repeated under a key', async () => {
    await rest.initiate({ participants: [] }, 'once');
    expect(fetched.mock.lastCall?.[1]?.headers).toMatchObject({ 'Idempotency-Key': 'once' });
  });
});

describe('tokens', () => {
  it('are asked for by who one is, or by a link and its PIN', async () => {
    await devToken('http://a/api/webrtc', 'ann', 'Ann');
    expect(last()).toEqual(['POST', '/token', { user_id: 'ann', name: 'Ann' }]);
    await guestToken('http://a/api/webrtc', 'x/y', 'Zoe', '4711');
    expect(last()).toEqual(['POST', '/links/x%2Fy/token', { name: 'Zoe', pin: '4711' }]);
  });

  it('are renewed once when they have run out', async () => {
    let made = 0;
    rest = new Rest('http://a/api/webrtc', new Tokens(() => `t${(made += 1)}`));
    answers = [Response.json({ code: 'unauthenticated' }, { status: 401 })];
    await rest.get('c');
    expect(fetched.mock.lastCall?.[1]?.headers).toMatchObject({ Authorization: 'Bearer t2' });
    answers = [1, 2].map(() => Response.json({ code: 'unauthenticated' }, { status: 401 }));
    await expect(rest.get('c')).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('a refusal', () => {
  it('has the code, the field and the words of its problem document', async () => {
    const problem = { code: 'not_allowed', detail: 'no', field: 'pin' };
    answers = [Response.json(problem, { status: 403 })];
    await expect(rest.get('c')).rejects.toMatchObject({
      ...{ name: 'ApiError', code: 'not_allowed', message: 'no' },
      ...{ status: 403, field: 'pin', isPassing: false },
    });
  });

  it.each([
    ['<html>', 'The server answered 502.'],
    ['', 'The server answered 502.'],
  ])('of a proxy is told as well: %s', async (text, message) => {
    answers = [new Response(text, { status: 502 })];
    await expect(rest.get('c')).rejects.toMatchObject({
      code: 'internal',
      message,
      isPassing: true,
    });
  });

  it('is told where the network is away', async () => {
    fetched.mockRejectedValueOnce(new TypeError('failed'));
    await expect(rest.get('c')).rejects.toMatchObject({ code: 'unreachable', isPassing: true });
  });
});
