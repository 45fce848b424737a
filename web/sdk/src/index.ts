/**
 * The client of a mullion server, without a framework: {@link Client} connects and rings,
 * {@link CallSession} is one's part in a call, {@link openCamera} and {@link openMicrophone} open
 * devices with errors that say what to do.
 */
export { isOver, isWaiting, presentIn, waitingIn } from './call_book.js';
export {
  CallSession,
  type SessionEnd,
  type SessionEvents,
  type SessionState,
} from './call_session.js';
export { Client, type ClientEvents, type ClientOptions } from './client.js';
export { openCamera, openMicrophone } from './devices.js';
export { ApiError, ConnectionError, DeviceError, type DeviceErrorKind } from './errors.js';
export type { LocalTracks } from './leg.js';
export type * from './messages.js';
export type * from './model.js';
export { type DevToken, devToken, type GuestToken, guestToken } from './rest.js';
export type { SignallingState } from './signalling.js';
export { type Claims, claimsOf, type TokenSource } from './token.js';
