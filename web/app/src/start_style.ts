import { css } from 'lit';

export const startStyle = css`
  :host {
    display: block;
    min-height: 100%;
    background: var(--mullion-surface);
  }

  main {
    display: flex;
    flex-direction: column;
    min-height: 100vh;
    min-height: 100dvh;
    max-width: 1080px;
    margin: 0 auto;
    padding: 24px;
  }

  header {
    display: flex;
    align-items: center;
    gap: 12px;
    font-size: 20px;
    font-weight: 650;
    letter-spacing: -0.01em;
  }

  .card {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: 48px;
    align-items: center;
    margin: auto 0;
    padding: 24px 0;
  }

  h1 {
    margin: 0;
    font-size: 31px;
    font-weight: 650;
    line-height: 1.25;
    letter-spacing: -0.02em;
  }

  .quiet {
    margin: 8px 0 24px;
    color: var(--mullion-quiet);
  }

  form {
    display: grid;
    gap: 8px;
  }

  input#name[readonly] {
    border-color: transparent;
  }

  input[aria-invalid='true']:not([type='checkbox']) {
    border-color: var(--mullion-danger);
  }

  .missing {
    color: var(--mullion-danger);
  }

  form button.primary {
    min-height: 48px;
    margin-top: 8px;
  }

  .ring {
    margin-top: 24px;
    padding-top: 20px;
    border-top: 1px solid var(--mullion-line);
  }

  .row {
    display: flex;
    gap: 8px;
  }

  .row button {
    flex: none;
    min-height: 48px;
  }

  .busy {
    min-height: 24px;
    margin: 12px 0 0;
    color: var(--mullion-quiet);
  }

  .news {
    margin: 0 0 20px;
    padding: 12px 16px;
    border: 1px solid var(--mullion-line);
    border-inline-start: 3px solid var(--mullion-accent);
    border-radius: 12px;
    background: var(--mullion-raised);
  }

  div.news {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px 16px;
  }

  .dead {
    margin: auto;
    padding: 24px 0;
    max-width: 480px;
    text-align: center;
  }

  a.button {
    padding: 10px 20px;
    border-radius: 12px;
    background: var(--mullion-accent);
    color: var(--mullion-on-accent);
    font-weight: 550;
    text-decoration: none;
  }

  mullion-history {
    display: block;
    margin-bottom: 32px;
  }

  .news.trouble {
    border-inline-start-color: var(--mullion-danger);
  }

  .other {
    margin: 16px 0 0;
  }

  a {
    display: inline-block;
    padding: 10px 0;
    color: var(--mullion-accent);
  }

  .id {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: 12px;
    margin: 0;
    color: var(--mullion-quiet);
  }

  .id button {
    color: var(--mullion-ink);
    font-weight: 450;
  }

  code {
    font-family: inherit;
    font-feature-settings: 'zero', 'tnum';
    letter-spacing: 0.02em;
  }

  /* A phone on its side keeps both columns. */
  @media (height < 480px) {
    main {
      padding: 12px 16px;
    }

    .card {
      gap: 24px;
      align-items: start;
      padding: 12px 0;
    }

    h1 {
      font-size: 22px;
    }

    .quiet {
      margin-bottom: 12px;
    }
  }

  @media (max-width: 800px) and (min-height: 480px), (max-width: 560px) {
    main {
      padding: 16px;
    }

    .card {
      grid-template-columns: minmax(0, 1fr);
      gap: 20px;
      margin: 0 0 auto;
    }

    h1 {
      font-size: 25px;
    }

    .quiet {
      margin-bottom: 16px;
    }
  }
`;
