/** What a client knows of its calls, kept up to date from the server's events. */
import type { ServerEvent } from './messages.js';
import type { Broadcast, Call, Participant, Recording } from './model.js';

const kOver = new Set(['ended', 'rejected', 'missed', 'cancelled', 'failed']);

export function isOver(call: Call): boolean {
  return kOver.has(call.status);
}

/** `call` after `event`; the same object where nothing changed. Pure. */
export function callAfter(call: Call | undefined, event: ServerEvent): Call | undefined {
  if ('call' in event) return event.call;
  if ('participant' in event && call) return withParticipant(call, event.participant);
  if ('recording' in event && call) return withRecording(call, event.recording);
  if ('broadcast' in event && call) return withBroadcast(call, event.broadcast);
  return call;
}

function withParticipant(call: Call, participant: Participant): Call {
  const known = call.participants.some(({ user_id }) => user_id === participant.user_id);
  const participants = known
    ? call.participants.map((old) => (old.user_id === participant.user_id ? participant : old))
    : [...call.participants, participant];
  return { ...call, participants };
}

/** A call shows a recording while it goes on. */
function withRecording(call: Call, recording: Recording): Call {
  if (['recording', 'paused'].includes(recording.status)) return { ...call, recording };
  return call.recording?.id === recording.id ? { ...call, recording: null } : call;
}

/** A call shows its broadcasts while they go on. */
function withBroadcast(call: Call, broadcast: Broadcast): Call {
  const others = call.broadcasts.filter(({ id }) => id !== broadcast.id);
  const isOver = ['failed', 'stopped'].includes(broadcast.status);
  return { ...call, broadcasts: isOver ? others : [...others, broadcast] };
}

/** Those who are in the call now, in the order of the list. */
export function presentIn(call: Call): Participant[] {
  return call.participants.filter(({ state }) =>
    ['joined', 'connected', 'reconnecting'].includes(state),
  );
}

/** Those who wait in the lobby; one who waits himself is shown nobody else. */
export function waitingIn(call: Call): Participant[] {
  return call.participants.filter(({ state }) => state === 'waiting');
}

export function isWaiting(call: Call, userId: string): boolean {
  return waitingIn(call).some(({ user_id }) => user_id === userId);
}
