/**
 * What the server speaks of, as it is on the wire: `snake_case`, times as RFC 3339 texts,
 * durations in seconds, rates in bit/s, pixels of the canvas from its top left corner.
 */

export type CallStatus =
  'ringing' | 'active' | 'ended' | 'rejected' | 'missed' | 'cancelled' | 'failed';

export type EndReason =
  | 'hangup'
  | 'host_ended'
  | 'all_left'
  | 'timeout'
  | 'cancelled'
  | 'all_rejected'
  | 'all_busy'
  | 'media_failed'
  | 'admin'
  | 'limit';

export type ParticipantState =
  | 'invited'
  | 'ringing'
  | 'waiting'
  | 'joined'
  | 'connected'
  | 'reconnecting'
  | 'left'
  | 'rejected'
  | 'missed'
  | 'busy'
  | 'removed';

export type Role = 'host' | 'participant' | 'viewer';

export interface Participant {
  user_id: string;
  name: string;
  role: Role;
  state: ParticipantState;
  joined_at: string | null;
  left_at: string | null;
  audio_muted: boolean;
  video_muted: boolean;
  screen: boolean;
  /** 1 is as loud as it came, 2 the most. */
  volume: number;
  /** The encoding of the composite that is asked for. */
  rung?: Rung;
}

export interface Canvas {
  width: number;
  height: number;
  fps: number;
}

export interface Call {
  id: string;
  status: CallStatus;
  type: 'video' | 'audio';
  title: string | null;
  /** Anybody with a token may join by the call's id. */
  open: boolean;
  permanent: boolean;
  locked: boolean;
  lobby: boolean;
  max_participants: number;
  created_by: string;
  created_at: string;
  answered_at: string | null;
  ended_at: string | null;
  /** Seconds since it was answered, when the server wrote this. */
  duration: number;
  end_reason: EndReason | null;
  canvas: Canvas;
  layout: AskedLayout;
  /** What outputs show other than the call's own picture; null: nothing else. */
  programme?: Programme | null;
  participants: Participant[];
  /** The one that goes on; null where the call is not recorded. */
  recording: Recording | null;
  /** Those that go on. */
  broadcasts: Broadcast[];
}

/** An image of a call, by its id. */
export interface Image {
  id: string;
  width: number;
  height: number;
  bytes: number;
}

export interface Logo {
  image: string;
  corner?: 'top-left' | 'top-right' | 'bottom-left' | 'bottom-right';
  /** Of the canvas' height; 0.1 by default. */
  height?: number;
  opacity?: number;
}

/** What recordings, broadcasts and those who watch get, where it is not the call's own picture. */
export interface Programme {
  layout: AskedLayout | null;
  background: { image: string } | null;
  logo: Logo | null;
  lower_third: { title: string; subtitle?: string } | null;
  /** In place of everything while nobody is in the call. */
  slate: { image?: string | null; title?: string; subtitle?: string } | null;
}

/** A file of sound that plays in a call. */
export interface Sound {
  id: string;
  /** Seconds; null where the file does not say. */
  duration: number | null;
}

export type BroadcastKind = 'hls' | 'rtmp' | 'srt' | 'rtsp';
export type BroadcastStatus = 'starting' | 'live' | 'retrying' | 'failed' | 'stopped';

/** What is asked for. */
export interface NewBroadcast {
  kind: BroadcastKind;
  /** Where it is pushed to: RTMP, or SRT as the caller. */
  url?: string;
  /** What encrypts SRT: 10 to 79 bytes. */
  passphrase?: string;
  /** HLS and RTSP: everybody may watch who knows the address. */
  public?: boolean;
  /** HLS: `event` keeps all of it. */
  playlist?: 'live' | 'event';
}

export interface Broadcast {
  id: string;
  call_id: string;
  kind: BroadcastKind;
  status: BroadcastStatus;
  public: boolean;
  /** Where it is taken; of HLS the playlist and a page that shows it. Empty in events. */
  urls: string[];
  viewers: number;
  /** bit/s */
  bitrate: number;
  started_by: string;
  started_at: string;
  ended_at: string | null;
  /** Why it failed, or is tried again. */
  reason?: string;
}

