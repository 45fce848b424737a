import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallSession } from '../src/call_session.js';
import type { DeviceError } from '../src/errors.js';
import { LocalMedia } from '../src/local_media.js';
import { domError, type FakeDevices, fakeMedia, FakeTrack } from './support/fake_media.js';

let devices: FakeDevices;
let media: LocalMedia;
let changes: number;
let troubles: DeviceError[];

beforeEach(() => {
  devices = fakeMedia();
  media = new LocalMedia();
  changes = 0;
  troubles = [];
  media.on('change', () => (changes += 1));
  media.on('trouble', (error) => troubles.push(error));
});
afterEach(() => vi.unstubAllGlobals());

const settle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve));
const opened = (index: number): FakeTrack => devices.opened[index] ?? new FakeTrack('video');

/** A session that notes what it is given. */
function fakeSession(over: object = {}): {
  session: CallSession;
  given: unknown[][];
  emit: (event: string) => void;
} {
  const given: unknown[][] = [];
  const listeners = new Map<string, () => void>();
  const note =
    (name: string) =>
    (...values: unknown[]): Promise<void> => {
      given.push([name, ...values]);
      return Promise.resolve();
    };
  const session = {
    call: { type: 'video' },
    audioMuted: false,
    videoMuted: false,
    setCamera: note('camera'),
    setMicrophone: note('microphone'),
    setScreen: note('screen'),
    on: (event: string, listener: () => void) => {
      listeners.set(event, listener);
      return () => listeners.delete(event);
    },
    ...over,
  } as unknown as CallSession;
  return { session, given, emit: (event) => listeners.get(event)?.() };
}

describe('turning on and off', () => {
  it('opens a device once and stops it', async () => {
    await media.turnOn('camera');
    await media.turnOn('camera');
    expect(devices.opened).toHaveLength(1);
    expect(media.tracks.camera).toBe(opened(0));
    media.turnOff('camera');
    await settle();
    expect(opened(0).stopped).toBe(true);
    expect(media.camera).toBeNull();
    expect(changes).toBe(2);
  });

  it('does not keep what is not wanted any more when it comes', async () => {
    const coming = media.turnOn('microphone');
    media.turnOff('microphone');
    await coming;
    expect(media.microphone).toBeNull();
    expect(opened(0).stopped).toBe(true);
  });

  it('takes over tracks that are open, and the same ones only once', () => {
    const camera = new FakeTrack('video');
    media.adopt({ camera: camera.real, audio: null });
    media.adopt({ camera: camera.real });
    expect(media.camera).toBe(camera);
    expect(camera.stopped).toBe(false);
    expect(changes).toBe(1);
  });
});

describe('another device', () => {
  it('is remembered until it is turned on', async () => {
    await media.choose('camera', { deviceId: 'b' });
    expect(devices.opened).toEqual([]);
    await media.turnOn('camera');
    expect(opened(0).deviceId).toBe('b');
    expect(media.optionsOf('camera').deviceId).toBe('b');
  });

  it('is open and sent before the first is stopped', async () => {
    await media.turnOn('camera');
    const order: string[] = [];
    const { session } = fakeSession({
      setCamera: (track: FakeTrack | null) => {
        order.push(`sends ${track?.deviceId}, the first is ${opened(0).stopped ? 'off' : 'on'}`);
        return Promise.resolve();
      },
    });
    media.follow(session);
    await media.choose('camera', { deviceId: 'b' });
    await settle();
    expect(order).toEqual(['sends b, the first is on']);
    expect(opened(0).stopped).toBe(true);
  });

  it('that cannot be had leaves all as it was', async () => {
    await media.turnOn('microphone');
    devices.refuse = domError('NotFoundError');
    await expect(media.choose('microphone', { deviceId: 'gone' })).rejects.toThrow(/No microphone/);
    expect(media.microphone).toBe(opened(0));
    expect(media.optionsOf('microphone').deviceId).toBeUndefined();
  });

  it('takes the place of the first where only one can be open', async () => {
    await media.turnOn('camera');
    devices.getUserMedia.mockImplementationOnce(() => Promise.reject(domError('NotReadableError')));
    await media.choose('camera', { deviceId: 'back' });
    expect(opened(0).stopped).toBe(true);
    expect(media.camera).toBe(opened(1));
  });

  it('keeps him muted who is', async () => {
    await media.turnOn('microphone');
    const { session, given } = fakeSession({ audioMuted: true });
    media.follow(session);
    await media.choose('microphone', { deviceId: 'b' });
    expect(given).toEqual([['microphone', opened(1), true]]);
  });
});

describe('a call', () => {
  it('with sound alone turns the camera off', async () => {
    await media.turnOn('camera');
    await media.turnOn('microphone');
    const { session, given } = fakeSession({ call: { type: 'audio' } });
    media.follow(session);
    expect(media.camera).toBeNull();
    expect(media.microphone).not.toBeNull();
    expect(given).toEqual([]);
    await settle();
    expect(opened(0).stopped).toBe(true);
  });
});

describe('a device that is unplugged', () => {
  it('is followed by the one that is left', async () => {
    await media.choose('camera', { deviceId: 'usb' });
    await media.turnOn('camera');
    opened(0).end();
    await settle();
    expect(opened(1).deviceId).toBe('default');
    expect(media.camera).toBe(opened(1));
    expect(troubles).toEqual([]);
  });

  it.each([
    ['NotFoundError', 'lost'],
    ['NotAllowedError', 'blocked'],
  ])('is told where none is left (%s)', async (name, kind) => {
    await media.turnOn('microphone');
    devices.refuse = domError(name);
    opened(0).end();
    await settle();
    expect(media.microphone).toBeNull();
    expect(troubles).toMatchObject([{ kind, device: 'microphone' }]);
  });

  it('is of no interest once another is used', async () => {
    await media.turnOn('camera');
    await media.choose('camera', { deviceId: 'b' });
    opened(0).end();
    await settle();
    expect(devices.opened).toHaveLength(2);
  });
});

describe('a screen', () => {
  it('is sent with its sound, and ends by the browser’s own button', async () => {
    const { session, given } = fakeSession();
    media.follow(session);
    await media.share();
    const [video, audio] = devices.opened;
    expect(given).toEqual([['screen', video, audio]]);
    expect(media.screen).not.toBeNull();
    video?.end();
    expect(media.screen).toBeNull();
    expect(given.at(-1)).toEqual(['screen', null]);
    expect(audio?.stopped).toBe(true);
  });

  it('that nobody chose changes nothing', async () => {
    devices.refuse = domError('NotAllowedError');
    await expect(media.share()).rejects.toMatchObject({ kind: 'cancelled' });
    expect(media.screen).toBeNull();
    expect(changes).toBe(0);
  });
});

describe('a session', () => {
  it('that a host has hidden turns the camera’s light out', async () => {
    await media.turnOn('camera');
    const { session, emit } = fakeSession({ videoMuted: true });
    media.follow(session);
    emit('muted');
    await settle();
    expect(opened(0).stopped).toBe(true);
  });

  it('that has ended closes everything', async () => {
    await media.turnOn('camera');
    await media.turnOn('microphone');
    const { session, emit, given } = fakeSession();
    media.follow(session);
    emit('ended');
    await settle();
    expect(devices.opened.every(({ stopped }) => stopped)).toBe(true);
    expect(given).toEqual([]);
  });

  it('is heard where the person chose', () => {
    media.speaker = 'headset';
    expect(media.speaker).toBe('headset');
    expect(changes).toBe(1);
  });
});
