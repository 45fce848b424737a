/**
 * What a person gives of himself: camera, microphone and screen, from before a call to its end.
 *
 * A device that is plugged out is followed by the one that is left, without a gap where there is
 * one; another device is open before the one before it is closed.
 */
import type { CallSession } from './call_session.js';
import {
  type CameraOptions,
  type MicrophoneOptions,
  openCamera,
  openMicrophone,
  openScreen,
  type Screen,
} from './devices.js';
import { Emitter } from './emitter.js';
import { DeviceError } from './errors.js';

export type MediaKind = 'camera' | 'microphone';

export interface LocalMediaEvents {
  /** A track has come, gone or been replaced. */
  change: null;
  /** A device went away by itself and none took its place. */
  trouble: DeviceError;
}

export class LocalMedia extends Emitter<LocalMediaEvents> {
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null> = { camera: null, microphone: null };
  readonly #options: { camera: CameraOptions; microphone: MicrophoneOptions } = {
    camera: {},
    microphone: {},
  };
  /** Counts what was asked of a device: an answer to an older wish is not wanted any more. */
  readonly #wishes: Record<MediaKind, number> = { camera: 0, microphone: 0 };
  #screen: Screen | null = null;
  #speaker = '';
  #session: CallSession | null = null;
  #undo: (() => void)[] = [];

  get camera(): MediaStreamTrack | null {
    return this.#tracks.camera;
  }

  get microphone(): MediaStreamTrack | null {
    return this.#tracks.microphone;
  }

  get screen(): Screen | null {
    return this.#screen;
  }

  /** Where the call is to be heard, for `setSinkId`; empty for the browser's choice. */
  get speaker(): string {
    return this.#speaker;
  }

  set speaker(id: string) {
    this.#speaker = id;
    this.emit('change', null);
  }

  /** What a session begins with. */
  get tracks(): { audio: MediaStreamTrack | null; camera: MediaStreamTrack | null } {
    return { audio: this.microphone, camera: this.camera };
  }

  /** The options that a device is, or will be, opened with. */
  optionsOf(kind: 'camera'): CameraOptions;
  optionsOf(kind: 'microphone'): MicrophoneOptions;
  optionsOf(kind: MediaKind): CameraOptions | MicrophoneOptions {
    return this.#options[kind];
  }

  /** Takes over tracks that are open already. */
  adopt(tracks: { audio?: MediaStreamTrack | null; camera?: MediaStreamTrack | null }): void {
    if (tracks.audio) this.#set('microphone', tracks.audio);
    if (tracks.camera) this.#set('camera', tracks.camera);
  }

  /** Opens a device that is off. Rejects with a {@link DeviceError}. */
  async turnOn(kind: MediaKind): Promise<void> {
    if (!this.#tracks[kind]) await this.#open(kind);
  }

  turnOff(kind: MediaKind): void {
    this.#wishes[kind] += 1;
    if (this.#tracks[kind]) this.#set(kind, null);
  }

  /**
   * Other options, such as another device: at once where the device is on, else for when it is
   * turned on. Rejects with a {@link DeviceError}; then all stays as it was.
   */
  async choose(kind: 'camera', options: CameraOptions): Promise<void>;
  async choose(kind: 'microphone', options: MicrophoneOptions): Promise<void>;
  async choose(kind: MediaKind, options: CameraOptions & MicrophoneOptions): Promise<void> {
    const before = this.#options[kind];
    this.#options[kind] = { ...before, ...options };
    if (!this.#tracks[kind]) return;
    try {
      await this.#open(kind);
    } catch (error) {
      this.#options[kind] = before;
      throw error;
    }
  }

  /** Asks the person which screen to show. Rejects with a {@link DeviceError}. */
  async share(): Promise<void> {
    const screen = await openScreen();
    this.unshare();
    this.#screen = screen;
    // The browser has a button of its own that ends it.
    screen.video.addEventListener('ended', () => {
      if (this.#screen === screen) this.unshare();
    });
    await this.#session?.setScreen(screen.video, screen.audio);
    this.emit('change', null);
  }

  unshare(): void {
    const screen = this.#screen;
    if (!screen) return;
    this.#screen = null;
    screen.video.stop();
    screen.audio?.stop();
    void this.#session?.setScreen(null);
    this.emit('change', null);
  }

  /**
   * From now on `session` sends what is open here; at its end everything is closed, and in a call
   * with sound alone the camera at once.
   */
  follow(session: CallSession): void {
    this.release();
    // Nobody is seen in it, so no camera's light stays on.
    if (session.call.type === 'audio') this.turnOff('camera');
    this.#session = session;
    this.#undo = [
      // A host has hidden one: the camera's light goes out.
      session.on('muted', () => {
        if (session.videoMuted) this.turnOff('camera');
      }),
      session.on('ended', () => this.stop()),
    ];
  }

  /** The session goes on without this. */
  release(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#session = null;
  }

  /** Closes everything. */
  stop(): void {
    this.release();
    this.unshare();
    this.turnOff('camera');
    this.turnOff('microphone');
  }

  async #open(kind: MediaKind): Promise<void> {
    this.#wishes[kind] += 1;
    const wish = this.#wishes[kind];
    const track = await this.#start(kind);
    if (wish !== this.#wishes[kind]) track.stop();
    else this.#set(kind, track);
  }

  async #start(kind: MediaKind): Promise<MediaStreamTrack> {
    const open = (): Promise<MediaStreamTrack> =>
      kind === 'camera'
        ? openCamera(this.#options.camera)
        : openMicrophone(this.#options.microphone);
    try {
      return await open();
    } catch (error) {
      const inUse = error instanceof DeviceError && error.kind === 'in_use';
      const before = this.#tracks[kind];
      if (!inUse || !before) throw error;
      // A phone opens one camera at a time.
      before.stop();
      return open();
    }
  }

  #set(kind: MediaKind, track: MediaStreamTrack | null): void {
    const before = this.#tracks[kind];
    if (track === before) return;
    this.#tracks[kind] = track;
    track?.addEventListener('ended', () => {
      if (this.#tracks[kind] === track) void this.#fallBack(kind);
    });
    const sent = kind === 'camera' ? this.#sendCamera(track) : this.#sendMicrophone(track, before);
    // The old one is seen until the new one is sent.
    void Promise.resolve(sent).finally(() => before?.stop());
    this.emit('change', null);
  }

  #sendCamera(track: MediaStreamTrack | null): Promise<void> | undefined {
    return this.#session?.setCamera(track);
  }

  /** Who is muted stays so with another microphone. */
  #sendMicrophone(
    track: MediaStreamTrack | null,
    before: MediaStreamTrack | null,
  ): Promise<void> | undefined {
    const session = this.#session;
    return session?.setMicrophone(track, track === null || (before !== null && session.audioMuted));
  }

  async #fallBack(kind: MediaKind): Promise<void> {
    delete this.#options[kind].deviceId;
    try {
      await this.#open(kind);
    } catch (error) {
      this.#set(kind, null);
      const gone = error instanceof DeviceError && error.kind !== 'missing';
      this.emit('trouble', gone ? error : new DeviceError('lost', kind, error));
    }
  }
}
