/** What has changed in a call, for those who do not see it. */
import { type Call, presentIn } from '@mullion/client';
import type { Words } from '../words/en.js';
import { nameIn } from '../words.js';

/** Who came and went, recording and broadcast, between two states of a call; empty where it is neither. */
export function newsBetween(t: Words, before: Call, after: Call, selfId: string): string {
  const [were, are] = [idsIn(before), idsIn(after)];
  const name = (id: string): string => nameIn([...after.participants, ...before.participants], id);
  const others = new Set([...were, ...are].filter((id) => id !== selfId));
  const moves = [...others]
    .filter((id) => were.has(id) !== are.has(id))
    .map((id) => (are.has(id) ? t.joined(name(id)) : t.left(name(id))));
  return [...moves, recordingNews(t, before, after), liveNews(t, before, after)]
    .filter(Boolean)
    .join('. ');
}

function idsIn(call: Call): Set<string> {
  return new Set(presentIn(call).map(({ user_id }) => user_id));
}

function liveNews(t: Words, before: Call, after: Call): string {
  const [was, is] = [before.broadcasts.length > 0, after.broadcasts.length > 0];
  if (was === is) return '';
  return is ? t.broadcast : t.broadcastEnded;
}

function recordingNews(t: Words, before: Call, after: Call): string {
  const [was, is] = [before.recording?.status, after.recording?.status];
  if (was === is) return '';
  if (is === 'recording') return t.recorded;
  return is === 'paused' ? t.recordingPaused : t.recordingEnded;
}
