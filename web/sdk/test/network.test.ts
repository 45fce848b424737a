import { describe, expect, it } from 'vitest';
import { levelOf, type NetworkState, NetworkWatch, type Quality } from '../src/network.js';

const quality = (mos: number, loss = 0): Quality => ({
  up: { mos, loss, bitrate: 1 },
  down: { mos: 4.4, loss: 0, bitrate: 1 },
  rung: '720p',
});
const kGood = quality(4.3);
const kPoor = quality(2.4, 0.12);
const kBad = quality(1.5, 0.3);

describe('levelOf', () => {
  it.each([
    [4.3, 0, 3],
    [3.4, 0, 2],
    [4.3, 0.05, 2],
    [2.4, 0, 1],
    [4.3, 0.2, 1],
  ])('calls a score of %d with a loss of %d %d', (mos, loss, level) => {
    expect(levelOf(quality(mos, loss))).toBe(level);
  });

  it('does not know what was not measured', () => {
    expect(levelOf({ up: {}, down: { mos: 0, loss: 0 }, rung: '' })).toBeNull();
  });
});

describe('NetworkWatch', () => {
  /** Adds `what` once a second for `seconds`. */
  function during(watch: NetworkWatch, from: number, seconds: number, what: Quality): number {
    for (let i = 0; i < seconds; i++) watch.add(what, (from + i) * 1000);
    return from + seconds;
  }

  it.each<[string, Quality, number, NetworkState]>([
    ['a moment', kPoor, 3, 'good'],
    ['some seconds', kPoor, 6, 'poor'],
    ['long, but not too bad for pictures', kPoor, 60, 'poor'],
    ['too bad for pictures', kBad, 12, 'audio_only'],
  ])('after %s', (_, what, seconds, state) => {
    const watch = new NetworkWatch();
    during(watch, 0, seconds, what);
    expect(watch.state).toBe(state);
  });

  it('is good again at once where it was only poor', () => {
    const watch = new NetworkWatch();
    const now = during(watch, 0, 6, kPoor);
    during(watch, now, 1, kGood);
    expect(watch.state).toBe('good');
  });

  it('brings the pictures back after a calm time, and later where they failed again', () => {
    const watch = new NetworkWatch();
    let now = during(watch, 0, 12, kBad);
    now = during(watch, now, 19, kGood);
    expect(watch.state).toBe('audio_only');
    now = during(watch, now, 3, kGood);
    expect(watch.state).toBe('good');
    now = during(watch, now, 12, kBad);
    expect(watch.state).toBe('audio_only');
    now = during(watch, now, 35, kGood);
    expect(watch.state).toBe('audio_only');
    during(watch, now, 7, kGood);
    expect(watch.state).toBe('good');
  });

  it('begins its calm time anew with each poor second', () => {
    const watch = new NetworkWatch();
    let now = during(watch, 0, 12, kBad);
    now = during(watch, now, 15, kGood);
    now = during(watch, now, 1, kPoor);
    during(watch, now, 15, kGood);
    expect(watch.state).toBe('audio_only');
  });
});
