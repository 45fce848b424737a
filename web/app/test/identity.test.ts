import { beforeEach, describe, expect, it } from 'vitest';
import { linkInAddress } from '../src/connection.js';
import {
  callInPath,
  guestTokenFor,
  keepGuestToken,
  keepName,
  knownName,
  typedId,
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

describe('typedId', () => {
  it.each([
    ['abc-def-ghj', 'abc-def-ghj'],
    [' ABC-Def-GHJ ', 'abc-def-ghj'],
    ['abc def ghj', 'abc-def-ghj'],
    ['abc - def - ghj', 'abc-def-ghj'],
    ['Ann@example.org', 'Ann@example.org'],
    ['maryadams', 'maryadams'],
    ['not an id!', null],
    ['ann bob', null],
    ['..', null],
    ['', null],
  ])('makes of %j %j', (text, id) => expect(typedId(text)).toBe(id));
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
