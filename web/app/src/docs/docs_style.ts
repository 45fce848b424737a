import { css } from 'lit';

/** Two columns on a desktop, one on a phone; one colour a method, told by its word as well. */
export const docsStyle = css`
  :host {
    display: block;
    min-height: 100%;
    background: var(--mullion-surface);
  }

  a {
    color: var(--mullion-accent);
    text-underline-offset: 3px;
  }

  code {
    font-family: ui-monospace, 'Noto Sans Mono', 'DejaVu Sans Mono', monospace;
    font-size: 0.875em;
    overflow-wrap: anywhere;
  }

  header {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 24px;
    padding: 12px max(16px, env(safe-area-inset-left));
    border-block-end: 1px solid var(--mullion-line);
    background: var(--mullion-raised);
  }

  .title {
    display: flex;
    align-items: center;
    gap: 12px;
    margin: 0;
    font-size: 1.25rem;
    font-weight: 650;
  }

  .search {
    flex: 1 1 240px;
    max-width: 480px;
    margin-inline-start: auto;
  }

  .body {
    display: grid;
    grid-template-columns: 256px minmax(0, 1fr);
    gap: 32px;
    max-width: 1200px;
    margin-inline: auto;
    padding: 24px max(16px, env(safe-area-inset-left));
  }

  nav {
    position: sticky;
    inset-block-start: 97px;
    align-self: start;
  }

  nav ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  nav a {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    min-height: 44px;
    padding-inline: 12px;
    border-radius: 12px;
    color: inherit;
    text-decoration: none;
  }

  .count {
    color: var(--mullion-quiet);
    font-variant-numeric: tabular-nums;
  }

  section,
  details {
    scroll-margin-block-start: 104px;
  }

  section + section {
    margin-block-start: 40px;
  }

  h2 {
    margin: 0 0 4px;
    font-size: 1.25rem;
  }

  h3 {
    display: contents;
    font: inherit;
  }

  h4 {
    margin: 16px 0 4px;
    font-size: 1rem;
  }

  p {
    max-width: 75ch;
    margin: 0 0 12px;
    overflow-wrap: anywhere;
  }

  .quiet {
    color: var(--mullion-quiet);
  }

  .intro {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    justify-content: space-between;
    gap: 8px 16px;
    margin-block-end: 24px;
  }

  .empty {
    padding: 48px 0;
    text-align: center;
  }

  details {
    margin-block-start: 8px;
    border: 1px solid var(--mullion-line);
    border-radius: 12px;
    background: var(--mullion-raised);
  }

  summary {
    display: flex;
    flex-wrap: wrap;
    align-content: center;
    align-items: baseline;
    gap: 0 12px;
    min-height: 48px;
    padding: 11px 16px;
    border-radius: 12px;
    cursor: pointer;
    list-style: none;
  }

  summary::-webkit-details-marker {
    display: none;
  }

  summary:focus-visible,
  nav a:focus-visible {
    outline: 2px solid var(--mullion-accent);
    outline-offset: 2px;
  }

  .badge {
    flex: none;
    min-width: 64px;
    color: var(--mullion-accent);
    font-size: 0.8rem;
    font-weight: 700;
  }

  .badge[data-badge='DELETE'] {
    color: var(--mullion-danger);
  }

  .badge[data-badge='PUT'],
  .badge[data-badge='PATCH'] {
    color: var(--mullion-warn);
  }

  .badge[data-badge='GET'],
  .badge[data-badge='shape'],
  .badge[data-badge^='from'] {
    color: var(--mullion-quiet);
  }

  .name {
    color: var(--mullion-ink);
    font-weight: 600;
  }

  .said {
    flex: 1 1 16rem;
    color: var(--mullion-quiet);
  }

  section:focus {
    outline: none;
  }

  .inside {
    padding: 8px 16px 16px;
  }

  .inside > h4:first-child {
    margin-block-start: 0;
  }

  dl {
    margin: 0;
  }

  dl > div {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(0, 5fr);
    gap: 0 16px;
    padding: 6px 0;
    border-block-start: 1px solid var(--mullion-line);
  }

  dt {
    overflow-wrap: anywhere;
  }

  dd {
    margin: 0;
    overflow-wrap: anywhere;
  }

  .must {
    color: var(--mullion-quiet);
    font-size: 0.8rem;
    white-space: nowrap;
  }

  @media (hover: hover) {
    summary:hover .name,
    nav a:hover {
      text-decoration: underline;
    }
  }

  @media (max-width: 799px) {
    header {
      position: static;
    }

    .search {
      max-width: none;
    }

    .body {
      grid-template-columns: minmax(0, 1fr);
      gap: 24px;
    }

    nav {
      position: static;
    }

    section,
    details {
      scroll-margin-block-start: 8px;
    }

    .badge {
      min-width: 0;
    }

    .said {
      flex-basis: 100%;
    }

    dl > div {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
