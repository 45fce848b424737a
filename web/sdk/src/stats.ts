/** A leg's figures out of the browser's statistics, for `webrtc:stats`. */
import type { StatsFigures } from './messages.js';

/** Counters at one moment; figures are made of two of these. */
export interface Counters {
  at: number;
  bytes: number;
  packets: number;
  lost: number;
  samples: number;
  concealed: number;
  freezes: number;
  frames: number;
  rtt: number | null;
  jitter: number | null;
}

type Stat = Record<string, unknown> & { type: string };

export function countersOf(report: Iterable<[string, unknown]>, at: number): Counters {
  const counters: Counters = {
    at,
    bytes: 0,
    packets: 0,
    lost: 0,
    samples: 0,
    concealed: 0,
    freezes: 0,
    frames: 0,
    rtt: null,
    jitter: null,
  };
  for (const [, value] of report) {
    const stat = value as Stat;
    if (stat.type === 'inbound-rtp') addInbound(counters, stat);
    else if (stat.type === 'candidate-pair' && stat.nominated === true)
      counters.rtt = numberOr(stat.currentRoundTripTime, counters.rtt);
  }
  return counters;
}

function addInbound(counters: Counters, stat: Stat): void {
  counters.bytes += numberOr(stat.bytesReceived, 0);
  counters.packets += numberOr(stat.packetsReceived, 0);
  counters.lost += numberOr(stat.packetsLost, 0);
  counters.samples += numberOr(stat.totalSamplesReceived, 0);
  counters.concealed += numberOr(stat.concealedSamples, 0);
  counters.freezes += numberOr(stat.freezeCount, 0);
  counters.frames += numberOr(stat.framesDecoded, 0);
  const jitter = numberOr(stat.jitter, null);
  if (jitter !== null) counters.jitter = Math.max(counters.jitter ?? 0, jitter);
}

/** Seconds, ratios of 1 and bit/s over the time between the two. */
export function figuresBetween(before: Counters, after: Counters): StatsFigures {
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  const grown = (key: 'bytes' | 'packets' | 'lost' | 'samples' | 'concealed' | 'frames'): number =>
    Math.max(0, after[key] - before[key]);
  const expected = grown('packets') + grown('lost');
  const figures: StatsFigures = {
    bitrate: Math.round((grown('bytes') * 8) / seconds),
    fps: Math.round((grown('frames') / seconds) * 10) / 10,
    loss: expected > 0 ? grown('lost') / expected : 0,
    concealed: grown('samples') > 0 ? Math.min(1, grown('concealed') / grown('samples')) : 0,
    freezes: Math.max(0, after.freezes - before.freezes),
  };
  if (after.rtt !== null) figures.rtt = after.rtt;
  if (after.jitter !== null) figures.jitter = after.jitter;
  return figures;
}

/** Whether the other end's media has been decoded: a picture, or sound where no picture is due. */
export function carriesMedia(report: Iterable<[string, unknown]>, video: boolean): boolean {
  for (const [, value] of report) {
    const stat = value as Stat;
    if (stat.type !== 'inbound-rtp') continue;
    if (video && stat.kind === 'video' && numberOr(stat.framesDecoded, 0) > 0) return true;
    if (!video && stat.kind === 'audio' && numberOr(stat.packetsReceived, 0) > 0) return true;
  }
  return false;
}

function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
