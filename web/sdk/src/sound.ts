/** Sound in the page: several tracks as one, how loud a track is, whether somebody speaks. */

/** Several tracks as one, for the one line of sound that a leg has. They stay their owners'. */
export class SoundMix {
  readonly track: MediaStreamTrack;
  readonly #context = new AudioContext();

  constructor(tracks: MediaStreamTrack[]) {
    const out = this.#context.createMediaStreamDestination();
    for (const track of tracks)
      this.#context.createMediaStreamSource(new MediaStream([track])).connect(out);
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error('This browser mixes no sound.');
    this.track = track;
  }

  close(): void {
    this.track.stop();
    void this.#context.close();
  }
}

/** How loud a track is. */
export class LevelMeter {
  readonly #context = new AudioContext();
  readonly #analyser = this.#context.createAnalyser();
  readonly #samples = new Float32Array(1024);

  constructor(track: MediaStreamTrack) {
    this.#analyser.fftSize = this.#samples.length;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
    // A page that nobody has touched yet may have to wait for that.
    void this.#context.resume();
  }

  /** The root mean square of the last 20 ms in dB of full scale; -100 is silence. */
  level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return 10 * Math.log10(sum / this.#samples.length + 1e-10);
  }

  close(): void {
    void this.#context.close();
  }
}

const kWatchEvery = 100;
/** Loud for as many of the last looks: a word, not a cough or a door. */
const kLooks = 10;
const kLoudLooks = 5;
const kSpeech = -45;

/** Tells once when somebody speaks into a microphone, also where its track is silenced. */
export class SpeechWatch {
  readonly #track: MediaStreamTrack;
  readonly #meter: LevelMeter;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(track: MediaStreamTrack, onSpeech: () => void) {
    // A copy hears while the original is silent.
    this.#track = track.clone();
    this.#track.enabled = true;
    this.#meter = new LevelMeter(this.#track);
    let looks: boolean[] = [];
    this.#timer = setInterval(() => {
      looks = [...looks, this.#meter.level() > kSpeech].slice(-kLooks);
      if (looks.filter(Boolean).length < kLoudLooks) return;
      this.close();
      onSpeech();
    }, kWatchEvery);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#track.stop();
    this.#meter.close();
  }
}
