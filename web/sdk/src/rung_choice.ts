import type { Rung } from './model.js';

/** Which encoding of the composite one gets: the chosen one, and none during sound alone. */
export class RungChoice {
  #chosen: Rung = 'auto';
  /** What the server has is `audio`, or may be. */
  #isWithoutPictures: boolean;
  #underway = 0;

  /** @param rung what the server has for one who comes, which may be left of an earlier time */
  constructor(
    private readonly put: (rung: Rung) => Promise<unknown>,
    rung: Rung | undefined,
  ) {
    this.#isWithoutPictures = rung === 'audio';
    if (rung && rung !== 'audio') this.#chosen = rung;
  }

  get chosen(): Rung {
    return this.#chosen;
  }

  /** During sound alone it is for when the pictures come back. Rejects with an ApiError. */
  async choose(rung: Rung, soundAlone: boolean): Promise<void> {
    const before = this.#chosen;
    this.#chosen = rung;
    if (soundAlone) return;
    try {
      await this.#tell(rung);
    } catch (error) {
      if (this.#chosen === rung) this.#chosen = before;
      throw error;
    }
  }

  /** Begins or ends sound alone. What the server does not hear is told by {@link settle}. */
  async apply(soundAlone: boolean): Promise<void> {
    const rung = soundAlone ? 'audio' : this.#chosen;
    this.#isWithoutPictures = !soundAlone;
    try {
      await this.#tell(rung);
      this.#isWithoutPictures = rung === 'audio';
    } catch {
      // The network may be why sound alone has begun.
    }
  }

  /** Tells the server again where it has not heard of {@link apply}. */
  async settle(soundAlone: boolean): Promise<void> {
    const isRight = this.#isWithoutPictures === soundAlone || this.#chosen === 'audio';
    if (!isRight && this.#underway === 0) await this.apply(soundAlone);
  }

  /** Takes what the server has, as a host may have chosen. @returns whether it is another one. */
  follow(rung: Rung | undefined, soundAlone: boolean): boolean {
    // An echo of one's own older change must not undo the newer one.
    if (this.#underway > 0 || soundAlone || !rung || rung === 'audio') return false;
    const isOther = rung !== this.#chosen;
    this.#chosen = rung;
    return isOther;
  }

  async #tell(rung: Rung): Promise<void> {
    this.#underway += 1;
    try {
      await this.put(rung);
    } finally {
      this.#underway -= 1;
    }
  }
}
