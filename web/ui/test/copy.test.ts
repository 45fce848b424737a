import { afterEach, describe, expect, it, vi } from 'vitest';
import { copyText } from '../src/copy.js';

const clipboard = (value: unknown): void => {
  vi.stubGlobal('navigator', { clipboard: value });
};

/** As browsers do it: the command tells the page, which says what is copied. */
function commandThat(works: boolean): string[] {
  const got: string[] = [];
  const execCommand = (): boolean => {
    if (!works) return false;
    const event = Object.assign(new Event('copy'), {
      clipboardData: { setData: (_: string, text: string) => got.push(text) },
    });
    return document.dispatchEvent(event);
  };
  Object.assign(document, { execCommand });
  return got;
}

afterEach(() => vi.unstubAllGlobals());

describe('copyText', () => {
  it('writes to the clipboard', async () => {
    const writeText = vi.fn(() => Promise.resolve());
    clipboard({ writeText });
    expect(await copyText('abc')).toBe(true);
    expect(writeText).toHaveBeenCalledWith('abc');
  });

  it('finds another way where there is none, or it is refused', async () => {
    const got = commandThat(true);
    clipboard(undefined);
    expect(await copyText('abc')).toBe(true);
    clipboard({ writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError')) });
    expect(await copyText('def')).toBe(true);
    expect(got).toEqual(['abc', 'def']);
  });

  it('says where there is no way', async () => {
    commandThat(false);
    clipboard(undefined);
    expect(await copyText('abc')).toBe(false);
  });
});
