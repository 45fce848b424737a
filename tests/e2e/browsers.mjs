// Real browsers, driven by puppeteer: Chromium by CDP, Firefox by WebDriver BiDi.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import puppeteer from 'puppeteer-core';

import { until } from './until.mjs';

const temporary = (name) => mkdtempSync(path.join(tmpdir(), `mullion-${name}-`));

export async function launchChromium(extra = []) {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    userDataDir: temporary('chromium'),
    protocolTimeout: 120_000,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      // Pages of a test are never looked at; they have to run all the same.
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      ...extra,
    ],
  });
}

/** A sound server: without one Firefox's Web Audio stands still. */
async function startSound() {
  const folder = temporary('sound');
  const server = spawn(
    'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--load=module-native-protocol-unix',
      '--load=module-null-sink',
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder },
    },
  );
  await until('the sound server listens', () => existsSync(path.join(folder, 'pulse/native')));
  return {
    folder,
    stop() {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function launchFirefox() {
  const sound = await startSound();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    protocolTimeout: 120_000,
    env: {
      ...process.env,
      XDG_RUNTIME_DIR: sound.folder,
      HOME: sound.folder,
      PULSE_SERVER: `unix:${sound.folder}/pulse/native`,
    },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'dom.min_background_timeout_value': 4,
      'dom.timeout.enable_budget_timer_throttling': false,
      'widget.windows.window_occlusion_tracking.enabled': false,
    },
  });
  const close = browser.close.bind(browser);
  browser.close = async () => {
    await close();
    sound.stop();
  };
  return browser;
}
