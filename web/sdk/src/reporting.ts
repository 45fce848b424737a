import type { Leg, LegChannel } from './leg.js';
import { type Counters, countersOf, figuresBetween } from './stats.js';

const kInterval = 5_000;

/** Tells the server what the browser measures of the leg in use, from the second time on. */
export class Reporting {
  #leg: Leg | null = null;
  #counters: Counters | null = null;
  readonly #timer = setInterval(() => void this.#report(), kInterval);

  /** @param inUse the connected leg, or null */
  constructor(
    private readonly callId: string,
    private readonly channel: LegChannel,
    private readonly inUse: () => Leg | null,
  ) {}

  stop(): void {
    clearInterval(this.#timer);
  }

  async #report(): Promise<void> {
    const leg = this.inUse();
    if (!leg) return;
    const before = leg === this.#leg ? this.#counters : null;
    const counters = countersOf(await leg.stats(), performance.now());
    [this.#leg, this.#counters] = [leg, counters];
    if (!before || leg !== this.inUse()) return;
    const figures = figuresBetween(before, counters);
    const about = { type: 'webrtc:stats', call_id: this.callId, leg: leg.id } as const;
    // With an acknowledgement: a dead connection to the server is noticed by its silence.
    await this.channel.request({ ...about, ...figures }).catch(() => undefined);
  }
}
