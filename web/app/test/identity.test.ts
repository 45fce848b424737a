import { beforeEach, describe, expect, it } from 'vitest';
import { linkInAddress } from '../src/connection.js';
import {
  callInPath,
  guestTokenFor,
  inviteUrlOf,
  keepGuestToken,
  keepName,
  knownName,
  pathWithLanguage,
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

describe('the language of the address', () => {
  it.each([
    ['?lang=de', '/call/a?lang=de'],
    ['?link=x&lang=zh-CN', '/call/a?lang=zh-CN'],
    ['?link=x', '/call/a'],
    ['', '/call/a'],
  ])('of %s stays', (search, path) => expect(pathWithLanguage('/call/a', search)).toBe(path));

  it.each([
    ['https://a/call/b?lang=de', 'https://a/call/b'],
    ['https://a/call/b?lang=de&link=x#y', 'https://a/call/b?link=x'],
    ['https://a/call/b', 'https://a/call/b'],
  ])('is not given to others with %s', (own, invite) => expect(inviteUrlOf(own)).toBe(invite));
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
