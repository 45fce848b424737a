/** The errors of this library: each says what happened and, where there is something, what to do. */

/** An RFC 9457 problem document of the server. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  field?: string;
}

/** The server refused a request; `code` is stable, `message` is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** Such as `not_found`, `call_full`, `wrong_state`; `unreachable` where no answer came. */
    readonly code: string,
    message: string,
    /** The HTTP status; 0 for the WebSocket or where no answer came. */
    readonly status = 0,
    readonly field?: string,
  ) {
    super(message);
  }

  /** Whether the same request may go through a little later. */
  get isPassing(): boolean {
    return (
      this.status >= 500 ||
      ['unreachable', 'unavailable', 'internal', 'too_many_requests', 'timeout'].includes(this.code)
    );
  }

  static fromProblem(problem: Problem, status: number): ApiError {
    const message = problem.detail ?? problem.title ?? `The server answered ${status}.`;
    return new ApiError(problem.code ?? 'internal', message, status, problem.field);
  }
}

export type DeviceName = 'microphone' | 'camera' | 'screen';

/**
 * Why a device could not be had. `cancelled`: the person chose no screen; `lost`: it was plugged
 * out, and no other took its place.
 */
export type DeviceErrorKind =
  'blocked' | 'missing' | 'in_use' | 'insecure' | 'failed' | 'cancelled' | 'lost';

const kDeviceAdvice: Record<DeviceErrorKind, (device: string) => string> = {
  blocked: (device) =>
    `Your ${device} is blocked. Click the lock in the address bar and allow it, then try again.`,
  missing: (device) => `No ${device} was found. Plug one in, then try again.`,
  in_use: (device) =>
    `Your ${device} is used by another program. Close that program, then try again.`,
  insecure: (device) =>
    `Browsers give the ${device} to secure pages only. Open this page by its https address.`,
  failed: (device) => `Your ${device} could not be started. Plug it in again, then try again.`,
  cancelled: (device) => `Your ${device} is not shared.`,
  lost: (device) => `Your ${device} was unplugged. Plug it in again, or choose another one.`,
};

/** A device of the person's could not be had; `message` says what the person can do. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';

  constructor(
    readonly kind: DeviceErrorKind,
    readonly device: DeviceName,
    override readonly cause?: unknown,
  ) {
    super(kDeviceAdvice[kind](device));
  }

  /** From what `getUserMedia` rejects with (Media Capture and Streams, 10.2). */
  static from(device: DeviceName, cause: unknown): DeviceError {
    const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
    const kind = kKinds[name] ?? 'failed';
    // The browser's own dialogue was closed without a choice.
    const isChoice = device === 'screen' && (kind === 'blocked' || name === 'AbortError');
    return new DeviceError(isChoice ? 'cancelled' : kind, device, cause);
  }
}

const kKinds: Partial<Record<string, DeviceErrorKind>> = {
  NotAllowedError: 'blocked',
  SecurityError: 'blocked',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
};

/**
 * Why the connection to the server has ended for good. `token`: there was none to connect with, as
 * the function that gets it has failed; `cause` is what it threw.
 */
export type ConnectionErrorKind = 'unauthenticated' | 'origin' | 'replaced' | 'token';

/** The connection to the server has ended and is not tried again. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    readonly kind: ConnectionErrorKind,
    override readonly cause?: unknown,
  ) {
    super(
      {
        unauthenticated: 'Your sign-in has run out. Sign in again.',
        origin: 'This server does not take calls from this page. Ask whoever runs it.',
        replaced: 'You are connected on too many devices. Close one, then reload this page.',
        token: 'There is no token to connect with. Sign in again.',
      }[kind],
    );
  }
}
