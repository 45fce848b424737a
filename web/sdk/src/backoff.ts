/** When to try again: longer each time, and never at the same moment as everybody else. */
export class Backoff {
  #attempt = 0;

  constructor(
    private readonly first = 250,
    private readonly most = 10_000,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * Milliseconds until the next try: between half of and the whole of a bound that doubles. Some
   * wait always stays, and a thousand clients of one lost server are spread.
   */
  next(): number {
    const bound = Math.min(this.most, this.first * 2 ** this.#attempt);
    this.#attempt += 1;
    return bound / 2 + (bound / 2) * this.random();
  }

  /** After a success. */
  reset(): void {
    this.#attempt = 0;
  }
}
