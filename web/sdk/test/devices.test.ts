import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  canShareScreen,
  listDevices,
  onDevicesChanged,
  openCamera,
  openMicrophone,
  openScreen,
} from '../src/devices.js';
import type { DeviceError } from '../src/errors.js';
import { domError, type FakeDevices, fakeMedia } from './support/fake_media.js';

let devices: FakeDevices;

beforeEach(() => (devices = fakeMedia()));
afterEach(() => vi.unstubAllGlobals());

const failure = (work: Promise<unknown>): Promise<DeviceError> =>
  work.then(
    () => Promise.reject(new Error('it was had')),
    (error: unknown) => error as DeviceError,
  );

describe('opening', () => {
  it('asks for a picture that a tile can show, from the front', async () => {
    await openCamera();
    expect(devices.asked).toEqual([
      {
        video: {
          width: { ideal: 1280 },
          height: { ideal: 720 },
          frameRate: { ideal: 25, max: 30 },
          facingMode: 'user',
        },
      },
    ]);
  });

  it('asks for the device that was chosen, whatever way it faces', async () => {
    await openCamera({ deviceId: 'back', width: 640, height: 360, frameRate: 15 });
    expect(devices.asked[0]?.video).toEqual({
      width: { ideal: 640 },
      height: { ideal: 360 },
      frameRate: { ideal: 15, max: 30 },
      deviceId: { exact: 'back' },
    });
  });

  it('lets the browser work on the sound, but for what is turned off', async () => {
    await openMicrophone({ deviceId: 'desk', noiseSuppression: false });
    expect(devices.asked[0]?.audio).toEqual({
      echoCancellation: true,
      noiseSuppression: false,
      autoGainControl: true,
      deviceId: { exact: 'desk' },
    });
  });

  it.each([true, false])('takes the sound of a screen where there is one: %s', async (sound) => {
    devices.screenSound = sound;
    const screen = await openScreen();
    expect(screen.video.contentHint).toBe('detail');
    expect(screen.audio !== null).toBe(sound);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['NotAllowedError', 'blocked'],
    ['SecurityError', 'blocked'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'in_use'],
    ['AbortError', 'in_use'],
    ['Odd', 'failed'],
  ])('%s is called %s', async (name, kind) => {
    devices.refuse = domError(name);
    const error = await failure(openCamera());
    expect(error).toMatchObject({ name: 'DeviceError', kind, device: 'camera' });
    expect(error.message).toMatch(/camera/);
  });

  it.each([
    ['NotAllowedError', 'cancelled'],
    ['AbortError', 'cancelled'],
    ['NotFoundError', 'missing'],
  ])('of a screen, %s is called %s', async (name, kind) => {
    devices.refuse = domError(name);
    expect((await failure(openScreen())).kind).toBe(kind);
  });

  it('is a page that is not secure, where browsers have no devices', async () => {
    vi.stubGlobal('navigator', {});
    expect((await failure(openMicrophone())).kind).toBe('insecure');
    expect(canShareScreen()).toBe(false);
    expect((await listDevices()).cameras).toEqual([]);
    onDevicesChanged(() => undefined)();
  });
});

describe('the list', () => {
  it('has each device once, by its kind', async () => {
    devices.list = [
      { kind: 'videoinput', deviceId: 'c', label: 'Camera' },
      { kind: 'audioinput', deviceId: 'communications', label: 'Again' },
      { kind: 'audioinput', deviceId: 'm', label: 'Desk' },
      { kind: 'audiooutput', deviceId: '', label: '' },
    ];
    expect(await listDevices()).toEqual({
      cameras: [{ id: 'c', name: 'Camera' }],
      microphones: [{ id: 'm', name: 'Desk' }],
      speakers: [],
    });
    expect(canShareScreen()).toBe(true);
  });

  it('is told to have changed until that is not wanted any more', () => {
    const heard = vi.fn();
    const off = onDevicesChanged(heard);
    devices.dispatchEvent(new Event('devicechange'));
    off();
    devices.dispatchEvent(new Event('devicechange'));
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
