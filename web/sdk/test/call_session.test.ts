import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallSession, type SessionContext } from '../src/call_session.js';
import { ApiError } from '../src/errors.js';
import type { ClientMessage, ServerEvent } from '../src/messages.js';
import type { Rung } from '../src/model.js';
import type { Rest } from '../src/rest.js';
import { FakeAudioContext, FakeTrack } from './support/fake_media.js';
import { FakePeer, FakeStream } from './support/fake_peer.js';
import { makeCall, makeParticipant } from './support/samples.js';

let sent: ClientMessage[];
let refusal: ApiError | null;
let rest: Record<'leave' | 'end' | 'join' | 'chat' | 'setRung', ReturnType<typeof vi.fn>>;
let session: CallSession;

const call = makeCall({ participants: [makeParticipant('ann')] });
const microphone = { kind: 'audio', enabled: true } as MediaStreamTrack;
const camera = { kind: 'video' } as MediaStreamTrack;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('RTCPeerConnection', FakePeer);
  vi.stubGlobal('MediaStream', FakeStream);
  FakePeer.all.length = 0;
  sent = [];
  refusal = null;
  microphone.enabled = true;
  rest = {
    leave: vi.fn(() => Promise.resolve(call)),
    end: vi.fn(() => Promise.resolve(makeCall({ status: 'ended', end_reason: 'host_ended' }))),
    join: vi.fn(() => Promise.resolve(call)),
    chat: vi.fn(),
    setRung: vi.fn(() => Promise.resolve(call)),
  };
});

