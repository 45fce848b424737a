import { ApiError, type Call, DeviceError } from '@mullion/client';
import { describe, expect, it } from 'vitest';
import { clock, detailOf, explain, farewell, initials, ToldError } from '../src/words.js';

describe('clock', () => {
  it.each([
    [0, '0:00'],
    [7.9, '0:07'],
    [754, '12:34'],
    [3723, '1:02:03'],
    [-1, '0:00'],
  ])('writes %d s as %s', (seconds, text) => expect(clock(seconds)).toBe(text));
});

describe('initials', () => {
  it.each([
    ['Ann', 'A'],
    ['ann maria smith', 'AS'],
    ['  ', ''],
    ['žofie Ø', 'ŽØ'],
  ])('takes %s down to %s', (name, letters) => expect(initials(name)).toBe(letters));
});

describe('explain', () => {
  it('says what to do for a known code', () => {
    expect(explain(new ApiError('call_full', 'x', 409))).toMatch(/full.*Try again/);
  });

  it('makes a sentence of what the server says', () => {
    expect(explain(new ApiError('odd', 'no such thing', 400))).toBe('No such thing.');
    expect(explain(new ApiError('not_allowed', 'x', 403, 'pin'))).toMatch(/has a PIN/);
  });

  it('shows nobody what a browser says, but to who looks it up', () => {
    const error = new TypeError('Failed to fetch');
    expect(explain(error)).toMatch(/^Something went wrong/);
    expect(detailOf(error)).toBe('TypeError: Failed to fetch');
    expect(explain(new ToldError('Type it.'))).toBe('Type it.');
    expect(explain(new ApiError('bad_request', 'x', 400, 'participants'))).toMatch(/no id/);
  });

  it('tells how to unblock a microphone', () => {
    expect(explain(new DeviceError('blocked', 'microphone'))).toMatch(/lock in the address bar/);
  });
});

describe('farewell', () => {
  it('tells why a call ended', () => {
    const call = { end_reason: 'timeout' } as Call;
    expect(farewell({ reason: 'call_over' }, call)).toBe('Nobody answered.');
    expect(farewell({ reason: 'hangup' }, call)).toBe('You left the call.');
    expect(farewell({ reason: 'ended' }, call)).toMatch(/^You ended/);
  });
});
