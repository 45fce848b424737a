import { css, html, type TemplateResult } from 'lit';
import type { Words } from '../words/en.js';

export const helpStyle = css`
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 12px 20px;
    align-items: center;
    margin: 0;
  }

  dd {
    margin: 0;
  }

  kbd {
    display: inline-block;
    min-width: 36px;
    padding: 4px 10px;
    border: 1px solid var(--mullion-line);
    border-radius: 8px;
    background: var(--mullion-raised);
    font: inherit;
    text-align: center;
  }
`;

/** The keys and what they do. */
export function help(t: Words): TemplateResult {
  const keys = [
    ['m', t.keyMicrophone],
    ['v', t.keyCamera],
    ['s', t.keyShare],
    ['c', t.keyChat],
    ['p', t.keyPeople],
    ['f', t.keyFullScreen],
    ['i', t.keyPicture],
    ['?', t.keyHelp],
    ['Esc', t.keyEscape],
  ];
  return html`<dl>
    ${keys.map(
      ([key, what]) =>
        html`<dt><kbd>${key}</kbd></dt>
          <dd>${what}</dd>`,
    )}
  </dl>`;
}
