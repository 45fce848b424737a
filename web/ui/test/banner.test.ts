import type { CallSession, Participant, RecordingEvent, SessionState } from '@mullion/client';
import { ApiError } from '@mullion/client';
import { describe, expect, it } from 'vitest';
import { makeCall, makeParticipant } from '../../sdk/test/support/samples.js';
import { bannerFor, recordingTold, silencedBy, type Situation } from '../src/call/banner.js';
import { en } from '../src/words/en.js';

const ann = makeParticipant('ann');
const bob = makeParticipant('bob', { name: 'Bob' });
const eve = makeParticipant('eve', { name: 'Eve', state: 'waiting' });
const cem = makeParticipant('cem', { state: 'waiting' });
const gone = makeParticipant('bob', { state: 'left', joined_at: '2026-01-01T00:00:00.000Z' });

interface Seen {
  state?: SessionState;
  people?: Participant[];
  network?: string;
  audioOnly?: boolean;
  audioMuted?: boolean;
}

function say(seen: Seen, over: Partial<Situation> = {}): string {
  const { state = 'connected', people = [ann, bob], network = 'good' } = seen;
  const session = {
    ...{ userId: 'ann', state, network, call: makeCall({ participants: people }) },
    audioOnly: seen.audioOnly ?? network === 'audio_only',
    audioMuted: seen.audioMuted ?? false,
    videoMuted: false,
  } as unknown as CallSession;
  const banner = bannerFor(en, {
    ...{
      session,
      trouble: null,
      told: null,
      asked: null,
      soundBlocked: false,
      mutedSpeaking: false,
    },
    ...{ isHost: true, canInvite: true, copied: false, ignored: new Set<string>() },
    ...over,
  });
  if (!banner) return '';
  return [banner.text, ...(banner.actions ?? []).map(({ label }) => label)].join(' | ');
}

const asked = { user_id: 'bob', audio: true, video: false } as Situation['asked'];
const muted = silencedBy(en, { audio: true, video: false });
const hidden = silencedBy(en, { audio: false, video: true });
const trouble = new ApiError('locked', 'x', 423);

describe('a call says', () => {
  it.each<[string, Seen, Partial<Situation>, RegExp | '']>([
    ['nothing where all is well', {}, {}, ''],
    ['that it connects', { state: 'connecting' }, {}, /^Connecting/],
    ['that it reconnects', { state: 'reconnecting' }, {}, /^Reconnecting/],
    ['that the browser is silent', {}, { soundBlocked: true }, /Turn on sound$/],
    ['that a host asks', { audioMuted: true }, { asked }, /microphone on.*Turn on.*Not now/],
    [
      'that a host has muted one',
      { audioMuted: true },
      { told: muted, asked },
      /muted you.*Unmute/,
    ],
    ['that a host has hidden one', {}, { told: hidden }, /camera off.*Turn on/],
    ['nothing of that to who is heard already', {}, { asked }, ''],
    ['who waits', { people: [ann, bob, eve] }, {}, /^Eve waits.*Let in \| See who$/],
    ['how many wait', { people: [ann, bob, eve, cem] }, {}, /^2 people wait.*See who$/],
    ['it to hosts alone', { people: [ann, bob, eve] }, { isHost: false }, ''],
    ['it once', { people: [ann, bob, eve] }, { ignored: new Set(['eve']) }, ''],
    ['that nobody hears one', { audioMuted: true }, { mutedSpeaking: true }, /^You are muted/],
    ['that the network is poor', { network: 'poor' }, {}, /network is poor/],
    ['that there is sound alone', { network: 'audio_only' }, {}, /too poor for pictures/],
    ['that one has chosen that', { audioOnly: true }, {}, /Turn pictures on$/],
    ['that one is alone', { people: [ann] }, {}, /^Nobody else.*Copy link$/],
    ['that one stays alone', { people: [ann] }, { canInvite: false }, /yet\.$/],
    ['that one is left alone', { people: [ann, gone] }, {}, /^Everybody else.*Leave$/],
  ])('%s', (_, seen, over, expected) => {
    const said = say(seen, over);
    if (expected === '') expect(said).toBe('');
    else expect(said).toMatch(expected);
  });

  it('one thing at a time, the most urgent', () => {
    const seen: Seen = { state: 'reconnecting', people: [ann, eve], network: 'poor' };
    expect(say(seen, { trouble })).toMatch(/locked/);
    expect(say(seen)).toMatch(/^Reconnecting/);
    expect(say({ ...seen, state: 'connected' })).toMatch(/^Eve waits/);
  });
});

describe('of a recording', () => {
  const told = (type: string, started_by: string, reason?: string): string | undefined =>
    recordingTold(
      en,
      { type, call_id: 'c1', recording: { started_by, reason } } as unknown as RecordingEvent,
      'ann',
    )?.text;

  it.each([
    ['recording:started', 'ann', undefined, /has begun/],
    ['recording:stopped', 'ann', 'the disk is full', /by itself: the disk is full$/],
    ['recording:failed', 'ann', 'nothing was recorded', /failed: nothing was recorded$/],
    ['recording:failed', 'bob', undefined, /failed: The server/],
  ])('%s by %s for %s is told', (type, by, reason, text) =>
    expect(told(type, by, reason)).toMatch(text),
  );

  it.each([
    ['recording:started', 'bob'],
    ['recording:stopped', 'ann'],
    ['recording:ready', 'ann'],
  ])('%s by %s is not', (type, by) => expect(told(type, by)).toBeUndefined());
});
