/** What the pages say: short, in the person's terms, with what to do. */
import { ApiError, type Call, type SessionEnd } from '@mullion/client';

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
  const words = name.trim().split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  const letters = new Intl.Segmenter();
  return ends
    .map((word = '') => letters.segment(word).containing(0)?.segment.toLocaleUpperCase() ?? '')
    .join('');
}

const kCodes: Partial<Record<string, string>> = {
  not_found: 'This call does not exist any more. Ask for a new link, or start a call.',
  not_member: 'You are not invited to this call. Ask somebody in it to ring you.',
  not_allowed: 'You may not do this in this call. Ask its host.',
  wrong_state: 'This call is over. Start a new one.',
  call_full: 'This call is full. Try again when somebody has left.',
  locked: 'This call is locked. Ask its host to let you in.',
  busy: 'They are in another call. Try again later.',
  at_capacity: 'The server has no room for another call. Try again in some minutes.',
  unavailable: 'The server is not ready. Try again in a moment.',
  too_many_requests: 'That was too fast. Wait a moment and try again.',
  unauthenticated: 'Your sign-in has run out. Reload this page.',
};

/** About the PIN of a link. */
const kPin: Partial<Record<string, string>> = {
  not_allowed: 'This call has a PIN. Type the one that came with the link.',
  too_many_requests: 'Too many wrong PINs. Wait a minute, then try again.',
};

/** What to tell a person about `error`. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const words = error.field === 'pin' ? kPin[error.code] : kCodes[error.code];
    return words ?? sentence(error.message);
  }
  return error instanceof Error ? error.message : 'Something went wrong. Reload this page.';
}

/** The code behind an error, for who has to look it up. */
export function detailOf(error: unknown): string {
  if (!(error instanceof ApiError)) return '';
  return [error.code, error.status || null, error.message].filter(Boolean).join(' · ');
}

function sentence(text: string): string {
  const first = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

const kReasons: Partial<Record<string, string>> = {
  hangup: 'The other side has hung up.',
  cancelled: 'The call was cancelled.',
  host_ended: 'The host has ended the call.',
  all_left: 'Everybody has left.',
  timeout: 'Nobody answered.',
  all_rejected: 'They cannot talk now.',
  all_busy: 'They are in another call.',
  media_failed: 'The call broke down. Start it again.',
  admin: 'The call was ended by the server’s operator.',
  limit: 'The call has reached its longest time.',
};

/** Why one is out of the call. */
export function farewell(end: SessionEnd, call: Call): string {
  switch (end.reason) {
    case 'hangup':
    case 'left':
      return 'You left the call.';
    case 'removed':
      return 'The host has taken you out of the call.';
    case 'replaced':
      return 'You went on with this call on another device.';
    case 'call_over':
      return (call.end_reason && kReasons[call.end_reason]) ?? 'The call has ended.';
    case 'failed':
      return end.error ? explain(end.error) : 'The call was lost.';
  }
}
