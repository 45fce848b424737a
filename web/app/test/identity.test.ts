import { beforeEach, describe, expect, it } from 'vitest';
import { linkInAddress } from '../src/connection.js';
import {
  callInPath,
  guestTokenFor,
  keepGuestToken,
  keepName,
  knownName,
  userId,
} from '../src/identity.js';

beforeEach(() => localStorage.clear());

describe('userId', () => {
  it('stays the same on one browser', () => {
    expect(userId()).toMatch(/^[a-z2-9]{3}-[a-z2-9]{3}-[a-z2-9]{3}$/);
    expect(userId()).toBe(userId());
  });
});

describe('name', () => {
  it('is kept', () => {
    expect(knownName()).toBe('');
    keepName('Ann');
    expect(knownName()).toBe('Ann');
  });
});

describe('callInPath', () => {
  it.each([
    ['/', ''],
    ['/call/abc', 'abc'],
    ['/call/abc/', 'abc'],
    ['/call/a%20b', 'a b'],
    ['/call/%', ''],
    ['/call/a/b', ''],
  ])('finds in %s the call %s', (path, id) => expect(callInPath(path)).toBe(id));
});

describe('guest', () => {
  it('finds his token again', () => {
    keepGuestToken('abc', 'secret');
    expect(guestTokenFor('abc')).toBe('secret');
    expect(guestTokenFor('def')).toBeNull();
    expect(guestTokenFor('')).toBeNull();
  });

  it.each([
    ['?link=abc', 'abc'],
    ['', ''],
  ])('takes from %s the code %s', (search, code) => expect(linkInAddress(search)).toBe(code));
});
