import type { Call, Participant } from '../../src/model.js';

/** A token with these claims, and a signature that nobody checks here. */
export function jwt(claims: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  return `h.${btoa(String.fromCharCode(...bytes)).replaceAll('=', '')}.s`;
}

export function makeParticipant(user_id: string, over: Partial<Participant> = {}): Participant {
  return {
    user_id,
    name: user_id,
    role: 'participant',
    state: 'connected',
    joined_at: null,
    left_at: null,
    audio_muted: false,
    video_muted: false,
    screen: false,
    volume: 1,
    ...over,
  };
}

export function makeCall(over: Partial<Call> = {}): Call {
  return {
    id: 'c1',
    status: 'active',
    type: 'video',
    title: null,
    open: true,
    permanent: false,
    locked: false,
    lobby: false,
    max_participants: 8,
    created_by: 'ann',
    created_at: '2026-01-01T00:00:00.000Z',
    answered_at: null,
    ended_at: null,
    duration: 0,
    recording: null,
    broadcasts: [],
    end_reason: null,
    canvas: { width: 1280, height: 720, fps: 25 },
    layout: { mode: 'grid', pinned: [] },
    participants: [],
    ...over,
  };
}
