import { DeviceError } from './errors.js';

/** What is captured; the server asks for less when less is shown. */
const kCamera: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 25, max: 30 },
  facingMode: 'user',
};

const kMicrophone: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** Opens the camera. Rejects with a {@link DeviceError}. */
export function openCamera(deviceId?: string): Promise<MediaStreamTrack> {
  return open('camera', { video: withDevice(kCamera, deviceId) });
}

/** Opens the microphone. Rejects with a {@link DeviceError}. */
export function openMicrophone(deviceId?: string): Promise<MediaStreamTrack> {
  return open('microphone', { audio: withDevice(kMicrophone, deviceId) });
}

function withDevice(
  constraints: MediaTrackConstraints,
  deviceId: string | undefined,
): MediaTrackConstraints {
  return deviceId === undefined ? constraints : { ...constraints, deviceId: { exact: deviceId } };
}

async function open(
  device: 'microphone' | 'camera',
  constraints: MediaStreamConstraints,
): Promise<MediaStreamTrack> {
  // Undefined on pages that are not secure, whatever the DOM's types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new DeviceError('insecure', device);
  try {
    const [track] = (await devices.getUserMedia(constraints)).getTracks();
    if (!track) throw new DeviceError('missing', device);
    return track;
  } catch (error) {
    throw error instanceof DeviceError ? error : DeviceError.from(device, error);
  }
}
