/** Where a broadcast is: what the watch page's address says of it. */
export interface BroadcastAddress {
  /** Of the playlist. */
  readonly hls: string;
  readonly whep: string;
}

/** Of an address as `/watch/ID?call=CALL&sig=…`; null where it is none. */
export function broadcastAt(path: string, search: string): BroadcastAddress | null {
  const id = /^\/watch\/([^/]+)\/?$/.exec(path)?.[1];
  const query = new URLSearchParams(search);
  const call = query.get('call');
  if (!id || !call) return null;
  const base = `/api/webrtc/call/${encodeURIComponent(call)}/broadcasts/${id}/`;
  const sig = query.get('sig');
  const suffix = sig ? `?sig=${encodeURIComponent(sig)}` : '';
  return { hls: `${base}index.m3u8${suffix}`, whep: `${base}whep${suffix}` };
}

/** The server says that the broadcast is over, or that this address is for nobody. */
export class Over extends Error {}

/** What plays a broadcast in a video element. */
export interface Player {
  /** How old the picture is that is shown, s; null where that is not known. */
  age(): number | null;
  stop(): void;
}

export interface PlayerEvents {
  /** The first picture is there. */
  playing(): void;
  /** Nothing comes any more: it is over where the server says so. */
  ended(over: boolean): void;
}
