import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionError } from '../src/errors.js';
import type { ServerEvent } from '../src/messages.js';
import { Signalling } from '../src/signalling.js';
import { Tokens } from '../src/token.js';
import { FakeSocket } from './support/fake_socket.js';
import { jwt } from './support/samples.js';

let signalling: Signalling;
let events: ServerEvent[];
let made: number;

const kReaction = { type: 'reaction', call_id: 'c1', emoji: '👋' } as const;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all.length = 0;
  events = [];
  made = 0;
  const source = (): string => {
    made += 1;
    return jwt({ exp: Date.now() / 1000 + 3600, made });
  };
  signalling = new Signalling('ws://x/ws', new Tokens(source));
  signalling.on('event', (event) => events.push(event));
});

afterEach(() => {
  signalling.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Past every wait of the back-off, and the microtasks of fetching a token. */
const later = (ms = 15_000): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function online(): Promise<FakeSocket> {
  signalling.connect();
  await later(0);
  FakeSocket.last.open();
  FakeSocket.last.greet('s1');
  return FakeSocket.last;
}

describe('connecting', () => {
  it('is online with the greeting, not before', async () => {
    signalling.connect();
    await later(0);
    expect(FakeSocket.last.url).toContain('ws://x/ws?access_token=');
    FakeSocket.last.open();
    expect(signalling.state).toBe('connecting');
    FakeSocket.last.greet('s1');
    expect(signalling.state).toBe('online');
  });

  it('gives up a connection that is never greeted and makes another', async () => {
    signalling.connect();
    await later(0);
    FakeSocket.last.open();
    await later(9_000);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('keeps what is said too early', async () => {
    signalling.connect();
    signalling.send(kReaction);
    await later(0);
    FakeSocket.last.open();
    expect(FakeSocket.last.sent).toEqual([]);
    FakeSocket.last.greet('s1');
    expect(FakeSocket.last.sent).toEqual([kReaction]);
  });
});

describe('a request', () => {
  it('resolves with its acknowledgement and rejects with its error', async () => {
    const socket = await online();
    const good = signalling.request(kReaction);
    const bad = signalling.request(kReaction);
    const [first, second] = socket.sent.map(({ ref }) => ref);
    socket.tell({ type: 'error', ref: second, code: 'not_member', message: 'not in this call' });
    socket.tell({ type: 'ack', ref: first });
    await expect(good).resolves.toBeUndefined();
    await expect(bad).rejects.toMatchObject({ code: 'not_member' });
  });

  it('that nobody answers ends the connection, which nobody may be at', async () => {
    await online();
    const lost = expect(signalling.request(kReaction)).rejects.toMatchObject({ code: 'timeout' });
    await later(10_001);
    await lost;
    expect(signalling.state).not.toBe('online');
  });
});

describe('after a loss', () => {
  it('resumes with the last number and goes on with the old session', async () => {
    const first = await online();
    first.tell({ type: 'call:speaker', call_id: 'c1', user_id: 'bob', seq: 4 });
    first.lose();
    expect(signalling.state).toBe('waiting');
    await later(300);
    const second = FakeSocket.last;
    second.open();
    second.greet('temporary');
    const [resume] = second.sentOf('resume');
    expect(resume).toMatchObject({ session: 's1', seq: 4 });
    expect(signalling.state).toBe('connecting');
    second.tell({ type: 'ack', ref: resume?.ref });
    expect(signalling.state).toBe('online');
    second.tell({ type: 'call:speaker', call_id: 'c1', user_id: null, seq: 5 });
    expect(events).toHaveLength(2);
    second.lose();
    await later(300);
    FakeSocket.last.open();
    expect(FakeSocket.last.sentOf('resume')[0]).toMatchObject({ session: 's1', seq: 5 });
  });

  it('takes the new session where the old one is gone', async () => {
    (await online()).lose();
    await later(300);
    const second = FakeSocket.last;
    second.open();
    second.greet('s2');
    second.tell({ type: 'ack', ref: second.sentOf('resume')[0]?.ref });
    second.greet('s2');
    second.lose();
    await later(300);
    FakeSocket.last.open();
    expect(FakeSocket.last.sentOf('resume')[0]).toMatchObject({ session: 's2', seq: 0 });
  });

  it('rejects what was under way', async () => {
    const socket = await online();
    const asked = expect(signalling.request(kReaction)).rejects.toMatchObject({
      code: 'unreachable',
    });
    socket.lose();
    await asked;
  });

  it('tries at once when the network is back', async () => {
    (await online()).lose();
    globalThis.dispatchEvent(new Event('online'));
    await later(0);
    expect(FakeSocket.all).toHaveLength(2);
  });
});

describe('refusals', () => {
  it.each([
    [4403, 'origin'],
    [4409, 'replaced'],
  ])('of code %d are not tried again', async (code, kind) => {
    const told: ConnectionError[] = [];
    signalling.on('refused', (error) => told.push(error));
    (await online()).lose(code);
    await later();
    expect(told.map((error) => error.kind)).toEqual([kind]);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('of the token get a new token once, then end', async () => {
    const told: ConnectionError[] = [];
    signalling.on('refused', (error) => told.push(error));
    (await online()).lose(4401);
    await later(300);
    expect(made).toBe(2);
    FakeSocket.last.lose(4401);
    await later();
    expect(told.map((error) => error.kind)).toEqual(['unauthenticated']);
  });
});

describe('a token', () => {
  it('is renewed a minute before its end, on the open connection', async () => {
    const socket = await online();
    await later(3_541_000);
    const [auth] = socket.sentOf('auth');
    expect(made).toBe(2);
    expect(auth?.access_token).toBeTypeOf('string');
  });
});
