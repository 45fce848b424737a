/** A peer connection without a network: the test decides when it carries media. */
export class FakePeer {
  static readonly all: FakePeer[] = [];
  connectionState = 'new';
  signalingState = 'stable';
  localDescription: { sdp: string } | null = null;
  framesDecoded = 0;
  /** Of sound. */
  packetsReceived = 0;
  closed = false;
  readonly candidates: unknown[] = [];
  readonly kinds: string[] = [];
  readonly replaced: unknown[] = [];
  readonly parameters = { encodings: [{}] };
  ontrack: ((event: { track: object }) => void) | null = null;
  onicecandidate: ((event: { candidate: object | null }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  constructor() {
    FakePeer.all.push(this);
  }

  addTransceiver(what: string | { kind: string }, { direction }: { direction: string }): object {
    this.kinds.push(`${typeof what === 'string' ? what : what.kind} ${direction}`);
    const sender = {
      track:
        typeof what === 'string' ? null : { getSettings: () => ({ width: 1280, height: 720 }) },
      getParameters: () => this.parameters,
      setParameters: () => Promise.resolve(),
      replaceTrack: (track: unknown) => Promise.resolve(void this.replaced.push(track)),
    };
    return { sender };
  }

  createOffer(): Promise<object> {
    return Promise.resolve({ type: 'offer', sdp: 'offer' });
  }

  setLocalDescription(): Promise<void> {
    this.localDescription = { sdp: 'offer' };
    this.signalingState = 'have-local-offer';
    // As browsers may: before who asked for it goes on.
    this.onicecandidate?.({ candidate: { candidate: 'early', sdpMid: '0', sdpMLineIndex: 0 } });
    return Promise.resolve();
  }

  setRemoteDescription(): Promise<void> {
    this.signalingState = 'stable';
    this.ontrack?.({ track: { kind: 'video', of: this } });
    return Promise.resolve();
  }

  addIceCandidate(candidate: unknown): Promise<void> {
    this.candidates.push(candidate);
    return Promise.resolve();
  }

  getStats(): Promise<Map<string, object>> {
    const { framesDecoded, packetsReceived } = this;
    const sound = { type: 'inbound-rtp', kind: 'audio', packetsReceived };
    const picture = { type: 'inbound-rtp', kind: 'video', framesDecoded };
    return Promise.resolve(
      new Map<string, object>([
        ['a', sound],
        ['v', picture],
      ]),
    );
  }

  /** What was true when it was closed, by the test's own question. */
  onclose: (() => void) | null = null;

  close(): void {
    this.closed = true;
    this.onclose?.();
  }

  fail(state = 'failed'): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

/** As much of a MediaStream as a session uses. */
export class FakeStream {
  tracks: object[] = [];

  getTracks(): object[] {
    return [...this.tracks];
  }

  addTrack(track: object): void {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }

  removeTrack(track: object): void {
    this.tracks = this.tracks.filter((other) => other !== track);
  }
}
