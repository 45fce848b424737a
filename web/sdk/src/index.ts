/**
 * The client of a mullion server, without a framework: {@link Client} connects and rings,
 * {@link CallSession} is one's part in a call, {@link LocalMedia} one's devices: chosen, changed in
 * mid-call, followed by another when unplugged, with errors that say what to do.
 */
export { isOver, isWaiting, presentIn, waitingIn } from './call_book.js';
export {
  CallSession,
  type SessionEnd,
  type SessionEvents,
  type SessionState,
} from './call_session.js';
export { Client, type ClientEvents, type ClientOptions } from './client.js';
export {
  type CameraOptions,
  canShareScreen,
  type Device,
  type Devices,
  listDevices,
  type MicrophoneOptions,
  onDevicesChanged,
  openCamera,
  openMicrophone,
  openScreen,
  type Screen,
} from './devices.js';
export {
  ApiError,
  ConnectionError,
  type ConnectionErrorKind,
  DeviceError,
  type DeviceErrorKind,
  type DeviceName,
} from './errors.js';
export type { LocalTracks } from './leg.js';
export { LocalMedia, type LocalMediaEvents, type MediaKind } from './local_media.js';
export type * from './messages.js';
export type * from './model.js';
export { levelOf, type NetworkState, type Quality, type QualityLevel } from './network.js';
export { pushState, type PushState, turnPushOff, turnPushOn } from './push.js';
export { type DevToken, devToken, type GuestToken, guestToken, type Rest } from './rest.js';
export { LevelMeter, SpeechWatch } from './sound.js';
export type { SignallingState } from './signalling.js';
export { type Claims, claimsOf, type TokenSource } from './token.js';