afterEach(() => {
  session.abandon(new Error('over'));
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const offers = (): (ClientMessage & { type: 'webrtc:offer' })[] =>
  sent.filter((message) => message.type === 'webrtc:offer');
const legOf = (index: number): string => offers()[index]?.leg ?? '';
const peer = (index: number): FakePeer => FakePeer.all[index] ?? new FakePeer();
const tell = (event: object): void =>
  session.accept({ call_id: call.id, ...event } as ServerEvent, undefined);

async function enter(entered = call): Promise<void> {
  const context: SessionContext = {
    userId: 'ann',
    rest: {
      ...rest,
      layout: () => Promise.reject(new ApiError('not_found', '', 404)),
    } as unknown as Rest,
    channel: {
      send: (message) => void sent.push(message),
      request: (message) => {
        sent.push(message);
        return message.type === 'webrtc:offer' && refusal
          ? Promise.reject(refusal)
          : Promise.resolve();
      },
    },
    iceServers: () => Promise.resolve([]),
  };
  session = new CallSession(context, entered, { audio: microphone, camera });
  await pass();
}

/** Answers leg `index` and lets its first picture through. */
async function connect(index: number): Promise<void> {
  tell({ type: 'webrtc:answer', leg: legOf(index), sdp: 'answer' });
  await pass();
  peer(index).framesDecoded = 1;
  await pass(50);
}

describe('the first leg', () => {
  it('has three fixed lines and sends its candidates after its offer', async () => {
    await enter();
    expect(peer(0).kinds).toEqual(['audio sendrecv', 'video sendrecv', 'video sendonly']);
    const types = sent.map(({ type }) => type);
    expect(types).toEqual(['webrtc:offer', 'webrtc:ice-candidate']);
  });

  it('keeps the other end’s candidates until it has the answer', async () => {
    await enter();
    const candidate = { candidate: 'c', sdpMid: '0', sdpMLineIndex: 0 };
    tell({ type: 'webrtc:ice-candidate', leg: legOf(0), candidate });
    await pass();
    expect(peer(0).candidates).toEqual([]);
    await connect(0);
    expect(peer(0).candidates).toEqual([candidate]);
  });

  it('is connected with the first decoded picture', async () => {
    await enter();
    tell({ type: 'webrtc:answer', leg: legOf(0), sdp: 'answer' });
    await pass(500);
    expect(session.state).toBe('connecting');
    peer(0).framesDecoded = 1;
    await pass(50);
    expect(session.state).toBe('connected');
  });

  it('is tried again while the server is not ready', async () => {
    refusal = new ApiError('unavailable', '', 503);
    await enter();
    refusal = null;
    await pass(400);
    expect(offers()).toHaveLength(2);
    expect(legOf(0)).not.toBe(legOf(1));
  });

  it('ends the session where the server refuses for good', async () => {
    refusal = new ApiError('call_full', 'full', 409);
    await enter();
    expect(session.end).toMatchObject({ reason: 'failed', error: refusal });
  });

  it('joins again where the seat was given away', async () => {
    refusal = new ApiError('not_member', '', 0);
    await enter();
    refusal = null;
    await pass(400);
    expect(rest.join).toHaveBeenCalledWith('c1');
    expect(offers()).toHaveLength(2);
  });
});

describe('the lobby', () => {
  const self = makeParticipant('ann', { state: 'waiting' });
  const door = makeCall({ lobby: true, participants: [self] });
  const admitted = makeCall({
    participants: [makeParticipant('bob'), makeParticipant('ann', { state: 'joined' })],
  });
  const answered = { type: 'call:answered', call_id: call.id, call: admitted } as ServerEvent;

  it('is waited in without media until a host admits one', async () => {
    await enter(door);
    await session.greeted(door);
    expect(session.state).toBe('waiting');
    expect(sent).toEqual([]);
    session.accept(answered, admitted);
    await pass();
    expect(session.state).toBe('connecting');
    expect(offers()).toHaveLength(1);
    await connect(0);
    expect(session.state).toBe('connected');
  });

  it('is left behind by who was admitted while he was away', async () => {
    await enter(door);
    await session.greeted(admitted);
    await pass();
    expect(offers()).toHaveLength(1);
  });

  it('ends the session of whom a host denies', async () => {
    await enter(door);
    tell({ type: 'participant:left', participant: { ...self, state: 'removed' } });
    expect(session.end).toEqual({ reason: 'denied' });
    expect(offers()).toEqual([]);
  });

  it('is waited in again where the seat was given away', async () => {
    refusal = new ApiError('wrong_state', '', 0);
    rest.join = vi.fn(() => Promise.resolve(door));
    await enter();
    refusal = null;
    await pass(10_000);
    expect(session.state).toBe('waiting');
    expect(offers()).toHaveLength(1);
    session.accept(answered, admitted);
    await pass();
    expect(offers()).toHaveLength(2);
  });
});

describe('a new leg on the old seat', () => {
  it('is opened when asked for, and the old one stays until it carries media', async () => {
    await enter();
    await connect(0);
    const [shown] = session.stream.getTracks();
    tell({ type: 'webrtc:renegotiate', reason: 'media_restarted' });
    await pass();
    expect(session.state).toBe('reconnecting');
    tell({ type: 'webrtc:answer', leg: legOf(1), sdp: 'answer' });
    await pass(500);
    expect(peer(0).closed).toBe(false);
    expect(session.stream.getTracks()).toEqual([shown]);
    peer(1).framesDecoded = 1;
    await pass(50);
    expect(peer(0).closed).toBe(true);
    expect(session.state).toBe('connected');
    expect(session.stream.getTracks()).not.toContain(shown);
    expect(session.stream.getTracks()).toHaveLength(1);
  });

  it('is shown before the old one’s tracks end, or playback would end with them', async () => {
    await enter();
    await connect(0);
    let shown: MediaStreamTrack[] = [];
    peer(0).onclose = () => (shown = session.stream.getTracks());
    peer(0).fail();
    expect(peer(0).closed).toBe(false);
    await pass();
    await connect(1);
    expect(peer(0).closed).toBe(true);
    expect(shown).toMatchObject([{ of: peer(1) }]);
  });

  it.each([
    ['failed', 0],
    ['disconnected', 2_000],
  ])('is opened %s after %d ms', async (state, wait) => {
    await enter();
    await connect(0);
    peer(0).fail(state);
    await pass(wait);
    expect(offers()).toHaveLength(2);
  });

  it('is not opened when the connection recovers by itself', async () => {
    await enter();
    await connect(0);
    peer(0).fail('disconnected');
    await pass(1_000);
    peer(0).fail('connected');
    await pass(5_000);
    expect(offers()).toHaveLength(1);
  });

  it('does not end the session when the server closes the old one first', async () => {
    await enter();
    await connect(0);
    tell({ type: 'webrtc:renegotiate', reason: 'media_restarted' });
    await pass();
    tell({ type: 'leg:closed', leg: legOf(0), reason: 'replaced' });
    await connect(1);
    expect(session.state).toBe('connected');
  });

  it('is left to the other device that took the seat', async () => {
    await enter();
    await connect(0);
    tell({ type: 'leg:closed', leg: legOf(0), reason: 'replaced' });
    expect(session.end?.reason).toBe('replaced');
  });

  it('is tried again when no picture comes', async () => {
    await enter();
    tell({ type: 'webrtc:answer', leg: legOf(0), sdp: 'answer' });
    await pass(12_500);
    expect(peer(0).closed).toBe(true);
    expect(offers()).toHaveLength(2);
  });
});

describe('muting', () => {
  it('silences the track at once and tells the others', async () => {
    await enter();
    session.setAudioMuted(true);
    expect(microphone.enabled).toBe(false);
    expect(sent.at(-1)).toMatchObject({ type: 'media:muted', audio_muted: true });
  });

  it('turns the camera off and on without a new offer', async () => {
    await enter();
    await connect(0);
    await session.setCamera(null);
    expect(session.videoMuted).toBe(true);
    await session.setCamera(camera);
    expect(peer(0).replaced).toEqual([null, camera]);
    expect(offers()).toHaveLength(1);
  });

  it('follows the host', async () => {
    await enter();
    await connect(0);
    const self = makeParticipant('ann', { audio_muted: true });
    tell({ type: 'participant:updated', participant: self });
    expect(microphone.enabled).toBe(false);
    expect(session.audioMuted).toBe(true);
  });
});

describe('the end', () => {
  it('closes the media at once and leaves', async () => {
    await enter();
    await connect(0);
    await session.hangUp();
    expect(peer(0).closed).toBe(true);
    expect(rest.leave).toHaveBeenCalledWith('c1');
    expect(session.end?.reason).toBe('hangup');
  });

  it('is one’s own where one has ended the call for everybody', async () => {
    await enter();
    await session.endForAll();
    expect(rest.end).toHaveBeenCalledWith('c1');
    expect(session.end?.reason).toBe('ended');
  });

  it('comes with the call’s', async () => {
    await enter();
    const over = makeCall({ status: 'ended', end_reason: 'host_ended' });
    session.accept({ type: 'call:ended', call_id: 'c1', call: over }, over);
    expect(session.end?.reason).toBe('call_over');
    expect(session.call.end_reason).toBe('host_ended');
  });
});

describe('a connected leg', () => {
  it('makes what the server asks for the encoder’s settings', async () => {
    await enter();
    await connect(0);
    const wanted = { max_width: 640, max_height: 360, max_fps: 25, max_bitrate: 500_000 };
    tell({ type: 'media:constraints', leg: legOf(0), source: 'camera', ...wanted });
    await pass();
    expect(peer(0).parameters.encodings).toEqual([
      { active: true, maxBitrate: 500_000, maxFramerate: 25, scaleResolutionDownBy: 2 },
    ]);
  });

  it('reports what it receives every five seconds, from the second time on', async () => {
    await enter();
    await connect(0);
    await pass(10_000);
    expect(sent.filter(({ type }) => type === 'webrtc:stats')).toHaveLength(1);
  });
});

describe('words and signs', () => {
  const message = { id: 'm1', user_id: 'bob', text: 'hi', at: '2026-01-01T00:00:01.000Z' };

  it('are each there once, the oldest first, however they came', async () => {
    await enter();
    const heard: string[] = [];
    session.on('chat', ({ text }) => heard.push(text));
    tell({ type: 'chat:message', ...message });
    const older = { ...message, id: 'm0', text: 'first', at: '2026-01-01T00:00:00.000Z' };
    rest.chat
      .mockResolvedValueOnce({ messages: [older], next_cursor: 'more' })
      .mockResolvedValueOnce({ messages: [message], next_cursor: null });
    await session.loadChat();
    expect(rest.chat).toHaveBeenLastCalledWith('c1', { limit: 100, cursor: 'more' });
    expect(session.messages.map(({ text }) => text)).toEqual(['first', 'hi']);
    await session.sendChat('mine');
    expect(heard).toEqual(['hi', 'mine']);
    expect(session.messages.at(-1)).toMatchObject({ user_id: 'ann', text: 'mine' });
  });

  it('are shown and asked for', async () => {
    await enter();
    const seen: unknown[] = [];
    session.on('reaction', ({ emoji }) => seen.push(emoji));
    session.on('unmuteAsked', ({ audio }) => seen.push(audio));
    tell({ type: 'reaction', emoji: '👋', user_id: 'bob', at: message.at });
    tell({ type: 'media:unmute_asked', user_id: 'bob', audio: true, video: false });
    session.react('👍');
    expect(seen).toEqual(['👋', true]);
    expect(sent.at(-1)).toMatchObject({ type: 'reaction', emoji: '👍' });
  });
});

describe('sound alone', () => {
  const bad = { up: { mos: 1.2, loss: 0.4 }, down: {}, rung: '180p' };

  it('is chosen, and left again', async () => {
    await enter();
    await connect(0);
    await session.setAudioOnly(true);
    expect(session.audioOnly).toBe(true);
    expect(peer(0).replaced).toEqual([null]);
    expect(rest.setRung).toHaveBeenLastCalledWith('c1', 'ann', 'audio');
    expect(sent.at(-1)).toMatchObject({ type: 'media:muted', video_muted: true });
    // The camera is as it was, for when the pictures come back.
    expect(session.videoMuted).toBe(false);
    await session.setAudioOnly(false);
    expect(peer(0).replaced).toEqual([null, camera]);
    expect(rest.setRung).toHaveBeenLastCalledWith('c1', 'ann', 'auto');
  });

  it('is enough for a new leg', async () => {
    await enter();
    await connect(0);
    await session.setAudioOnly(true);
    peer(0).fail();
    await pass();
    tell({ type: 'webrtc:answer', leg: legOf(1), sdp: 'answer' });
    await pass();
    peer(1).packetsReceived = 1;
    await pass(50);
    expect(session.state).toBe('connected');
    expect(offers()).toHaveLength(2);
  });

  it('is what is left of a network that is too poor for pictures', async () => {
    await enter();
    await connect(0);
    const states: string[] = [];
    session.on('network', (state) => states.push(state));
    for (let i = 0; i < 12; i++) {
      tell({ type: 'call:quality', user_id: 'ann', ...bad });
      tell({ type: 'call:quality', user_id: 'bob', ...bad });
      await pass(1_000);
    }
    expect(states).toEqual(['poor', 'audio_only']);
    expect(session.network).toBe('audio_only');
    expect(session.audioOnly).toBe(true);
    expect([...session.quality.keys()]).toEqual(['ann', 'bob']);
    // What it has told itself does not turn the camera off for good.
    tell({
      type: 'participant:updated',
      participant: makeParticipant('ann', { video_muted: true }),
    });
    expect(session.tracks.camera).toBe(camera);
  });
});

describe('the encoding that is chosen', () => {
  const comeWith = (rung: Rung): Promise<void> =>
    enter(makeCall({ participants: [makeParticipant('ann', { rung })] }));
  const asked = (): unknown[] => rest.setRung.mock.calls.map(([, , rung]: unknown[]) => rung);

  it('comes back after sound alone', async () => {
    await enter();
    await connect(0);
    await session.setRung('360p');
    await session.setAudioOnly(true);
    await session.setAudioOnly(false);
    expect(asked()).toEqual(['360p', 'audio', '360p']);
    expect(session.rung).toBe('360p');
  });

  it('is that of an earlier time, where there was one', async () => {
    await comeWith('180p');
    expect(session.rung).toBe('180p');
    await session.setAudioOnly(true);
    await session.setAudioOnly(false);
    expect(asked()).toEqual(['audio', '180p']);
  });

  it('is told at once by who has gone from sound alone and comes again', async () => {
    await comeWith('audio');
    expect(session.rung).toBe('auto');
    expect(asked()).toEqual(['auto']);
  });

  it('waits for the pictures where it is made during sound alone', async () => {
    await enter();
    await session.setAudioOnly(true);
    await session.setRung('720p');
    expect(asked()).toEqual(['audio']);
    await session.setAudioOnly(false);
    expect(asked()).toEqual(['audio', '720p']);
  });

  it('stays as it was where the server refuses', async () => {
    await enter();
    const no = new ApiError('unavailable', '', 503);
    rest.setRung.mockRejectedValueOnce(no);
    await expect(session.setRung('360p')).rejects.toBe(no);
    expect(session.rung).toBe('auto');
  });

  it('follows a host, and no echo of sound alone', async () => {
    await enter();
    const told: string[] = [];
    session.on('rung', (rung) => told.push(rung));
    for (const rung of ['360p', 'audio', '360p'] as const)
      tell({ type: 'participant:updated', participant: makeParticipant('ann', { rung }) });
    expect(told).toEqual(['360p']);
  });

  it('is told again where the server did not hear of the pictures', async () => {
    await enter();
    await session.setAudioOnly(true);
    rest.setRung.mockRejectedValueOnce(new ApiError('unreachable', ''));
    await session.setAudioOnly(false);
    await session.greeted(call);
    await session.greeted(call);
    expect(asked()).toEqual(['audio', 'auto', 'auto']);
  });
});

describe('a screen with sound', () => {
  it('is heard together with the microphone, also of who is muted', async () => {
    vi.stubGlobal('AudioContext', FakeAudioContext);
    FakeAudioContext.all.length = 0;
    await enter();
    await connect(0);
    const [video, sound] = [new FakeTrack('video'), new FakeTrack('audio')];
    await session.setScreen(video.real, sound.real);
    expect(peer(0).replaced[0]).toMatchObject({ deviceId: 'mix' });
    expect(peer(0).replaced[1]).toBe(video);
    session.setAudioMuted(true);
    expect(sent.at(-1)).toMatchObject({ audio_muted: false, screen: true });
    await session.setScreen(null);
    expect(peer(0).replaced.slice(2)).toEqual([microphone, null]);
    expect(FakeAudioContext.all.every(({ closed }) => closed)).toBe(true);
    expect(sent.at(-1)).toMatchObject({ audio_muted: true, screen: false });
  });
});

describe('a microphone', () => {
  it('is changed without being opened to the others', async () => {
    await enter();
    await connect(0);
    const other = new FakeTrack('audio');
    await session.setMicrophone(other.real, true);
    expect(other.enabled).toBe(false);
    expect(session.audioMuted).toBe(true);
    await session.setMicrophone(other.real);
    expect(other.enabled).toBe(true);
  });
});
