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

function launchChromium() {
  return puppeteer.launch({
    executablePath: program('Chromium', 'CHROMIUM', kChromium),
    headless: true,
    args: [
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
    ],
  });
}

function launchFirefox(sound) {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: program('Firefox', 'FIREFOX', kFirefox),
    headless: true,
    env: { ...process.env, ...sound.environment },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
    },
  });
}

/**
 * Browsers for a test. Each person gets one of his own: a page in the background is slowed down and
 * draws nothing.
 */
export class Browsers {
  #open = [];
  #sound = null;

  async open(kind) {
    const browser =
      kind === 'firefox' ? await launchFirefox(await this.#soundServer()) : await launchChromium();
    this.#open.push(browser);
    return browser;
  }

  async close() {
    await Promise.allSettled(this.#open.splice(0).map((browser) => browser.close()));
    await (await this.#sound)?.stop();
    this.#sound = null;
  }

  /** One for all, even for those that are opened at the same time. */
  #soundServer() {
    this.#sound ??= SoundServer.start();
    return this.#sound;
  }
}
