import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../src/client.js';
import { ApiError } from '../src/errors.js';
import type { Call } from '../src/model.js';
import { FakePeer, FakeStream } from './support/fake_peer.js';
import { FakeSocket } from './support/fake_socket.js';
import { jwt, makeCall, makeParticipant } from './support/samples.js';

let client: Client;
let answers: Record<string, unknown>;
let asked: string[];

const ann = makeParticipant('ann', { state: 'joined' });
const running = makeCall({ participants: [ann] });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('RTCPeerConnection', FakePeer);
  vi.stubGlobal('MediaStream', FakeStream);
  FakeSocket.all.length = 0;
  FakePeer.all.length = 0;
  asked = [];
  answers = { '/ice-servers': { ice_servers: [{ urls: 'stun:a' }], expires_at: null } };
  vi.stubGlobal('fetch', (url: string) => {
    const path = url.replace('http://a/api/webrtc', '');
    asked.push(path);
    return Promise.resolve(
      path in answers
        ? Response.json(answers[path])
        : Response.json({ code: 'not_found' }, { status: 404 }),
    );
  });
  client = new Client({ url: 'http://a', token: () => jwt({ sub: 'ann' }) });
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function online(calls: Call[] = []): Promise<FakeSocket> {
  const greeted = client.connect();
  await pass();
  FakeSocket.last.open();
  FakeSocket.last.greet('s1', calls);
  await greeted;
  return FakeSocket.last;
}

const ringing = (id: string, state: 'ringing' | 'invited' = 'ringing'): Call =>
  makeCall({ id, status: 'ringing', participants: [makeParticipant('ann', { state })] });

describe('connecting', () => {
  it('tells who one is and which calls there are', async () => {
    const states: string[] = [];
    client.on('state', (state) => states.push(state));
    await online([running]);
    expect(client.userId).toBe('ann');
    expect(client.state).toBe('online');
    expect([...client.calls.keys()]).toEqual(['c1']);
    expect(states).toEqual(['connecting', 'online']);
  });

  it('rejects where the server refuses for good', async () => {
    const connected = client.connect();
    const outcome = expect(connected).rejects.toMatchObject({ kind: 'origin' });
    await pass();
    FakeSocket.last.open();
    FakeSocket.last.lose(4403);
    await outcome;
  });
});

describe('a token that cannot be had', () => {
  const gone = new Error('no backend');

  it('rejects the first connection, with what went wrong', async () => {
    client = new Client({ url: 'http://a', token: () => Promise.reject(gone) });
    const outcome = expect(client.connect()).rejects.toMatchObject({
      name: 'ConnectionError',
      kind: 'token',
      cause: gone,
    });
    await pass();
    await outcome;
    expect(client.state).toBe('closed');
  });

  it('is tried again where it was the network', async () => {
    const token = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new TypeError('Failed to fetch'))
      .mockRejectedValueOnce(new ApiError('unreachable', 'The server cannot be reached.'))
      .mockResolvedValue(jwt({ sub: 'ann' }));
    client = new Client({ url: 'http://a', token });
    void client.connect();
    await pass(10_000);
    expect(token).toHaveBeenCalledTimes(3);
    expect(client.state).toBe('connecting');
  });

  it('is tried again after a connection', async () => {
    let source = (): Promise<string> => Promise.resolve(jwt({ sub: 'ann' }));
    client = new Client({ url: 'http://a', token: () => source() });
    const socket = await online();
    source = () => Promise.reject(gone);
    socket.lose(4401);
    await pass(300);
    expect(client.state).not.toBe('closed');
  });
});

describe('ringing', () => {
  it('is told once a call, whether it began before or after one came', async () => {
    const rung: string[] = [];
    client.on('incoming', (call) => rung.push(call.id));
    const socket = await online([ringing('before'), ringing('not', 'invited')]);
    socket.tell({ type: 'call:incoming', call_id: 'after', call: ringing('after') });
    socket.tell({ type: 'call:incoming', call_id: 'after', call: ringing('after') });
    expect(rung).toEqual(['before', 'after']);
  });

  it('is rejected by a request', async () => {
    await online();
    answers['/call/c1/reject'] = running;
    await client.reject('c1');
    expect(asked).toContain('/call/c1/reject');
  });
});

describe('calls', () => {
  it('are forgotten when they are over', async () => {
    const socket = await online([running]);
    const over = makeCall({ status: 'ended' });
    const seen: string[] = [];
    client.on('call', ({ status }) => seen.push(status));
    client.on('event', ({ type }) => seen.push(type));
    socket.tell({ type: 'call:ended', call_id: 'c1', call: over });
    expect(client.calls.size).toBe(0);
    expect(seen).toEqual(['ended', 'call:ended']);
  });

  it.each(['start', 'answer', 'join'] as const)('are entered by %s', async (how) => {
    await online();
    answers['/call/initiate'] = answers['/call/c1/answer'] = answers['/call/c1/join'] = running;
    const session =
      how === 'start' ? await client.start({ participants: [] }) : await client[how]('c1');
    await pass();
    expect(session.state).toBe('connecting');
    expect(FakePeer.all).toHaveLength(1);
    expect(FakeSocket.last.sentOf('webrtc:offer')).toHaveLength(1);
  });

  it('are entered with what was known where no servers can be fetched', async () => {
    await online();
    answers = { '/call/c1/join': running };
    await client.join('c1');
    await pass();
    expect(FakePeer.all).toHaveLength(1);
  });

  it('are over at once where nobody can be rung', async () => {
    await online();
    answers['/call/initiate'] = makeCall({ status: 'missed', end_reason: 'all_busy' });
    const session = await client.start({ participants: ['bob'] });
    expect(session.end).toEqual({ reason: 'call_over' });
    expect(client.calls.size).toBe(0);
    expect(FakePeer.all).toEqual([]);
  });

  it('are left behind by the session before when they are entered again', async () => {
    await online();
    answers['/call/c1/join'] = running;
    const first = await client.join('c1');
    await client.join('c1');
    expect(first.end).toMatchObject({ reason: 'failed' });
  });

  it('know that one was admitted before the answer that one waits', async () => {
    const socket = await online();
    socket.tell({ type: 'call:answered', call_id: 'c1', call: running });
    const waiting = makeParticipant('ann', { state: 'waiting' });
    answers['/call/c1/join'] = makeCall({ participants: [waiting] });
    expect((await client.join('c1')).state).toBe('connecting');
  });

  it('end with the client', async () => {
    await online();
    answers['/call/c1/join'] = running;
    const session = await client.join('c1');
    client.close();
    expect(session.end).toMatchObject({ reason: 'failed' });
  });

  it('end where the connection is refused for good', async () => {
    const socket = await online();
    answers['/call/c1/join'] = running;
    const session = await client.join('c1');
    socket.lose(4409);
    expect(session.end?.error).toMatchObject({ kind: 'replaced' });
  });
});

describe('words', () => {
  it('are sent to a call', async () => {
    const socket = await online([running]);
    const sent = client.sendChat('c1', 'hello');
    client.react('c1', '👋');
    const [message] = socket.sentOf('chat:message');
    socket.tell({ type: 'ack', ref: message?.ref });
    await sent;
    expect(message).toMatchObject({ text: 'hello' });
    expect(socket.sentOf('reaction')).toMatchObject([{ emoji: '👋' }]);
  });
});
