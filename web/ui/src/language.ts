/**
 * The language of the pages: one for all components, English until another one has come.
 *
 * It is the first of the browser's languages that there is; `lang` on any component, or
 * {@link useLanguage}, chooses another.
 */
import { en, type Words } from './words/en.js';

const kOthers: Partial<Record<string, () => Promise<Words>>> = {
  ar: async () => (await import('./words/ar.js')).ar,
  de: async () => (await import('./words/de.js')).de,
  es: async () => (await import('./words/es.js')).es,
  zh: async () => (await import('./words/zh.js')).zh,
};
const kRightToLeft = new Set(['ar']);

let current: Words = en;
let tag = 'en';
let wanted = 'en';
const listeners = new Set<() => void>();

export const words = (): Words => current;
export const language = (): string => tag;
export const direction = (): 'ltr' | 'rtl' => (kRightToLeft.has(tag) ? 'rtl' : 'ltr');

/** The first of `tags`, such as `de-AT`, that there are words for. */
export function chosenOf(tags: readonly string[]): string {
  const known = tags
    .map((one) => one.toLowerCase().split('-')[0] ?? '')
    .find((one) => one === 'en' || one in kOthers);
  return known ?? 'en';
}

/** Changes all pages to the language of `wish`, or to English where there is none for it. */
export async function useLanguage(wish: string): Promise<void> {
  const next = chosenOf([wish]);
  wanted = next;
  let loaded: Words;
  try {
    loaded = (await kOthers[next]?.()) ?? en;
  } catch {
    // The network is away: what is spoken already stays.
    return;
  }
  // Another one was asked for while this one came.
  if (wanted !== next || tag === next) return;
  [current, tag] = [loaded, next];
  for (const listener of listeners) listener();
}

/** Calls `listener` at each change until the returned function is called. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Resolves when the browser's language is there. */
export const languageReady = useLanguage(chosenOf(navigator.languages));
