import { css } from 'lit';

export const callStyle = css`
  :host {
    position: relative;
    display: flex;
    width: 100%;
    height: 100%;
    min-height: 240px;
    overflow: hidden;
    background: var(--mullion-stage);
  }

  .stage {
    position: relative;
    flex: 1;
    min-width: 0;
    overflow: hidden;
  }

  .composite {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: contain;
  }

  .panel {
    flex: none;
    width: 360px;
    min-height: 0;
    animation: slide 180ms ease-out;
  }

  .top {
    position: absolute;
    top: max(12px, env(safe-area-inset-top));
    inset-inline: 12px;
    display: flex;
    justify-content: center;
    pointer-events: none;
  }

  .status {
    position: absolute;
    top: max(12px, env(safe-area-inset-top));
    inset-inline-start: max(12px, env(safe-area-inset-left));
    display: flex;
    align-items: center;
    gap: 8px;
    color: #fff;
    font-size: 13px;
  }

  .chip {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    min-height: 32px;
    padding: 0 12px;
    border-radius: 16px;
    background: rgb(0 0 0 / 60%);
    color: #fff;
    font-size: 13px;
    font-weight: 450;
  }

  /* As large as a finger, though it looks small. */
  button.chip {
    position: relative;
    margin: 6px 0;
  }

  button.chip::after {
    content: '';
    position: absolute;
    inset: -6px;
  }

  .timer {
    font-variant-numeric: tabular-nums;
  }

  .dot {
    width: 10px;
    height: 10px;
    border-radius: 50%;
    background: var(--mullion-danger);
  }

  .paused .dot {
    background: none;
    box-shadow: inset 0 0 0 2px currentColor;
  }

  .banner {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    max-width: 600px;
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

  .banner > span:not(.spinner) {
    flex: 1 1 auto;
    max-width: 100%;
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

  .banner .actions {
    display: flex;
    gap: 4px;
    margin: -6px -10px;
    margin-inline-start: auto;
  }

  .banner button {
    padding: 0 12px;
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
    inset-inline: 0;
    bottom: max(16px, env(safe-area-inset-bottom));
    display: flex;
    justify-content: center;
    pointer-events: none;
    transition: opacity 200ms ease-out;
  }

  .bottom > * {
    pointer-events: auto;
  }

  .fades {
    transition: opacity 200ms ease-out;
  }

  :host(.idle) {
    cursor: none;
  }

  :host(.idle) .bottom:not(:focus-within),
  :host(.idle) .fades:not(:focus-within) {
    opacity: 0;
  }

  .link {
    display: grid;
    gap: 12px;
  }

  .question {
    display: grid;
    gap: 20px;
  }

  .question p {
    margin: 0;
    overflow-wrap: anywhere;
  }

  .question div {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
  }

  /* A sheet over the stage, never over the bar. */
  @media (width < 800px) {
    .panel {
      position: absolute;
      z-index: 2;
      inset-inline: 0;
      top: 18%;
      bottom: calc(max(16px, env(safe-area-inset-bottom)) + 72px);
      width: auto;
      overflow: hidden;
      border: 1px solid var(--mullion-line);
      border-radius: 12px;
      animation-name: rise;
    }
  }

  /* Banners stand below the status, where there is no room beside it. */
  @media (width < 800px) {
    .top {
      top: calc(max(12px, env(safe-area-inset-top)) + 52px);
    }
  }

  /* A phone on its side: beside the picture is more room than above and below it. */
  @media (height < 480px) and (orientation: landscape) {
    .status {
      flex-direction: column;
      align-items: flex-start;
    }

    .recording .words {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }

    .top {
      top: max(12px, env(safe-area-inset-top));
    }

    .banner {
      max-width: min(600px, calc(100% - 160px));
    }

    .bottom {
      inset-block: 0;
      inset-inline: auto max(6px, env(safe-area-inset-right));
      align-items: center;
    }
  }

  @media (height < 480px) and (orientation: landscape) and (width < 800px) {
    .panel {
      inset-inline: 72px;
      inset-block: 8px;
    }
  }

  @keyframes appear {
    from {
      opacity: 0;
      transform: translateY(-8px);
    }
  }

  @keyframes slide {
    from {
      opacity: 0;
      transform: translateX(24px);
    }
  }

  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(24px);
    }
  }

  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
`;
