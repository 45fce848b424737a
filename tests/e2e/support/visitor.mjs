// Who uses the page that mullion brings: by its buttons and fields.
import { readFileSync } from 'node:fs';

import { until } from './until.mjs';

const kProbe = readFileSync(new URL('../page/probe.js', import.meta.url), 'utf8');

/** Somebody in front of the page, whose camera and microphone are a colour and a tone. */
export class Visitor {
  constructor(page, { name, colour, tone }) {
    this.page = page;
    this.name = name;
    this.colour = colour;
    this.tone = tone;
    this.userId = '';
  }

  /** @param kind `chromium` or `firefox` */
  static async open(stage, kind, path, role) {
    const page = await (await stage.open(kind)).newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(kProbe);
    await page.evaluateOnNewDocument(
      (colour, tone) => {
        navigator.mediaDevices.getUserMedia = async ({ video }) => {
          const { probe } = globalThis;
          const track = video ? probe.pictureTrack(`rgb(${colour})`) : probe.toneTrack(tone);
          return new MediaStream([track]);
        };
      },
      role.colour,
      role.tone,
    );
    await page.goto(`${stage.server.url}${path}`);
    return new Visitor(page, role);
  }

  /** With `visible` it is looked for at every frame: mutations in shadow roots tell nobody. */
  find(selector) {
    return this.page.waitForSelector(`>>> ${selector}`, {
      visible: true,
      timeout: 15_000,
    });
  }

  async type(field, text) {
    const input = await this.find(field);
    await input.click();
    await input.type(text);
  }

  async clear(field) {
    const input = await this.find(field);
    await input.evaluate((element) => (element.value = ''));
  }

  async press(control) {
    const button = await this.find(`[data-control="${control}"]`);
    await button.click();
  }

  /** Waits until the page says `text` somewhere in `selector`. */
  says(selector, text) {
    return until(`${this.name}'s page saying “${text}”`, async () => {
      const element = await this.page.$(`>>> ${selector}`);
      return (await element?.evaluate((node) => node.textContent))?.includes(text);
    });
  }

  /** Inside the call: runs with the call's component. */
  async inCall(work, ...values) {
    const component = await this.find('mullion-call');
    return component.evaluate(work, ...values);
  }

  /** As somebody who has been here before: he can be rung from the start. @returns his id. */
  async comeBack() {
    await this.page.evaluate((name) => localStorage.setItem('mullion.name', name), this.name);
    await this.page.reload();
    await this.find('mullion-app[connected]');
    return this.page.evaluate(() => localStorage.getItem('mullion.user_id'));
  }

  async enterName(control) {
    await this.type('#name', this.name);
    await this.press(control);
  }

  async enterAs(control) {
    await this.enterName(control);
    this.userId = await this.inCall((component) => component.session.userId);
  }

  look(tones) {
    return this.inCall((component, list) => {
      const video = component.shadowRoot.querySelector('.composite');
      return globalThis.probe.look(video, component.session.layout, list);
    }, tones);
  }
}
