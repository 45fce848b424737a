/** What the pages say about errors and endings: short, in the person's terms, with what to do. */
import {
  ApiError,
  type Call,
  ConnectionError,
  DeviceError,
  type Participant,
  type SessionEnd,
} from '@mullion/client';
import { words } from './language.js';

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** Up to two letters for a person without a picture. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/).filter(Boolean);
  const ends = parts.length > 1 ? [parts[0], parts.at(-1)] : parts;
  const letters = new Intl.Segmenter();
  return ends
    .map((word = '') => letters.segment(word).containing(0)?.segment.toLocaleUpperCase() ?? '')
    .join('');
}

/** An error whose `message` is written for the person, in his language. */
export class ToldError extends Error {
  override readonly name: string = 'ToldError';
}

/** What to tell a person about `error`. */
export function explain(error: unknown): string {
  const t = words();
  if (error instanceof DeviceError) return t.deviceErrors[error.kind](t.deviceNames[error.device]);
  if (error instanceof ConnectionError) return t.connectionErrors[error.kind];
  if (error instanceof ApiError) {
    if (error.code === 'bad_request' && error.field === 'participants') return t.noId;
    const known: Partial<Record<string, string>> = error.field === 'pin' ? t.pinErrors : t.errors;
    return known[error.code] ?? sentence(error.message);
  }
  // What others say is for who looks it up.
  return error instanceof ToldError ? error.message : t.wrong;
}

/** The code behind an error, for who has to look it up. */
export function detailOf(error: unknown): string {
  if (error instanceof DeviceError)
    return [error.kind, error.device, error.cause].filter(Boolean).map(String).join(' · ');
  if (error instanceof ToldError || error instanceof ConnectionError) return '';
  if (!(error instanceof ApiError)) return error instanceof Error ? String(error) : '';
  return [error.code, error.status || null, error.message].filter(Boolean).join(' · ');
}

function sentence(text: string): string {
  const first = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Why one is out of the call. */
export function farewell(end: SessionEnd, call: Call): string {
  const t = words();
  switch (end.reason) {
    case 'hangup':
      return call.status === 'ringing' ? t.youCancelled : t.youLeft;
    case 'left':
      return t.youLeft;
    case 'ended':
      return t.youEnded;
    case 'removed':
      return t.removed;
    case 'denied':
      return t.denied;
    case 'replaced':
      return t.replaced;
    case 'call_over':
      return call.end_reason ? t.endings[call.end_reason] : t.ended;
    case 'failed':
      return end.error ? explain(end.error) : t.lost;
  }
}

/** What others call somebody: his id where he has no name. */
export function nameIn(participants: readonly Participant[], userId: string): string {
  const name = participants.find(({ user_id }) => user_id === userId)?.name ?? '';
  return name === '' ? userId : name;
}
