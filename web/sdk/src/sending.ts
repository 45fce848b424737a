import type { LocalTracks } from './leg.js';
import type { NetworkState } from './network.js';
import { SoundMix } from './sound.js';

/** What somebody gives to a call, and what of it a leg sends: pure but for the mix of two sounds. */
export class Sending {
  network: NetworkState = 'good';
  /** Sound alone by choice, whatever the network is like. */
  soundAlone = false;
  #tracks: LocalTracks;
  #muted: boolean;
  /** The sound of the screen, sent together with the microphone's. */
  #screenSound: MediaStreamTrack | null = null;
  #mix: SoundMix | null = null;

  constructor(tracks: Partial<LocalTracks>) {
    this.#tracks = { audio: null, camera: null, screen: null, ...tracks };
    this.#muted = this.#tracks.audio === null;
  }

  get tracks(): Readonly<LocalTracks> {
    return this.#tracks;
  }

  get audioMuted(): boolean {
    return this.#muted;
  }

  set audioMuted(muted: boolean) {
    this.#muted = muted || this.#tracks.audio === null;
    if (this.#tracks.audio) this.#tracks.audio.enabled = !this.#muted;
  }

  get videoMuted(): boolean {
    return this.#tracks.camera === null;
  }

  get audioOnly(): boolean {
    return this.soundAlone || this.network === 'audio_only';
  }

  set(source: keyof LocalTracks, track: MediaStreamTrack | null): void {
    this.#tracks = { ...this.#tracks, [source]: track };
    if (source === 'audio') this.#mixAgain();
  }

  /** @returns whether it is another than before. */
  setScreenSound(sound: MediaStreamTrack | null): boolean {
    if (sound === this.#screenSound) return false;
    this.#screenSound = sound;
    this.#mixAgain();
    return true;
  }

  /** What a leg sends. */
  sent(): LocalTracks {
    const { audio, camera, screen } = this.#tracks;
    return {
      audio: this.#mix?.track ?? audio ?? this.#screenSound,
      camera: this.audioOnly ? null : camera,
      screen,
    };
  }

  /** What the others are told. */
  muted(): { audio_muted: boolean; video_muted: boolean; screen: boolean } {
    return {
      // Who is muted is not heard at all: not as long as his screen has a sound.
      audio_muted: this.#muted && this.#screenSound === null,
      video_muted: this.videoMuted || this.audioOnly,
      screen: this.#tracks.screen !== null,
    };
  }

  close(): void {
    this.#mix?.close();
    this.#mix = null;
  }

  #mixAgain(): void {
    const { audio } = this.#tracks;
    this.close();
    if (audio && this.#screenSound) this.#mix = new SoundMix([audio, this.#screenSound]);
  }
}