export type RecordingStatus =
  'recording' | 'paused' | 'mending' | 'ready' | 'uploading' | 'stored' | 'failed';
export type RecordingFormat = 'mp4' | 'webm';

/** One file of a recording. */
export interface RecordedPart {
  index: number;
  bytes: number;
  /** Seconds. */
  duration: number;
  /** Null until the file is finished. */
  sha256: string | null;
  /** Signed, for some hours; null in events and until the file is finished. */
  url: string | null;
}

/** A file of what one participant sent, as it came. */
export interface RecordedTrack extends RecordedPart {
  /** All three are null where a crash has taken them. */
  user_id: string | null;
  source: 'sound' | 'camera' | 'screen' | null;
  /** When its first frame was heard or seen in the call. */
  started_at: string | null;
}

export interface Recording {
  id: string;
  call_id: string;
  status: RecordingStatus;
  format: RecordingFormat;
  video: boolean;
  started_by: string;
  started_at: string;
  ended_at: string | null;
  /** Seconds of the files that are finished. */
  duration: number;
  parts: RecordedPart[];
  /** Where they were asked for. */
  tracks?: RecordedTrack[];
  preview_url: string | null;
  waveform_url: string | null;
  /** Why it failed or was cut off. */
  reason?: string;
}

/** Of a camera whose shape is not its tile's: cut to fill it, or whole with bars beside it. */
export type Fit = 'crop' | 'pad';

export type Rung = 'auto' | '1080p' | '720p' | '360p' | '180p' | 'audio';

/** How a host wants the picture laid out. */
export interface AskedLayout {
  mode: LayoutMode;
  /** The most important first. */
  pinned?: string[];
  fit?: Fit;
  /** Of the `custom` mode. */
  regions?: { x: number; y: number; width: number; height: number; user_id?: string }[];
}

export type LayoutMode = 'grid' | 'speaker' | 'presentation' | 'solo' | 'custom';

/** One picture on the canvas, in the canvas' pixels. */
export interface Tile {
  user_id: string;
  source: 'camera' | 'screen';
  x: number;
  y: number;
  width: number;
  height: number;
  visible: boolean;
}

/** Where everybody is in the composite. */
export interface Layout {
  canvas: Canvas;
  mode: LayoutMode;
  tiles: Tile[];
}

export interface NewCall {
  /** Whom to ring. An empty list makes a room, which is active at once. */
  participants: string[];
  type?: 'video' | 'audio';
  title?: string;
  open?: boolean;
  permanent?: boolean;
  lobby?: boolean;
  max_participants?: number;
  canvas?: Partial<Canvas>;
}

/** What a host may change of a call. */
export interface CallChange {
  title?: string | null;
  locked?: boolean;
  lobby?: boolean;
  max_participants?: number;
  canvas?: Partial<Canvas>;
}

/** What a participant may change of himself, and a host of others. */
export interface ParticipantChange {
  audio_muted?: boolean;
  video_muted?: boolean;
  role?: Role;
  volume?: number;
  spotlight?: boolean;
  /** Done by the server for this one's sound. */
  noise_suppression?: boolean;
  auto_gain?: boolean;
}

export interface ChatMessage {
  id: string;
  user_id: string;
  text: string;
  at: string;
}

export interface NewLink {
  role?: Role;
  expires_at?: string;
  /** At least four characters, which guests have to type. */
  pin?: string;
}

export interface Link {
  code: string;
  url: string;
}

/** How a leg does, as the server measures it. */
export interface LegStats {
  leg: string;
  user_id: string;
  up: PathQuality;
  down: PathQuality;
  rung: string;
}

/** What a page loads without headers, until it expires. */
export interface SignedUrl {
  url: string;
  expires_at: string;
}

export interface IceServers {
  ice_servers: RTCIceServer[];
  expires_at: string | null;
}

/** A participant's network, one way: seconds, ratios of 1, bit/s; 0 where it is not known. */
export interface PathQuality {
  /** Mean opinion score of the sound, 1 to 4.5. */
  mos?: number;
  loss?: number;
  rtt?: number;
  jitter?: number;
  bitrate?: number;
}
