import { type CallSession, levelOf } from '@mullion/client';
import { html, nothing, type TemplateResult } from 'lit';
import type { Words } from '../words/en.js';
import { clock } from '../words.js';
import { bars, qualityName } from './quality.js';

/** Whether the call is recorded, how long it has lasted, and how one's own network does. */
export function status(
  t: Words,
  session: CallSession,
  elapsed: number | null,
  onQuality: () => void,
): TemplateResult {
  const quality = session.quality.get(session.userId);
  const level = quality ? levelOf(quality) : null;
  const about = `${t.yourConnection}: ${qualityName(t, level)}`;
  return html`<div class="status">
    ${recordingSign(t, session)} ${liveSign(t, session)}
    ${
      elapsed === null
        ? nothing
        : html`<span class="chip timer fades" role="timer" aria-label=${t.timeInCall}
            >${clock(elapsed)}</span
          >`
    }
    <button
      class="chip ${level === 1 ? '' : 'fades'}"
      data-control="quality"
      aria-label=${about}
      title=${about}
      @click=${onQuality}
    >
      ${bars(level, 16)}
    </button>
  </div>`;
}

/** As the next: who is watched has to know. */
function liveSign(t: Words, { call }: CallSession): TemplateResult | typeof nothing {
  if (call.broadcasts.length === 0) return nothing;
  return html`<div class="chip recording" data-sign="live">
    <span class="dot"></span><span class="words">${t.live}</span>
  </div>`;
}

/** It stays while the bar hides: who is recorded has to know. */
function recordingSign(t: Words, { call }: CallSession): TemplateResult | typeof nothing {
  if (!call.recording) return nothing;
  const paused = call.recording.status === 'paused';
  return html`<div class="chip recording ${paused ? 'paused' : ''}">
    <span class="dot"></span
    ><span class="words">${paused ? t.recordingPausedShort : t.recording}</span>
  </div>`;
}
