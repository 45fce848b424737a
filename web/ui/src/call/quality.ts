/** How somebody's network does: three bars, and the figures behind them. */
import { levelOf, type PathQuality, type Quality, type QualityLevel } from '@mullion/client';
import { css, html, type TemplateResult } from 'lit';
import type { Words } from '../words/en.js';

export const qualityStyle = css`
  .bars {
    display: block;
    flex: none;
  }

  .bars rect {
    fill: currentColor;
    opacity: 0.3;
  }

  .bars rect.lit {
    opacity: 1;
  }

  .bars.level-1 {
    color: var(--mullion-danger);
  }

  .bars.level-2 {
    color: var(--mullion-warn);
  }

  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }

  th,
  td {
    padding: 8px 0;
    border-bottom: 1px solid var(--mullion-line);
    text-align: start;
    font-weight: 450;
  }

  thead th {
    color: var(--mullion-quiet);
  }

  td {
    text-align: end;
  }

  thead th:not(:first-child) {
    text-align: end;
  }
`;

export function qualityName(t: Words, level: QualityLevel | null): string {
  return level === null ? t.noQuality : t.qualities[level];
}

/** A picture alone: the name stands beside it or on its button. */
export function bars(level: QualityLevel | null, size = 18): TemplateResult {
  const rect = (n: number): boolean => n <= (level ?? 0);
  return html`<svg
    class="bars level-${level ?? 0}"
    width=${size}
    height=${size}
    viewBox="0 0 18 18"
    aria-hidden="true"
  >
    <rect class=${rect(1) ? 'lit' : ''} x="1" y="11" width="4" height="6" rx="1" />
    <rect class=${rect(2) ? 'lit' : ''} x="7" y="6.5" width="4" height="10.5" rx="1" />
    <rect class=${rect(3) ? 'lit' : ''} x="13" y="1" width="4" height="16" rx="1" />
  </svg>`;
}

export function figures(t: Words, quality: Quality | undefined): TemplateResult {
  if (!quality) return html`<p>${t.noQuality}</p>`;
  const { up, down, rung } = quality;
  const row = (name: string, write: (path: PathQuality) => string): TemplateResult =>
    html`<tr>
      <th scope="row">${name}</th>
      <td>${write(up)}</td>
      <td>${write(down)}</td>
    </tr>`;
  return html`<p>${qualityName(t, levelOf(quality))}</p>
    <table>
      <thead>
        <tr>
          <th scope="col"><span class="out-of-sight">${t.yourConnection}</span></th>
          <th scope="col">${t.sent}</th>
          <th scope="col">${t.received}</th>
        </tr>
      </thead>
      <tbody>
        ${row(t.rate, ({ bitrate = 0 }) => `${(bitrate / 1e6).toFixed(2)} Mbit/s`)}
        ${row(t.loss, ({ loss = 0 }) => `${(loss * 100).toFixed(1)} %`)}
        ${row(t.delay, ({ rtt = 0 }) => milliseconds(rtt))}
        ${row(t.jitter, ({ jitter = 0 }) => milliseconds(jitter))}
        ${row(t.score, ({ mos = 0 }) => (mos > 0 ? mos.toFixed(1) : '–'))}
        <tr>
          <th scope="row">${t.picture}</th>
          <td></td>
          <td>${rung}</td>
        </tr>
      </tbody>
    </table>`;
}

/** More than this was not measured but made up by a clock that jumped. */
const kLongest = 10;

function milliseconds(seconds: number): string {
  return seconds > 0 && seconds < kLongest ? `${Math.round(seconds * 1000)} ms` : '–';
}

/** What the figures say in one line, for a tooltip. */
export function figuresLine(t: Words, quality: Quality | undefined): string {
  if (!quality) return t.noQuality;
  const loss = Math.max(quality.up.loss ?? 0, quality.down.loss ?? 0);
  const rtt = Math.max(quality.up.rtt ?? 0, quality.down.rtt ?? 0);
  return [
    qualityName(t, levelOf(quality)),
    `${t.loss} ${(loss * 100).toFixed(1)} %`,
    `${t.delay} ${milliseconds(rtt)}`,
  ].join(' · ');
}
