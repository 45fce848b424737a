import { css } from 'lit';

/** A panel at the side: a heading that stays, content that scrolls. */
export const panelStyle = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    height: 100%;
    background: var(--mullion-surface);
  }

  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    padding: 8px;
    padding-inline-start: 20px;
  }

  h2 {
    margin: 0;
    font-size: 20px;
    font-weight: 650;
  }

  h3 {
    margin: 16px 0 4px;
    color: var(--mullion-quiet);
    font-size: 13px;
    font-weight: 550;
  }

  .content {
    flex: 1;
    min-height: 0;
    overflow: auto;
    padding: 0 20px 20px;
  }

  .round {
    flex: none;
    width: 44px;
    height: 44px;
  }

  footer {
    padding: 12px 20px max(12px, env(safe-area-inset-bottom));
    border-top: 1px solid var(--mullion-line);
  }
`;
