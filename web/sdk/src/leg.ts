import { applyEncoding } from './encoding.js';
import { Emitter } from './emitter.js';
import { ApiError } from './errors.js';
import type { ClientMessage, MediaMessage, WireCandidate } from './messages.js';
import { carriesMedia } from './stats.js';
import { newUuid } from './uuid.js';

/** What a participant sends. */
export interface LocalTracks {
  audio: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

/** The way to the server that a leg needs. */
export interface LegChannel {
  send(message: ClientMessage): void;
  request(message: ClientMessage): Promise<void>;
}

export interface LegEvents {
  track: MediaStreamTrack;
  /** The server's media has been decoded for the first time. */
  media: null;
  /** The leg has failed and is of no use any more; told once. Whoever made it closes it. */
  lost: ApiError;
}

/** How long a leg may take from the offer to the first picture. */
const kMediaDeadline = 12_000;
/** ICE often recovers by itself from a short gap. */
const kDisconnectGrace = 2_000;
const kMediaPoll = 40;

/**
 * One peer connection to the call, which the server knows by `id`.
 *
 * Its m-lines never change: audio and camera both ways (the composite comes down on the camera's),
 * then the screen, up only. What is sent changes by `replaceTrack`, without a new negotiation. It is
 * never restarted: a session opens another leg beside it instead.
 */
export class Leg extends Emitter<LegEvents> {
  readonly id = newUuid();
  readonly #connection: RTCPeerConnection;
  readonly #audio: RTCRtpTransceiver;
  readonly #camera: RTCRtpTransceiver | null = null;
  readonly #screen: RTCRtpTransceiver | null = null;
  readonly #received: MediaStreamTrack[] = [];
  #offered = false;
  #described = false;
  #over = false;
  /** Candidates that came before what they belong to. */
  #local: WireCandidate[] = [];
  #remote: RTCIceCandidateInit[] = [];
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly callId: string,
    private readonly channel: LegChannel,
    iceServers: RTCIceServer[],
    tracks: LocalTracks,
    video: boolean,
    /** Whether pictures are due: without them the leg is there with its sound. */
    private readonly seesPictures: () => boolean,
  ) {
    super();
    const connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    this.#audio = connection.addTransceiver(tracks.audio ?? 'audio', { direction: 'sendrecv' });
    if (video) {
      this.#camera = connection.addTransceiver(tracks.camera ?? 'video', { direction: 'sendrecv' });
      this.#screen = connection.addTransceiver(tracks.screen ?? 'video', { direction: 'sendonly' });
    }
    connection.ontrack = ({ track }) => {
      this.#received.push(track);
      this.emit('track', track);
    };
    connection.onicecandidate = ({ candidate }) => this.#onLocalCandidate(candidate);
    connection.onconnectionstatechange = () => this.#onConnectionState();
  }

  /** What has come from the server so far. */
  get received(): readonly MediaStreamTrack[] {
    return this.#received;
  }

  /** Offers. What goes wrong is told by `lost`. */
  async start(): Promise<void> {
    this.#deadline = setTimeout(
      () => this.#lose(new ApiError('timeout', 'No picture came from the server in time.')),
      kMediaDeadline,
    );
    try {
      await this.#connection.setLocalDescription(await this.#connection.createOffer());
      const sdp = this.#connection.localDescription?.sdp ?? '';
      const taken = this.channel.request({
        type: 'webrtc:offer',
        call_id: this.callId,
        leg: this.id,
        sdp,
      });
      this.#offered = true;
      for (const candidate of this.#local.splice(0)) this.#sendCandidate(candidate);
      await taken;
    } catch (error) {
      this.#lose(error instanceof ApiError ? error : new ApiError('media_failed', String(error)));
    }
  }

  /** Takes a message of the server's about this leg. */
  async accept(message: MediaMessage): Promise<void> {
    if (this.#over) return;
    try {
      if (message.type === 'webrtc:answer') await this.#onAnswer(message.sdp);
      else if (message.type === 'webrtc:ice-candidate') await this.#onCandidate(message.candidate);
      else if (message.type === 'leg:state' && message.state === 'failed')
        this.#lose(new ApiError('media_failed', 'The media connection failed.'));
      else if (message.type === 'media:constraints') {
        const transceiver = message.source === 'screen' ? this.#screen : this.#camera;
        if (transceiver) await applyEncoding(transceiver.sender, message);
      }
    } catch (error) {
      this.#lose(new ApiError('media_failed', String(error)));
    }
  }

  /** Sends `track` from now on; null sends nothing. */
  async replace(source: keyof LocalTracks, track: MediaStreamTrack | null): Promise<void> {
    const transceiver = { audio: this.#audio, camera: this.#camera, screen: this.#screen }[source];
    if (!this.#over) await transceiver?.sender.replaceTrack(track);
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /** Ends the leg and its tracks; whatever shows them must show others by then. */
  close(): void {
    this.#stop();
    this.#connection.close();
  }

  #stop(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#grace);
  }

  async #onAnswer(sdp: string): Promise<void> {
    // An answer sent twice, after a lost connection, changes nothing.
    if (this.#connection.signalingState !== 'have-local-offer') return;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
    this.#described = true;
    for (const candidate of this.#remote.splice(0))
      await this.#connection.addIceCandidate(candidate);
    void this.#watchForMedia();
  }

  async #onCandidate(candidate: WireCandidate): Promise<void> {
    // The end of candidates is of no use: the server's checks tell what works.
    if (!candidate?.candidate) return;
    if (!this.#described) this.#remote.push(candidate);
    else await this.#connection.addIceCandidate(candidate);
  }

  #onLocalCandidate(candidate: RTCIceCandidate | null): void {
    // Firefox also tells an empty candidate at the end of each generation.
    if (candidate?.candidate === '') return;
    const line = candidate && {
      candidate: candidate.candidate,
      sdpMid: candidate.sdpMid,
      sdpMLineIndex: candidate.sdpMLineIndex,
    };
    if (this.#offered) this.#sendCandidate(line);
    else this.#local.push(line);
  }

  #sendCandidate(candidate: WireCandidate): void {
    if (this.#over) return;
    this.channel.send({
      type: 'webrtc:ice-candidate',
      call_id: this.callId,
      leg: this.id,
      candidate,
    });
  }

  #onConnectionState(): void {
    clearTimeout(this.#grace);
    const lose = (): void =>
      this.#lose(new ApiError('media_failed', 'The media connection was lost.'));
    if (this.#connection.connectionState === 'failed') lose();
    if (this.#connection.connectionState === 'disconnected')
      this.#grace = setTimeout(lose, kDisconnectGrace);
  }

  /** `unmute` comes with the first packet, a key frame later: only decoded media is shown. */
  async #watchForMedia(): Promise<void> {
    while (!this.#over) {
      if (carriesMedia(await this.stats(), this.seesPictures())) {
        clearTimeout(this.#deadline);
        this.emit('media', null);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, kMediaPoll));
    }
  }

  #lose(error: ApiError): void {
    if (this.#over) return;
    // Not closed: that would end the tracks, and the last picture would be gone.
    this.#stop();
    this.emit('lost', error);
  }
}
