/** The look that all components share: colours of both themes, sizes, buttons. */
import { css } from 'lit';

export const tokens = css`
  :host {
    --mullion-stage: #0e1116;
    --mullion-surface: #f6f7f9;
    --mullion-raised: #ffffff;
    --mullion-line: #d9dee6;
    --mullion-ink: #14181e;
    --mullion-quiet: #566274;
    --mullion-accent: #0b7a67;
    --mullion-on-accent: #ffffff;
    --mullion-danger: #c4281b;
    --mullion-on-danger: #ffffff;
    --mullion-warn: #8a5a00;
    color-scheme: light;
    --mullion-font: 'Inter Variable', 'Noto Sans', 'Noto Sans CJK', system-ui, sans-serif;
    color: var(--mullion-ink);
    font-family: var(--mullion-font);
    font-size: 16px;
    line-height: 1.5;
    -webkit-text-size-adjust: 100%;
    text-size-adjust: 100%;
  }

  @media (prefers-color-scheme: dark) {
    :host {
      color-scheme: dark;
      --mullion-surface: #161b22;
      --mullion-raised: #1f2630;
      --mullion-line: #323c4a;
      --mullion-ink: #e9edf2;
      --mullion-quiet: #9aa7b8;
      --mullion-accent: #3ecfb2;
      --mullion-on-accent: #0e1116;
      --mullion-danger: #ff6b5e;
      --mullion-on-danger: #0e1116;
      --mullion-warn: #f2b84b;
    }
  }

  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  [hidden] {
    display: none !important;
  }

  .out-of-sight {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** The stage is dark in both themes, and so is what lies on it. */
export const onStage = css`
  :host {
    color-scheme: dark;
    --mullion-raised: #1f2630;
    --mullion-line: #323c4a;
    --mullion-ink: #e9edf2;
    --mullion-quiet: #9aa7b8;
    --mullion-accent: #3ecfb2;
    --mullion-on-accent: #0e1116;
    --mullion-danger: #ff6b5e;
    --mullion-on-danger: #0e1116;
    --mullion-warn: #f2b84b;
  }
`;

export const buttons = css`
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-width: 44px;
    min-height: 44px;
    padding: 0 16px;
    border: 1px solid transparent;
    border-radius: 12px;
    background: none;
    color: inherit;
    font: inherit;
    font-weight: 550;
    cursor: pointer;
    transition:
      background-color 150ms ease-out,
      border-color 150ms ease-out;
  }

  button:focus-visible,
  a:focus-visible,
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible {
    outline: 2px solid var(--mullion-accent);
    outline-offset: 2px;
  }

  button:disabled {
    opacity: 0.55;
    cursor: default;
  }

  button.primary {
    background: var(--mullion-accent);
    color: var(--mullion-on-accent);
  }

  button.danger {
    background: var(--mullion-danger);
    color: var(--mullion-on-danger);
  }

  button.plain {
    border-color: var(--mullion-line);
    background: var(--mullion-raised);
  }

  @media (hover: hover) {
    button.primary:hover:enabled,
    button.danger:hover:enabled {
      filter: brightness(1.08);
    }

    button.plain:hover:enabled {
      border-color: var(--mullion-quiet);
    }
  }

  .round {
    width: 52px;
    height: 52px;
    padding: 0;
    border-radius: 50%;
  }

  svg {
    display: block;
    flex: none;
  }

  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
`;

/** What one types into and chooses from. */
export const fields = css`
  label {
    display: block;
    font-weight: 550;
  }

  input:not([type='checkbox'], [type='range']),
  select,
  textarea {
    width: 100%;
    min-width: 0;
    min-height: 48px;
    padding: 0 14px;
    border: 1px solid var(--mullion-quiet);
    border-radius: 12px;
    background: var(--mullion-raised);
    color: inherit;
    font: inherit;
  }

  select {
    text-overflow: ellipsis;
  }

  ::placeholder {
    color: var(--mullion-quiet);
    opacity: 1;
  }

  .check {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 44px;
    font-weight: 450;
    cursor: pointer;
  }

  input[type='checkbox'],
  input[type='range'] {
    accent-color: var(--mullion-accent);
  }

  input[type='checkbox'] {
    flex: none;
    width: 20px;
    height: 20px;
    margin: 0;
  }

  input[type='range'] {
    width: 100%;
    height: 44px;
    margin: 0;
  }
`;
