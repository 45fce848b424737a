/** Tracks, devices and sound without any hardware. */
import { vi } from 'vitest';

export class FakeTrack extends EventTarget {
  enabled = true;
  stopped = false;
  contentHint = '';
  readonly copies: FakeTrack[] = [];

  constructor(
    readonly kind: 'audio' | 'video',
    readonly deviceId = 'default',
  ) {
    super();
  }

  stop(): void {
    this.stopped = true;
  }

  clone(): FakeTrack {
    const copy = new FakeTrack(this.kind, this.deviceId);
    copy.enabled = this.enabled;
    this.copies.push(copy);
    return copy;
  }

  getSettings(): object {
    return { deviceId: this.deviceId };
  }

  /** As when it is plugged out. */
  end(): void {
    this.dispatchEvent(new Event('ended'));
  }

  get real(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

/** A stream of such tracks. */
export class FakeMediaStream {
  constructor(readonly tracks: FakeTrack[] = []) {}

  getTracks(): FakeTrack[] {
    return this.tracks;
  }

  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
}

/** `navigator.mediaDevices`; `refuse` is what the next requests reject with. */
export class FakeDevices extends EventTarget {
  opened: FakeTrack[] = [];
  asked: MediaStreamConstraints[] = [];
  refuse: Error | null = null;
  screenSound = true;
  list: { kind: string; deviceId: string; label: string }[] = [];

  readonly getUserMedia = vi.fn((constraints: MediaStreamConstraints) => {
    this.asked.push(constraints);
    if (this.refuse !== null) return Promise.reject(this.refuse);
    const kind = constraints.video ? 'video' : 'audio';
    const of = (constraints.video ?? constraints.audio) as MediaTrackConstraints;
    const { exact } = (of.deviceId ?? {}) as { exact?: string };
    const track = new FakeTrack(kind, exact);
    this.opened.push(track);
    return Promise.resolve(new FakeMediaStream([track]));
  });

  readonly getDisplayMedia = vi.fn(() => {
    if (this.refuse !== null) return Promise.reject(this.refuse);
    const tracks = [new FakeTrack('video')];
    if (this.screenSound) tracks.push(new FakeTrack('audio'));
    this.opened.push(...tracks);
    return Promise.resolve(new FakeMediaStream(tracks));
  });

  enumerateDevices(): Promise<object[]> {
    return Promise.resolve(this.list);
  }
}

/** Web Audio: every source has the level of `samples`. */
export class FakeAudioContext {
  static readonly all: FakeAudioContext[] = [];
  static samples = 0;
  closed = false;
  sources = 0;

  constructor() {
    FakeAudioContext.all.push(this);
  }

  createMediaStreamSource(): { connect: () => void } {
    this.sources += 1;
    return { connect: () => undefined };
  }

  createMediaStreamDestination(): { stream: FakeMediaStream } {
    return { stream: new FakeMediaStream([new FakeTrack('audio', 'mix')]) };
  }

  createAnalyser(): object {
    return {
      fftSize: 0,
      getFloatTimeDomainData: (out: Float32Array) => out.fill(FakeAudioContext.samples),
    };
  }

  resume(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** Puts all of it in place, until `vi.unstubAllGlobals`. */
export function fakeMedia(): FakeDevices {
  const devices = new FakeDevices();
  vi.stubGlobal('navigator', { mediaDevices: devices });
  vi.stubGlobal('MediaStream', FakeMediaStream);
  vi.stubGlobal('AudioContext', FakeAudioContext);
  FakeAudioContext.all.length = 0;
  FakeAudioContext.samples = 0;
  return devices;
}

export function domError(name: string): DOMException {
  return new DOMException('no', name);
}
