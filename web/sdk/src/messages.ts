/**
 * The WebSocket's messages, one object a frame, told apart by `type`.
 *
 * Events that the server may send again after a short loss of the connection carry `seq`.
 */
import type { Broadcast, Call, Layout, Participant, PathQuality, Recording } from './model.js';

/** A candidate as it travels; null ends them. */
export type WireCandidate = {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
} | null;

interface OfCall {
  call_id: string;
  seq?: number;
}

interface OfLeg extends OfCall {
  leg: string;
}

export type CallEventType =
  | 'call:incoming'
  | 'call:answered'
  | 'call:rejected'
  | 'call:missed'
  | 'call:cancelled'
  | 'call:updated'
  | 'call:ended';

export type ParticipantEventType =
  'participant:joined' | 'participant:left' | 'participant:updated' | 'participant:waiting';

export type CallEvent = OfCall & { type: CallEventType; call: Call };
export type ParticipantEvent = OfCall & { type: ParticipantEventType; participant: Participant };
export type RecordingEvent = OfCall & {
  type:
    | 'recording:started'
    | 'recording:paused'
    | 'recording:stopped'
    | 'recording:ready'
    | 'recording:stored'
    | 'recording:failed';
  recording: Recording;
};
export type BroadcastEvent = OfCall & {
  type: 'broadcast:started' | 'broadcast:updated' | 'broadcast:stopped' | 'broadcast:failed';
  broadcast: Broadcast;
};
export type LayoutEvent = OfCall & { type: 'call:layout' } & Layout;
export type SpeakerEvent = OfCall & { type: 'call:speaker'; user_id: string | null };
export type QualityEvent = OfCall & {
  type: 'call:quality';
  user_id: string;
  up: PathQuality;
  down: PathQuality;
  rung: string;
};
export type ChatEvent = OfCall & {
  type: 'chat:message';
  id: string;
  text: string;
  user_id: string;
  at: string;
};
export type ReactionEvent = OfCall & {
  type: 'reaction';
  emoji: string;
  user_id: string;
  at: string;
};
/** A host asks one to be heard or seen; nobody can do it for another. */
export type UnmuteAskedEvent = OfCall & {
  type: 'media:unmute_asked';
  /** Who asks. */
  user_id: string;
  audio: boolean;
  video: boolean;
};
export interface DrainingEvent {
  type: 'server:draining';
  reconnect_in: number;
  seq?: number;
}

export type AnswerMessage = OfLeg & { type: 'webrtc:answer'; sdp: string };
export type CandidateMessage = OfLeg & { type: 'webrtc:ice-candidate'; candidate: WireCandidate };
export type RenegotiateMessage = OfCall & { type: 'webrtc:renegotiate'; reason: string };
export type LegStateMessage = OfLeg & {
  type: 'leg:state';
  state: 'new' | 'connected' | 'failed';
};
export type LegClosedMessage = OfLeg & { type: 'leg:closed'; reason: string; message?: string };
/** What is shown of a source; more than this is sent in vain. 0 means that nothing is shown. */
export type ConstraintsMessage = OfLeg & {
  type: 'media:constraints';
  source: 'camera' | 'screen';
  max_width: number;
  max_height: number;
  max_fps: number;
  max_bitrate: number;
};

/** What belongs to the media of one call; a {@link CallSession} deals with it. */
export type MediaMessage =
  | AnswerMessage
  | CandidateMessage
  | RenegotiateMessage
  | LegStateMessage
  | LegClosedMessage
  | ConstraintsMessage;

/** Everything that the server tells of its own accord. */
export type ServerEvent =
  | CallEvent
  | ParticipantEvent
  | RecordingEvent
  | BroadcastEvent
  | LayoutEvent
  | SpeakerEvent
  | QualityEvent
  | ChatEvent
  | ReactionEvent
  | UnmuteAskedEvent
  | DrainingEvent
  | MediaMessage;

/** The greeting: every ringing and active call of the user. */
export interface Hello {
  type: 'hello';
  session: string;
  user_id: string;
  ping: number;
  calls: Call[];
}

export interface Ack {
  type: 'ack';
  ref: string;
}

export interface ErrorMessage {
  type: 'error';
  ref?: string;
  code: string;
  message: string;
  field?: string;
}

export type ServerMessage = ServerEvent | Hello | Ack | ErrorMessage;

/** Figures of a leg as the browser measures them: seconds, ratios of 1, bit/s. */
export interface StatsFigures {
  rtt?: number;
  jitter?: number;
  loss?: number;
  concealed?: number;
  freezes?: number;
  fps?: number;
  bitrate?: number;
}

/** What the client sends; `ref` is added where an answer is waited for. */
export type ClientMessage =
  | { type: 'webrtc:offer'; call_id: string; leg: string; sdp: string }
  | { type: 'webrtc:ice-candidate'; call_id: string; leg: string; candidate: WireCandidate }
  | ({ type: 'webrtc:stats'; call_id: string; leg: string } & StatsFigures)
  | {
      type: 'media:muted';
      call_id: string;
      audio_muted?: boolean;
      video_muted?: boolean;
      screen?: boolean;
    }
  | { type: 'chat:message'; call_id: string; id?: string; text: string }
  | { type: 'reaction'; call_id: string; emoji: string };
