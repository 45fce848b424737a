import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LevelMeter, SoundMix, SpeechWatch } from '../src/sound.js';
import { FakeAudioContext, fakeMedia, FakeTrack } from './support/fake_media.js';

beforeEach(() => {
  vi.useFakeTimers();
  fakeMedia();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('makes one track of two, and leaves those to their owners', () => {
  const tracks = [new FakeTrack('audio'), new FakeTrack('audio')];
  const mix = new SoundMix(tracks.map(({ real }) => real));
  const [context] = FakeAudioContext.all;
  expect(context?.sources).toBe(2);
  mix.close();
  expect(context?.closed).toBe(true);
  expect((mix.track as unknown as FakeTrack).stopped).toBe(true);
  expect(tracks.some(({ stopped }) => stopped)).toBe(false);
});

it.each([
  [0, -100],
  [1, 0],
  [0.1, -20],
])('measures an amplitude of %d as %d dB', (amplitude, level) => {
  FakeAudioContext.samples = amplitude;
  const meter = new LevelMeter(new FakeTrack('audio').real);
  expect(meter.level()).toBeCloseTo(level, 1);
  meter.close();
});

it('hears once who speaks into a silenced microphone', () => {
  const track = new FakeTrack('audio');
  track.enabled = false;
  const heard = vi.fn();
  new SpeechWatch(track.real, heard);
  const [copy] = track.copies;
  expect(copy?.enabled).toBe(true);
  vi.advanceTimersByTime(2_000);
  expect(heard).not.toHaveBeenCalled();
  FakeAudioContext.samples = 0.1;
  vi.advanceTimersByTime(5_000);
  expect(heard).toHaveBeenCalledTimes(1);
  expect(copy?.stopped).toBe(true);
  expect(track.enabled).toBe(false);
});

it('does not take a cough for speech', () => {
  const heard = vi.fn();
  const watch = new SpeechWatch(new FakeTrack('audio').real, heard);
  FakeAudioContext.samples = 0.5;
  vi.advanceTimersByTime(300);
  FakeAudioContext.samples = 0;
  vi.advanceTimersByTime(3_000);
  expect(heard).not.toHaveBeenCalled();
  watch.close();
});
