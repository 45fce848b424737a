// Tables for what has no state: tokens, back-off, encodings, statistics, errors, the call book.
import { describe, expect, it } from 'vitest';
import { Backoff } from '../src/backoff.js';
import { callAfter } from '../src/call_book.js';
import { encodingFor } from '../src/encoding.js';
import { ApiError, DeviceError } from '../src/errors.js';
import type { ServerEvent } from '../src/messages.js';
import { carriesMedia, countersOf, figuresBetween } from '../src/stats.js';
import { claimsOf, Tokens } from '../src/token.js';
import { newUuid } from '../src/uuid.js';
import { jwt, makeCall, makeParticipant } from './support/samples.js';

describe('Backoff', () => {
  it('doubles up to its most and begins anew after a success', () => {
    const backoff = new Backoff(100, 500, () => 1);
    expect([1, 2, 3, 4].map(() => backoff.next())).toEqual([100, 200, 400, 500]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it('keeps half of the bound whatever the chance', () => {
    expect(new Backoff(100, 500, () => 0).next()).toBe(50);
  });
});

describe('claimsOf', () => {
  const unknown = { userId: null, name: null, expiresAt: null };
  it.each([
    [jwt({ sub: 'zoe', name: 'Zoé', exp: 12 }), { userId: 'zoe', name: 'Zoé', expiresAt: 12_000 }],
    [jwt({}), unknown],
    [jwt({ sub: 1, name: null, exp: 'soon' }), unknown],
    ['opaque', unknown],
    ['a.!.c', unknown],
  ])('reads %s as %s', (token, claims) => expect(claimsOf(token)).toEqual(claims));
});

describe('Tokens', () => {
  it('asks its source once until it is told to renew', async () => {
    let made = 0;
    const tokens = new Tokens(() => jwt({ exp: 1000, n: ++made }));
    expect(await tokens.current()).toBe(await tokens.current());
    expect(made).toBe(1);
    expect(tokens.renewIn(0)).toBe(1_000_000 - 60_000);
    await tokens.renew();
    expect(made).toBe(2);
  });

  it('never renews a token that was given as a text', async () => {
    const tokens = new Tokens(jwt({ exp: 1000 }));
    await tokens.current();
    expect(tokens.renewIn(0)).toBeNull();
  });
});

describe('encodingFor', () => {
  const wanted = { max_width: 640, max_height: 360, max_fps: 25, max_bitrate: 500_000 };
  it.each([
    ['twice as large', 1280, 720, 2],
    ['the same', 640, 360, 1],
    ['smaller', 320, 180, 1],
    ['4:3, cut to the tile', 1280, 960, 2],
    ['unknown', undefined, undefined, 1],
  ])('scales a picture that is %s', (_, width, height, scale) => {
    expect(encodingFor(wanted, width, height)).toEqual({
      active: true,
      maxBitrate: 500_000,
      maxFramerate: 25,
      scaleResolutionDownBy: scale,
    });
  });

  it('sends nothing where nothing is shown', () => {
    expect(encodingFor({ ...wanted, max_width: 0 }, 1280, 720)).toEqual({ active: false });
  });
});

describe('statistics', () => {
  const inbound = (over: object): [string, unknown] => ['i', { type: 'inbound-rtp', ...over }];

  it('are made of what grew between two reports', () => {
    const pair = ['p', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 }];
    const before = countersOf([inbound({ bytesReceived: 1000, packetsReceived: 10 })], 0);
    const after = countersOf(
      [
        inbound({
          bytesReceived: 11_000,
          packetsReceived: 100,
          packetsLost: 10,
          framesDecoded: 50,
          jitter: 0.01,
        }),
        pair as [string, unknown],
      ],
      2000,
    );
    expect(figuresBetween(before, after)).toEqual({
      bitrate: 40_000,
      fps: 25,
      loss: 0.1,
      concealed: 0,
      freezes: 0,
      rtt: 0.05,
      jitter: 0.01,
    });
  });

  it('see media in a decoded picture, or in sound where no picture is due', () => {
    const sound = inbound({ kind: 'audio', packetsReceived: 1 });
    const picture = inbound({ kind: 'video', framesDecoded: 1 });
    expect(carriesMedia([sound], true)).toBe(false);
    expect(carriesMedia([sound], false)).toBe(true);
    expect(carriesMedia([sound, picture], true)).toBe(true);
  });
});

describe('errors', () => {
  it.each([
    ['NotAllowedError', 'blocked'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'in_use'],
    ['Whatever', 'failed'],
  ])('take %s as %s', (name, kind) => {
    expect(DeviceError.from('camera', new DOMException('', name)).kind).toBe(kind);
  });

  it('know what may go through a little later', () => {
    expect(new ApiError('unavailable', '', 503).isPassing).toBe(true);
    expect(new ApiError('not_found', '', 404).isPassing).toBe(false);
  });
});

describe('callAfter', () => {
  const call = makeCall({ participants: [makeParticipant('ann'), makeParticipant('bob')] });
  const event = (over: object): ServerEvent => ({ call_id: call.id, ...over }) as ServerEvent;

  it('takes the call of an event that has one', () => {
    const newer = makeCall({ title: 'x' });
    expect(callAfter(call, event({ type: 'call:updated', call: newer }))).toBe(newer);
  });

  it('changes one participant and adds another', () => {
    const bob = makeParticipant('bob', { audio_muted: true });
    const muted = callAfter(call, event({ type: 'participant:updated', participant: bob }));
    expect(muted?.participants.map(({ audio_muted }) => audio_muted)).toEqual([false, true]);
    const eve = makeParticipant('eve');
    const more = callAfter(call, event({ type: 'participant:joined', participant: eve }));
    expect(more?.participants).toHaveLength(3);
    expect(call.participants).toHaveLength(2);
  });

  it('shows a recording while it goes on', () => {
    const of = (status: string): ServerEvent =>
      event({ type: 'recording:started', recording: { id: 'r', status } });
    const recorded = callAfter(call, of('recording'));
    expect(recorded?.recording?.id).toBe('r');
    expect(callAfter(recorded, of('paused'))?.recording?.status).toBe('paused');
    expect(callAfter(recorded, of('mending'))?.recording).toBeNull();
    expect(callAfter(call, of('ready'))).toBe(call);
  });

  it('shows its broadcasts while they go on', () => {
    const of = (id: string, status: string): ServerEvent =>
      event({ type: 'broadcast:updated', broadcast: { id, status } });
    const first = callAfter(call, of('a', 'live'));
    const both = callAfter(first, of('b', 'starting'));
    expect(both?.broadcasts.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(callAfter(both, of('a', 'stopped'))?.broadcasts.map(({ id }) => id)).toEqual(['b']);
    expect(callAfter(first, of('a', 'failed'))?.broadcasts).toEqual([]);
  });

  it('leaves the call alone otherwise', () => {
    expect(callAfter(call, event({ type: 'call:speaker', user_id: 'ann' }))).toBe(call);
  });
});

describe('newUuid', () => {
  it('is one of version 4', () => {
    expect(newUuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
