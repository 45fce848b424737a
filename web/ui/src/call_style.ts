import { css } from 'lit';

export const callStyle = css`
  :host {
    position: relative;
    display: block;
    width: 100%;
    height: 100%;
    min-height: 240px;
    overflow: hidden;
    background: var(--mullion-stage);
  }

  .composite {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: contain;
  }

  .self {
    position: absolute;
    overflow: hidden;
    background: var(--mullion-stage);
  }

  .self video {
    display: block;
    width: 100%;
    height: 100%;
    object-fit: cover;
    transform: scaleX(-1);
  }

  .self::after {
    content: '';
    position: absolute;
    inset: 0;
    border: 0 solid var(--mullion-accent);
    border-radius: inherit;
    transition: border-width 100ms linear;
    pointer-events: none;
  }

  .self.speaking::after {
    border-width: 3px;
  }

  .pill {
    position: absolute;
    left: 0.6em;
    bottom: 0.6em;
    display: flex;
    align-items: center;
    gap: 0.4em;
    padding: 0.2em 0.6em;
    border-radius: 1em;
    background: rgb(0 0 0 / 60%);
    color: #fff;
    line-height: 1.3;
  }

  .top {
    position: absolute;
    top: max(12px, env(safe-area-inset-top));
    left: 12px;
    right: 12px;
    display: flex;
    justify-content: center;
    pointer-events: none;
  }

  .recording {
    position: absolute;
    top: max(12px, env(safe-area-inset-top));
    left: max(12px, env(safe-area-inset-left));
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 4px 12px;
    border-radius: 16px;
    background: rgb(0 0 0 / 60%);
    color: #fff;
    font-size: 13px;
    line-height: 1.5;
  }

  /* Below the banner, where there is no room beside it. */
  @media (width < 640px) {
    .recording {
      top: calc(max(12px, env(safe-area-inset-top)) + 64px);
    }
  }

  .recording .dot {
    width: 10px;
    height: 10px;
    border-radius: 50%;
    background: var(--mullion-danger);
  }

  .recording.paused .dot {
    background: none;
    box-shadow: inset 0 0 0 2px currentColor;
  }

  .banner {
    display: flex;
    align-items: center;
    gap: 12px;
    max-width: 560px;
    padding: 10px 16px;
    border: 1px solid var(--mullion-line);
    border-radius: 12px;
    background: var(--mullion-raised);
    box-shadow: 0 8px 24px rgb(0 0 0 / 35%);
    color: var(--mullion-ink);
    pointer-events: auto;
    /* A wait that is over at once needs no words. */
    animation: appear 150ms ease-out 300ms backwards;
  }

  .banner.now {
    animation-delay: 0ms;
  }

  .banner.warn {
    border-color: var(--mullion-warn);
  }

  .banner.danger {
    border-color: var(--mullion-danger);
  }

  .banner button {
    min-height: 44px;
    margin: -6px -10px -6px 0;
    white-space: nowrap;
    color: var(--mullion-accent);
  }

  .spinner {
    flex: none;
    width: 18px;
    height: 18px;
    border: 2px solid var(--mullion-line);
    border-top-color: var(--mullion-accent);
    border-radius: 50%;
    animation: turn 900ms linear infinite;
  }

  .bottom {
    position: absolute;
    left: 0;
    right: 0;
    bottom: max(16px, env(safe-area-inset-bottom));
    display: flex;
    justify-content: center;
    transition: opacity 200ms ease-out;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 10px 14px;
    border: 1px solid var(--mullion-line);
    border-radius: 40px;
    background: rgb(22 27 34 / 88%);
    color: var(--mullion-ink);
  }

  .bar .round {
    background: #2b3441;
  }

  .bar .round[aria-pressed='true'] {
    background: var(--mullion-ink);
    color: var(--mullion-stage);
  }

  .bar .danger {
    width: 68px;
    margin-left: 12px;
    border-radius: 30px;
    background: var(--mullion-danger);
  }

  .timer {
    min-width: 4.2ch;
    padding: 0 6px;
    color: var(--mullion-quiet);
    font-variant-numeric: tabular-nums;
  }

  :host(.idle) {
    cursor: none;
  }

  :host(.idle) .bottom:not(:focus-within) {
    opacity: 0;
  }

  @media (max-width: 480px) {
    .bar {
      gap: 8px;
      padding: 8px 10px;
    }

    .bar .danger {
      margin-left: 8px;
    }
  }

  @keyframes appear {
    from {
      opacity: 0;
      transform: translateY(-8px);
    }
  }

  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
`;
