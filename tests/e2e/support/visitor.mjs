// Who uses the page that mullion brings: by its buttons and fields.
import { readFileSync } from 'node:fs';

import { until } from './until.mjs';

const kProbe = readFileSync(new URL('../page/probe.js', import.meta.url), 'utf8');

/** What the second camera of everybody sees. */
export const kOtherColour = [200, 60, 200];

/** What everybody's screen shows, and the sound of it. */
export const kScreen = { colour: [240, 200, 20], tone: 2600 };

/** Runs inside the page: two cameras of one colour each, a microphone with a tone, a screen. */
function fakeDevices({ colour, tone }, otherColour, screen) {
  const device = (kind, deviceId) => ({ kind, deviceId, label: deviceId, groupId: '' });
  navigator.mediaDevices.enumerateDevices = async () => [
    device('videoinput', 'first'),
    device('videoinput', 'second'),
    device('audioinput', 'desk'),
  ];
  navigator.mediaDevices.getDisplayMedia = async () =>
    new MediaStream([
      globalThis.probe.pictureTrack(`rgb(${screen.colour})`),
      globalThis.probe.toneTrack(screen.tone),
    ]);
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    const { probe, refusal } = globalThis;
    if (refusal) throw new DOMException('as the test wants it', refusal);
    if (!video) return new MediaStream([probe.toneTrack(tone)]);
    const isSecond = video.deviceId?.exact === 'second';
    return new MediaStream([probe.pictureTrack(`rgb(${isSecond ? otherColour : colour})`)]);
  };
}

/** Runs inside the page: all text in `node`, also that of its components. */
function textIn(node) {
  const inner = (one) =>
    [...(one.shadowRoot ?? one).childNodes].map((child) =>
      child.nodeType === Node.TEXT_NODE ? child.data : inner(child),
    );
  return inner(node).flat(Infinity).join('');
}

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
    return Visitor.visit(await stage.open(kind), stage.server, path, role);
  }

  /** In a context of his own: nothing of whoever used `browser` before is left. */
  static async visit(browser, server, path, role) {
    const visitor = new Visitor(null, role);
    Object.assign(visitor, { context: await browser.createBrowserContext(), server });
    await visitor.openTab(path);
    return visitor;
  }

  /** Another tab of the same person's; it is the one that is looked at from now on. */
  async openTab(path) {
    const page = await this.context.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument(kProbe);
    const { colour, tone } = this;
    await page.evaluateOnNewDocument(fakeDevices, { colour, tone }, kOtherColour, kScreen);
    await page.goto(`${this.server.url}${path}`);
    this.page = page;
    return page;
  }

  /** From the next request on, devices cannot be had, for the reason of that name. */
  refuseDevices(reason) {
    return this.page.evaluate((name) => (globalThis.refusal = name), reason);
  }

  close() {
    return this.context.close();
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
    await this.click(`[data-control="${control}"]`);
  }

  async click(selector) {
    await (await this.find(selector)).click();
  }

  /** Waits until there is no such thing on the page any more. */
  untilGone(selector) {
    return until(
      `no ${selector} at ${this.name}`,
      async () => (await this.page.$(`>>> ${selector}`)) === null,
    );
  }

  /** Does something to the person whose tile it is, by what lies over the tile. */
  async pressOverTile(userId, control) {
    const tile = `.tile[data-user="${userId}"][data-source="camera"]`;
    await (await this.find(tile)).hover();
    await this.click(`${tile} [data-control="${control}"]`);
  }

  /** Waits until the page says `text` somewhere in `selector`. */
  says(selector, text) {
    return until(`${this.name}'s page saying “${text}”`, async () => {
      const element = await this.page.$(`>>> ${selector}`);
      return (await element?.evaluate(textIn))?.includes(text);
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
