/** Sounds that the page makes by itself: no files to load. */

interface Note {
  /** Hz */
  pitch: number;
  /** Seconds from the melody's begin, and how long. */
  at: number;
  long: number;
}

/** A fourth up, twice. */
const kRing: Note[] = [
  { pitch: 587, at: 0, long: 0.22 },
  { pitch: 784, at: 0.24, long: 0.3 },
  { pitch: 587, at: 0.7, long: 0.22 },
  { pitch: 784, at: 0.94, long: 0.3 },
];
/** What one hears while the other side rings, in Europe: ITU-T E.180. */
const kRingback: Note[] = [{ pitch: 425, at: 0, long: 1 }];
const kTest: Note[] = [
  { pitch: 523, at: 0, long: 0.25 },
  { pitch: 659, at: 0.2, long: 0.25 },
  { pitch: 784, at: 0.4, long: 0.5 },
];

function play(context: AudioContext, notes: Note[], loudness: number): void {
  for (const { pitch, at, long } of notes) {
    const tone = new OscillatorNode(context, { frequency: pitch });
    const level = new GainNode(context, { gain: 0 });
    const start = context.currentTime + at;
    // Without a click at either end.
    level.gain.setTargetAtTime(loudness, start, 0.01);
    level.gain.setTargetAtTime(0, start + long, 0.05);
    tone.connect(level).connect(context.destination);
    tone.start(start);
    tone.stop(start + long + 0.4);
  }
}

/** Plays again and again until the returned function is called. */
function repeat(notes: Note[], every: number, loudness: number): () => void {
  const context = new AudioContext();
  const once = (): void => play(context, notes, loudness);
  once();
  const timer = setInterval(once, every);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

const kRingEvery = 3_000;
const kVibration = [400, 200, 400];

/**
 * Rings, and shakes a phone, until the returned function is called. Of several tabs one rings: the
 * next takes over where that one is closed.
 */
export function ring(): () => void {
  let stop: (() => void) | undefined;
  const start = (): void => {
    const silence = repeat(kRing, kRingEvery, 0.2);
    const shake = (): void => {
      // Not in every browser, whatever the DOM's types say; refused to pages that nobody touched.
      const phone = navigator as {
        vibrate?: (pattern: number[]) => void;
        userActivation?: { hasBeenActive: boolean };
      };
      if (phone.userActivation?.hasBeenActive) phone.vibrate?.(kVibration);
    };
    shake();
    const timer = setInterval(shake, kRingEvery);
    stop = () => {
      silence();
      clearInterval(timer);
    };
  };
  const over = new AbortController();
  const { locks } = navigator as { locks?: LockManager };
  if (locks) {
    const whileRinging = new Promise<void>((resolve) =>
      over.signal.addEventListener('abort', () => resolve()),
    );
    locks
      .request('mullion-ring', { signal: over.signal }, () => {
        start();
        return whileRinging;
      })
      // It stopped before it was this tab's turn.
      .catch(() => undefined);
  } else start();
  return () => {
    over.abort();
    stop?.();
  };
}

/** What the caller hears, until the returned function is called. */
export function ringback(): () => void {
  return repeat(kRingback, 4_000, 0.05);
}

/** Three notes out of `speaker`, where the browser lets one choose. */
export async function playTestSound(speaker: string): Promise<void> {
  const context = new AudioContext();
  const chosen = context as { setSinkId?: (id: string) => Promise<void> };
  await chosen.setSinkId?.(speaker).catch(() => undefined);
  play(context, kTest, 0.25);
  setTimeout(() => void context.close(), 2_000);
}
