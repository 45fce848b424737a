/** How sharp the picture is that one gets: a choice that spares one's own network. */
import type { CallSession, Canvas, Rung } from '@mullion/client';
import { css, html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Words } from '../words/en.js';

const kRungs: readonly Rung[] = ['auto', '1080p', '720p', '360p', '180p'];

export const pictureChoiceStyle = css`
  .picture-choice {
    margin-top: 20px;
  }

  .picture-choice p {
    margin: 4px 0 0;
    color: var(--mullion-quiet);
    font-size: 13px;
  }
`;

/** Those that a canvas has, and the chosen one, whose canvas may have been larger. Pure. */
export function rungsOf({ width, height }: Canvas, chosen: Rung): Rung[] {
  const lines = Math.min(width, height);
  return kRungs.filter((rung) => rung === chosen || !(Number.parseInt(rung) > lines));
}

export function pictureChoice(
  t: Words,
  session: CallSession,
  choose: (rung: Rung) => void,
): TemplateResult | typeof nothing {
  const { call, rung: chosen } = session;
  if (call.type !== 'video') return nothing;
  return html`<div class="picture-choice">
    <label for="picture-quality">${t.pictureQuality}</label>
    <select
      id="picture-quality"
      aria-describedby="picture-quality-hint"
      @change=${(event: Event) => choose((event.target as HTMLSelectElement).value as Rung)}
    >
      ${rungsOf(call.canvas, chosen).map(
        (rung) =>
          // What was refused is not what the browser shows any more.
          html`<option value=${rung} .selected=${live(rung === chosen)}>
            ${rung === 'auto' ? t.bestPicture : rung}
          </option>`,
      )}
    </select>
    <p id="picture-quality-hint">${t.pictureQualityHint}</p>
  </div>`;
}
