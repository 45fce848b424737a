import { type CallSession, SpeechWatch } from '@mullion/client';

/** Notices when somebody speaks who is muted; once each time that he mutes himself. */
export class MutedSpeech {
  #watch: SpeechWatch | null = null;
  #of: MediaStreamTrack | null = null;
  #noticed = false;

  constructor(private readonly onChange: () => void) {}

  /** Whether he has spoken since he was muted. */
  get noticed(): boolean {
    return this.#noticed;
  }

  /** To be called whenever what is sent has changed. */
  update(session: CallSession): void {
    const { audio } = session.tracks;
    const muted = session.audioMuted && session.state === 'connected' ? audio : null;
    if (muted === this.#of) return;
    this.stop();
    this.#of = muted;
    if (!muted) return;
    this.#watch = new SpeechWatch(muted, () => {
      this.#noticed = true;
      this.onChange();
    });
  }

  /** He knows. */
  dismiss(): void {
    this.#noticed = false;
  }

  stop(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#of = null;
    this.#noticed = false;
  }
}
