/** How long nothing has to move. */
const kIdleAfter = 3_000;
const kMoves = ['pointermove', 'pointerdown', 'focusin'];

/** Whether nothing has moved over an element for a while, and no key's focus is seen. */
export class Idle {
  #now = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly onChange: (idle: boolean) => void,
  ) {}

  get now(): boolean {
    return this.#now;
  }

  start(): void {
    for (const event of kMoves) this.element.addEventListener(event, this.wake);
    this.wake();
  }

  stop(): void {
    for (const event of kMoves) this.element.removeEventListener(event, this.wake);
    clearTimeout(this.#timer);
  }

  readonly wake = (): void => {
    this.#become(false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Who goes by keys does not lose what he is on.
      if (!focusIsSeen()) this.#become(true);
    }, kIdleAfter);
  };

  #become(idle: boolean): void {
    if (idle === this.#now) return;
    this.#now = idle;
    this.onChange(idle);
  }
}

/** Whether the focus is where a person sees it, as after a key. */
function focusIsSeen(): boolean {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.matches(':focus-visible') === true;
}
