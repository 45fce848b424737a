// Real browsers, driven by puppeteer: Chromium by CDP, Firefox by WebDriver BiDi.
import { existsSync } from 'node:fs';

import puppeteer from 'puppeteer-core';

import { SoundServer } from './sound_server.mjs';

const kChromium = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
const kFirefox = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

function program(name, variable, candidates) {
  const found = [process.env[variable], ...candidates].find((path) => path && existsSync(path));
  if (!found) throw new Error(`no ${name}: install it or set ${variable}`);
  return found;
}

const common = { headless: true, protocolTimeout: 120_000 };

/**
 * @param within a command to run it by, such as `ip netns exec …`
 * @param secure an origin that is taken to be as secure as loopback
 */
export function launchChromium({ within = [], secure } = {}) {
  const path = program('Chromium', 'CHROMIUM', kChromium);
  const options = {
    ...common,
    args: [
      ...(secure ? [`--unsafely-treat-insecure-origin-as-secure=${secure}`] : []),
      // Containers, and root, have no user namespaces to make a sandbox of.
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
    ],
  };
  if (!within.length) return puppeteer.launch({ ...options, executablePath: path });
  return puppeteer.launch({
    ...options,
    executablePath: '/usr/bin/env',
    args: [...within, path, ...puppeteer.defaultArgs(options)],
    ignoreDefaultArgs: true,
    // In another network, no port of its is reached from here.
    pipe: true,
  });
}

/** Brings a sound server of its own, which ends with it. */
export async function launchFirefox() {
  const sound = await SoundServer.start();
  const browser = await puppeteer.launch({
    ...common,
    browser: 'firefox',
    executablePath: program('Firefox', 'FIREFOX', kFirefox),
    env: { ...process.env, ...sound.environment },
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
  browser.process().once('exit', () => sound.stop());
  return browser;
}

export const launch = { chromium: launchChromium, firefox: launchFirefox };
