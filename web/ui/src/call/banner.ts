/** What is said at the top of a call: one thing at a time, the most urgent, with what to do. */
import {
  type CallSession,
  type Participant,
  presentIn,
  type RecordingEvent,
  type UnmuteAskedEvent,
  waitingIn,
} from '@mullion/client';
import { html, nothing, type TemplateResult } from 'lit';
import { copyText } from '../copy.js';
import { icons } from '../icons.js';
import type { Words } from '../words/en.js';
import { detailOf, explain, nameIn } from '../words.js';

export interface Action {
  label: string;
  name:
    'dismiss' | 'unmute' | 'show' | 'sound' | 'admit' | 'people' | 'pictures' | 'link' | 'leave';
  /** Whom it is about. */
  userId?: string;
}

export interface Banner {
  text: string;
  tone?: 'warn' | 'danger';
  /** Something is under way. */
  waiting?: boolean;
  /** To be copied, for who has to look it up. */
  detail?: string;
  actions?: Action[];
}

/** All that a banner may be about. */
export interface Situation {
  session: CallSession;
  trouble: unknown;
  /** What has just happened to the person, for some seconds. */
  told: Banner | null;
  asked: UnmuteAskedEvent | null;
  soundBlocked: boolean;
  mutedSpeaking: boolean;
  isHost: boolean;
  canInvite: boolean;
  copied: boolean;
  /** Those in the lobby of whom the person wants to hear no more now. */
  ignored: ReadonlySet<string>;
}

export function bannerFor(t: Words, situation: Situation): Banner | null {
  return (
    troubleOf(t, situation) ??
    connectionOf(t, situation) ??
    situation.told ??
    askOf(t, situation) ??
    lobbyOf(t, situation) ??
    speechOf(t, situation) ??
    networkOf(t, situation) ??
    companyOf(t, situation)
  );
}

function troubleOf(t: Words, { trouble }: Situation): Banner | null {
  if (!trouble) return null;
  const dismiss: Action = { label: t.close, name: 'dismiss' };
  return { text: explain(trouble), tone: 'danger', detail: detailOf(trouble), actions: [dismiss] };
}

function connectionOf(t: Words, { session, soundBlocked }: Situation): Banner | null {
  if (session.state === 'connecting') return { text: t.connecting, waiting: true };
  if (session.state === 'reconnecting')
    return { text: t.reconnecting, tone: 'warn', waiting: true };
  if (!soundBlocked) return null;
  return { text: t.soundBlocked, actions: [{ label: t.turnOnSound, name: 'sound' }] };
}

/** What a host has done to one, with the way back; null where it was neither sound nor picture. */
export function silencedBy(t: Words, muted: { audio: boolean; video: boolean }): Banner | null {
  const close: Action = { label: t.close, name: 'dismiss' };
  if (muted.audio)
    return {
      text: t.hostMuted,
      tone: 'warn',
      actions: [{ label: t.unmute, name: 'unmute' }, close],
    };
  if (!muted.video) return null;
  return { text: t.hostHid, tone: 'warn', actions: [{ label: t.turnOn, name: 'show' }, close] };
}

/** What has become of the recording that `selfId` has begun, or of which hosts hear that it failed. */
export function recordingTold(t: Words, event: RecordingEvent, selfId: string): Banner | null {
  const { started_by, reason } = event.recording;
  const actions: Action[] = [{ label: t.close, name: 'dismiss' }];
  if (event.type === 'recording:failed')
    return { text: t.recordingFailed(reason ?? t.noReason), tone: 'danger', actions };
  if (started_by !== selfId) return null;
  if (event.type === 'recording:started') return { text: t.recordingBegan, actions };
  if (event.type !== 'recording:stopped' || !reason) return null;
  return { text: t.recordingCut(reason), tone: 'danger', actions };
}

function askOf(t: Words, { asked, session }: Situation): Banner | null {
  const hear = asked?.audio === true && session.audioMuted;
  const see = asked?.video === true && session.videoMuted;
  if (!hear && !see) return null;
  return {
    text: hear ? t.askedToUnmute : t.askedToShow,
    actions: [
      { label: t.turnOn, name: hear ? 'unmute' : 'show' },
      { label: t.notNow, name: 'dismiss' },
    ],
  };
}

function lobbyOf(t: Words, { session, isHost, ignored }: Situation): Banner | null {
  const waiting = isHost
    ? waitingIn(session.call).filter(({ user_id }) => !ignored.has(user_id))
    : [];
  const [first] = waiting;
  if (!first) return null;
  const see: Action = { label: t.seeWho, name: 'people' };
  if (waiting.length > 1) return { text: t.wait(waiting.length), actions: [see] };
  return {
    text: t.waits(nameIn(waiting, first.user_id)),
    actions: [{ label: t.admit, name: 'admit', userId: first.user_id }, see],
  };
}

function speechOf(t: Words, { mutedSpeaking, session }: Situation): Banner | null {
  if (!mutedSpeaking || !session.audioMuted) return null;
  return {
    text: t.mutedSpeaking,
    tone: 'warn',
    actions: [
      { label: t.unmute, name: 'unmute' },
      { label: t.notNow, name: 'dismiss' },
    ],
  };
}

function networkOf(t: Words, { session }: Situation): Banner | null {
  if (session.network === 'audio_only') return { text: t.audioOnlyNow, tone: 'warn' };
  if (session.audioOnly)
    return { text: t.audioOnlyChosen, actions: [{ label: t.picturesAgain, name: 'pictures' }] };
  return session.network === 'poor' ? { text: t.poorNetwork, tone: 'warn' } : null;
}

function companyOf(t: Words, situation: Situation): Banner | null {
  const { session, canInvite, copied } = situation;
  const isOther = ({ user_id }: Participant): boolean => user_id !== session.userId;
  if (presentIn(session.call).some(isOther)) return null;
  if (session.call.participants.some((one) => isOther(one) && one.joined_at !== null))
    return { text: t.everybodyLeft, actions: [{ label: t.leaveShort, name: 'leave' }] };
  if (!canInvite) return { text: t.nobodyElse };
  const label = copied ? t.linkCopied : t.copyLink;
  return { text: t.nobodyElse, actions: [{ label, name: 'link' }] };
}

export function renderBanner(
  t: Words,
  banner: Banner | null,
  act: (action: Action) => void,
): TemplateResult {
  if (!banner) return html`<div class="top"></div>`;
  const { text, tone = '', waiting = false, detail = '', actions = [] } = banner;
  return html`<div class="top">
    <div
      class="banner ${tone} ${waiting ? '' : 'now'}"
      role=${tone === 'danger' ? 'alert' : 'status'}
    >
      ${waiting ? html`<span class="spinner"></span>` : nothing}
      <span title=${detail || nothing}>${text}</span>
      ${
        actions.length > 0
          ? html`<span class="actions"
              >${actions.map((action) => renderAction(action, act))}${renderDetail(t, detail)}</span
            >`
          : nothing
      }
    </div>
  </div>`;
}

function renderAction(action: Action, act: (action: Action) => void): TemplateResult {
  return html`<button data-control="banner-${action.name}" @click=${() => act(action)}>
    ${action.label}
  </button>`;
}

function renderDetail(t: Words, detail: string): TemplateResult | typeof nothing {
  if (!detail) return nothing;
  return html`<button
    data-control="copy-details"
    aria-label=${t.copyDetails}
    title=${detail}
    @click=${() => void copyText(detail)}
  >
    ${icons.copy(18)}
  </button>`;
}
