import { afterEach, describe, expect, it } from 'vitest';
import { chosenOf, direction, language, onLanguage, useLanguage, words } from '../src/language.js';
import { ar } from '../src/words/ar.js';
import { de } from '../src/words/de.js';
import { en } from '../src/words/en.js';
import { es } from '../src/words/es.js';
import { zh } from '../src/words/zh.js';

afterEach(() => useLanguage('en'));

describe('chosenOf', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'ES-mx'], 'es'],
    [['zh-Hant-TW'], 'zh'],
    [['fr', 'tlh'], 'en'],
    [[], 'en'],
  ])('takes of %j %s', (tags, tag) => expect(chosenOf(tags)).toBe(tag));
});

it('changes all pages, and the direction with them', async () => {
  const changes: string[] = [];
  const off = onLanguage(() => changes.push(language()));
  await useLanguage('ar-EG');
  expect(words().close).toBe(ar.close);
  expect(direction()).toBe('rtl');
  await useLanguage('de');
  await useLanguage('de');
  expect(direction()).toBe('ltr');
  off();
  await useLanguage('en');
  expect(changes).toEqual(['ar', 'de']);
});

it('keeps the last wish where an earlier one comes late', async () => {
  await Promise.all([useLanguage('zh'), useLanguage('es')]);
  expect(language()).toBe('es');
});

/** Every text of a dictionary, with parameters in place. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function')
    return [[path, String((value as (...values: unknown[]) => unknown)('Zoe', 3))]];
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`));
}

describe.each(Object.entries({ ar, de, es, zh }))('%s', (_, dictionary) => {
  it('has a text for every English one, with the same parameters', () => {
    const english = new Map(texts(en));
    const found = texts(dictionary);
    expect(found.map(([path]) => path)).toEqual([...english.keys()]);
    for (const [path, text] of found) {
      expect(text.trim(), path).not.toBe('');
      expect(text.includes('Zoe'), path).toBe(english.get(path)?.includes('Zoe'));
    }
  });
});
