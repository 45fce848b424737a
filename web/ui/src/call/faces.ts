import { type CallSession, presentIn } from '@mullion/client';
import { css, html, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import { initials, nameIn } from '../words.js';

export const facesStyle = css`
  .faces {
    position: absolute;
    inset: 0;
    display: flex;
    flex-wrap: wrap;
    place-content: center;
    gap: 32px;
    padding: 72px 24px 104px;
    overflow: auto;
    background: var(--mullion-stage);
    color: var(--mullion-ink);
  }

  .faces figure {
    display: grid;
    justify-items: center;
    gap: 12px;
    width: 120px;
    margin: 0;
    text-align: center;
    overflow-wrap: anywhere;
  }

  .faces .face {
    display: grid;
    place-items: center;
    width: 96px;
    height: 96px;
    border-radius: 50%;
    background: #2b3441;
    font-size: 31px;
    font-weight: 600;
    transition: box-shadow 100ms linear;
  }

  .faces .speaking .face {
    box-shadow: 0 0 0 3px var(--mullion-accent);
  }

  .faces figcaption {
    display: flex;
    gap: 6px;
    align-items: center;
  }
`;

/** Who is here, where there are no pictures. */
export function faces(session: CallSession): TemplateResult {
  const people = presentIn(session.call);
  return html`<div class="faces">
    ${people.map(({ user_id, audio_muted }) => {
      const name = nameIn(people, user_id);
      return html`<figure class=${session.speaker === user_id ? 'speaking' : ''}>
        <div class="face" aria-hidden="true">${initials(name)}</div>
        <figcaption><bdi>${name}</bdi> ${audio_muted ? icons.micOff(14) : ''}</figcaption>
      </figure>`;
    })}
  </div>`;
}
