import { css } from 'lit';

/** Who rings or is rung, large, and the answers, larger. */
export const ringStyle = css`
  :host {
    position: fixed;
    inset: 0;
    z-index: 10;
    display: grid;
    place-items: center;
    overflow: auto;
    padding: 24px;
    background: var(--mullion-stage);
    color: var(--mullion-ink);
    text-align: center;
  }

  .face {
    display: grid;
    place-items: center;
    width: 120px;
    height: 120px;
    margin: 0 auto 24px;
    border-radius: 50%;
    background: var(--mullion-raised);
    box-shadow: 0 0 0 2px var(--mullion-accent);
    font-size: 39px;
    font-weight: 600;
    animation: ring 1.6s ease-out infinite;
  }

  h1 {
    margin: 0;
    font-size: 31px;
    font-weight: 650;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }

  p {
    margin: 4px 0 48px;
    color: var(--mullion-quiet);
  }

  .answers {
    display: flex;
    justify-content: center;
    gap: 40px;
  }

  .answers div {
    display: grid;
    gap: 8px;
    justify-items: center;
    width: 88px;
    line-height: 1.3;
  }

  .answers .round {
    width: 72px;
    height: 72px;
  }

  .answers .round.plain {
    background: #2b3441;
  }

  @media (width < 400px) {
    .answers {
      gap: 12px;
    }
  }

  @media (height < 480px) {
    .face {
      width: 88px;
      height: 88px;
      margin-bottom: 16px;
    }

    p {
      margin-bottom: 24px;
    }
  }

  @keyframes ring {
    from {
      box-shadow:
        0 0 0 2px var(--mullion-accent),
        0 0 0 2px rgb(62 207 178 / 50%);
    }

    to {
      box-shadow:
        0 0 0 2px var(--mullion-accent),
        0 0 0 28px rgb(62 207 178 / 0%);
    }
  }
`;
