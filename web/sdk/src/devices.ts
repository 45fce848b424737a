/** Cameras, microphones, speakers and the screen: what there is, and how one is opened. */
import { DeviceError, type DeviceName } from './errors.js';

export interface CameraOptions {
  /** One of {@link listDevices}; the browser's choice where it is left out. */
  deviceId?: string;
  /** Pixels and frames a second that are wished for; 1280 × 720 at 25 where they are left out. */
  width?: number;
  height?: number;
  frameRate?: number;
  /** `environment` is the camera on a phone's back. */
  facingMode?: 'user' | 'environment';
}

/** The browser's own work on the sound; all of it is done where nothing is said. */
export interface MicrophoneOptions {
  deviceId?: string;
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
}

/** A device to choose; browsers tell names and ids once a device of the kind was allowed. */
export interface Device {
  id: string;
  name: string;
}

export interface Devices {
  cameras: Device[];
  microphones: Device[];
  speakers: Device[];
}

/** Opens the camera. Rejects with a {@link DeviceError}. */
export function openCamera(options: CameraOptions = {}): Promise<MediaStreamTrack> {
  const { deviceId, width = 1280, height = 720, frameRate = 25, facingMode = 'user' } = options;
  const video: MediaTrackConstraints = {
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: frameRate, max: 30 },
    // A device that was chosen faces where it faces.
    ...(deviceId === undefined ? { facingMode } : { deviceId: { exact: deviceId } }),
  };
  return open('camera', (devices) => devices.getUserMedia({ video }));
}

/** Opens the microphone. Rejects with a {@link DeviceError}. */
export function openMicrophone(options: MicrophoneOptions = {}): Promise<MediaStreamTrack> {
  const { deviceId, ...work } = options;
  const audio: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...work,
    ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
  };
  return open('microphone', (devices) => devices.getUserMedia({ audio }));
}

/** What a person shows of his screen: the picture, and its sound where the browser gives it. */
export interface Screen {
  video: MediaStreamTrack;
  audio: MediaStreamTrack | null;
}

/**
 * Asks the person which screen, window or tab to show. Rejects with a {@link DeviceError}, of kind
 * `cancelled` when he chose none.
 */
export async function openScreen(): Promise<Screen> {
  const options: DisplayMediaStreamOptions = {
    video: { frameRate: { ideal: 15, max: 30 } },
    // Music is not a voice: nothing is taken out of it.
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  };
  let audio: MediaStreamTrack | undefined;
  const video = await open('screen', async (devices) => {
    const stream = await devices.getDisplayMedia(options);
    [audio] = stream.getAudioTracks();
    return new MediaStream(stream.getVideoTracks());
  });
  // Text is to be read: the encoder drops frames before it blurs.
  video.contentHint = 'detail';
  return { video, audio: audio ?? null };
}

/** Whether this browser can share a screen; phones cannot. */
export function canShareScreen(): boolean {
  return typeof mediaDevices()?.getDisplayMedia === 'function';
}

/** What can be chosen; empty lists where the page may not know. */
export async function listDevices(): Promise<Devices> {
  const all = (await mediaDevices()?.enumerateDevices()) ?? [];
  const of = (kind: MediaDeviceKind): Device[] =>
    all
      // Chromium lists the default twice, and one without an id before anything was allowed.
      .filter((one) => one.kind === kind && !['', 'communications'].includes(one.deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') };
}

/** Calls `listener` whenever a device is plugged in or out, until the returned function is called. */
export function onDevicesChanged(listener: () => void): () => void {
  const devices = mediaDevices();
  devices?.addEventListener('devicechange', listener);
  return () => devices?.removeEventListener('devicechange', listener);
}

/** Undefined on pages that are not secure, whatever the DOM's types say. */
function mediaDevices(): MediaDevices | undefined {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
}

async function open(
  device: DeviceName,
  ask: (devices: MediaDevices) => Promise<MediaStream>,
): Promise<MediaStreamTrack> {
  const devices = mediaDevices();
  if (!devices) throw new DeviceError('insecure', device);
  try {
    const [track] = (await ask(devices)).getTracks();
    if (!track) throw new DeviceError('missing', device);
    return track;
  } catch (error) {
    throw error instanceof DeviceError ? error : DeviceError.from(device, error);
  }
}
