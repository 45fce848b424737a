/** What figures of the network mean for a person, and when sound alone is better. Pure. */
import type { PathQuality } from './model.js';

/** Both ways of somebody's network. */
export interface Quality {
  up: PathQuality;
  down: PathQuality;
  rung: string;
}

/** 3 is good, 2 is heard and seen to be worse, 1 is hard to talk over; null where nothing is known. */
export type QualityLevel = 1 | 2 | 3;

/** `audio_only`: no pictures are sent or taken until the network is better. */
export type NetworkState = 'good' | 'poor' | 'audio_only';

/** Scores below are those of ITU-T G.107, table B.1: "many users dissatisfied", "nearly all". */
const kFairScore = 3.6;
const kPoorScore = 2.6;
const kFairLoss = 0.03;
const kPoorLoss = 0.1;
/** Opus conceals this much at most; pictures take most of what there is. */
const kBadLoss = 0.2;
const kBadScore = 1.8;

export function levelOf({ up, down }: Quality): QualityLevel | null {
  const { score, loss } = worseOf(up, down);
  if (score === null && loss === 0 && !down.bitrate && !up.bitrate) return null;
  if ((score ?? 5) < kPoorScore || loss > kPoorLoss) return 1;
  return (score ?? 5) < kFairScore || loss > kFairLoss ? 2 : 3;
}

function worseOf(up: PathQuality, down: PathQuality): { score: number | null; loss: number } {
  const scores = [up.mos ?? 0, down.mos ?? 0].filter((score) => score > 0);
  return {
    score: scores.length > 0 ? Math.min(...scores) : null,
    loss: Math.max(up.loss ?? 0, down.loss ?? 0),
  };
}

const kPoorAfter = 4_000;
const kAudioOnlyAfter = 10_000;
const kFirstRest = 20_000;
const kLongestRest = 160_000;
/** Pictures that stay this long have come to stay. */
const kSettled = 60_000;

/**
 * Watches one's own network. Pictures that come back and fail again stay away twice as long: they
 * are the load that made it fail.
 */
export class NetworkWatch {
  #state: NetworkState = 'good';
  #poorSince: number | null = null;
  #badSince: number | null = null;
  #calmSince: number | null = null;
  #rest = kFirstRest;
  #backAt = -Infinity;

  get state(): NetworkState {
    return this.#state;
  }

  /** @param at milliseconds of any clock that goes on. */
  add(quality: Quality, at: number): NetworkState {
    const { score, loss } = worseOf(quality.up, quality.down);
    const isPoor = levelOf(quality) === 1;
    const isBad = loss > kBadLoss || (score ?? 5) < kBadScore;
    this.#poorSince = isPoor ? (this.#poorSince ?? at) : null;
    this.#badSince = isBad ? (this.#badSince ?? at) : null;
    this.#calmSince = isPoor ? null : (this.#calmSince ?? at);
    this.#state = this.#next(at);
    return this.#state;
  }

  #next(at: number): NetworkState {
    if (this.#state === 'audio_only') {
      if (this.#calmSince === null || at - this.#calmSince < this.#rest) return 'audio_only';
      this.#backAt = at;
      return 'good';
    }
    if (this.#badSince !== null && at - this.#badSince >= kAudioOnlyAfter) {
      const again = at - this.#backAt < kSettled;
      this.#rest = again ? Math.min(this.#rest * 2, kLongestRest) : kFirstRest;
      this.#calmSince = null;
      return 'audio_only';
    }
    if (this.#poorSince !== null && at - this.#poorSince >= kPoorAfter) return 'poor';
    return this.#poorSince === null ? 'good' : this.#state;
  }
}
