// WHIP and WHEP with others' clients, in Chromium on a page of another origin: what they see and
// hear of a call, and what a call shows of what they publish.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { launchChromium } from './support/browsers.mjs';
import { RecordedCall } from './support/recorded_call.mjs';
import { until } from './support/until.mjs';

const kScript = `
import { WebRTCPlayer } from '@eyevinn/webrtc-player';
import { WHEPClient } from 'whip-whep/whep.js';
import { WHIPClient } from 'whip-whep/whip.js';

const video = document.querySelector('video');
let analyser;

function listen(stream) {
  const context = new AudioContext({ sampleRate: 48000 });
  analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  context.createMediaStreamSource(stream).connect(analyser);
}

window.playByWebRtcPlayer = async (url) => {
  const player = new WebRTCPlayer({ video, type: 'whep' });
  await player.load(new URL(url));
  window.stop = () => player.unload();
};
window.playByWhepClient = async (url, token) => {
  const pc = new RTCPeerConnection();
  pc.addTransceiver('audio', { direction: 'recvonly' });
  pc.addTransceiver('video', { direction: 'recvonly' });
  const stream = new MediaStream();
  pc.ontrack = ({ track }) => {
    stream.addTrack(track);
    video.srcObject = stream;
  };
  const client = new WHEPClient();
  await client.view(pc, url, token);
  window.pc = pc;
  window.stop = () => client.stop();
};
window.publish = async (url, token, [red, green, blue], hertz) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const paint = canvas.getContext('2d');
  let colour = \`rgb(\${red}, \${green}, \${blue})\`;
  const draw = () => {
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 640, 360);
  };
  setInterval(draw, 40);
  /** Shows another colour from now on. @returns when that was. */
  window.flash = (next) => {
    colour = next;
    draw();
    return Date.now();
  };
  const context = new AudioContext({ sampleRate: 48000 });
  const tone = new OscillatorNode(context, { frequency: hertz });
  const gain = new GainNode(context, { gain: 0.2 });
  const out = context.createMediaStreamDestination();
  tone.connect(gain).connect(out);
  tone.start();
  const pc = new RTCPeerConnection();
  for (const track of [...out.stream.getTracks(), ...canvas.captureStream(25).getTracks()])
    pc.addTransceiver(track, { direction: 'sendonly' });
  const client = new WHIPClient();
  await client.publish(pc, url, token);
  window.unpublish = () => client.stop();
};
/** Resolves when the point is bright, or dark. @returns when that was. */
window.awaitLight = ([x, y], bright) =>
  new Promise((resolve) => {
    const canvas = new OffscreenCanvas(1280, 720);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const look = () => {
      context.drawImage(video, 0, 0, 1280, 720);
      const [level] = context.getImageData(x, y, 1, 1).data;
      if (level > 128 === bright) resolve(Date.now());
      else setTimeout(look, 4);
    };
    look();
  });
/** Colours at points of the canvas, and how loud tones are, dB. */
window.perceive = (points, tones) => {
  if (video.srcObject && !analyser && video.srcObject.getAudioTracks().length)
    listen(video.srcObject);
  if (!video.videoWidth || !analyser) return null;
  const canvas = new OffscreenCanvas(1280, 720);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 1280, 720);
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  return {
    colours: points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3)),
    levels: tones.map((hertz) => levels[Math.round((hertz * 8192) / 48000)]),
    width: video.videoWidth,
  };
};
`;

let server, browser, stage;
before(async () => {
  const { outputFiles } = await build({
    stdin: { contents: kScript, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'iife',
    define: { global: 'globalThis' },
    logLevel: 'error',
  });
  const script = outputFiles[0].text;
  server = createServer((request, response) => {
    const isScript = request.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript
        ? script
        : '<!doctype html><meta charset="utf-8"><video muted autoplay playsinline></video><script src="/script.js"></script>',
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  server?.close();
});

const origin = () => `http://127.0.0.1:${server.address().port}`;

beforeEach(async () => {
  stage = await RecordedCall.set({ MULLION_CORS_ORIGINS: origin() });
  await stage.gather();
});
afterEach(() => stage?.close());

async function openPage() {
  const page = await browser.newPage();
  await page.goto(origin());
  return page;
}

/** Waits until a page sees everybody's colour in his tile and hears everybody's tone. */
async function perceivesAll(page, people) {
  await until(
    'everybody is seen and heard',
    async () => {
      const { tiles } = await stage.ask('GET', `/call/${stage.callId}/layout`);
      const points = people.map(({ userId }) => {
        const tile = tiles.find(({ user_id: id }) => id === userId);
        return tile && [tile.x + (tile.width >> 1), tile.y + (tile.height >> 1)];
      });
      if (points.includes(undefined)) return false;
      const seen = await page.evaluate(
        (at, tones) => window.perceive(at, tones),
        points,
        people.map(({ tone }) => tone),
      );
      return (
        seen?.width === 1280 &&
        people.every(
          ({ colour }, i) =>
            colour.every((part, c) => Math.abs(part - seen.colours[i][c]) < 40) &&
            seen.levels[i] > -50,
        )
      );
    },
    { deadline: 90_000, every: 200 },
  );
}

const url = (path) => `${stage.server.url}/api/webrtc${path}`;
const tokenFor = async (user, name) => {
  const answer = await fetch(url('/token'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: user, name }),
  });
  return (await answer.json()).token;
};

test('a broadcast is watched by WHEP with its signature, until it ends', async () => {
  const broadcasts = `/call/${stage.callId}/broadcasts`;
  const { id, urls } = await stage.ask('POST', broadcasts, { body: { kind: 'hls' }, status: 201 });
  const whep = urls[0].replace('index.m3u8', 'whep');
  const page = await openPage();
  await page.evaluate((at) => window.playByWebRtcPlayer(at), whep);
  await perceivesAll(page, stage.people);
  await until(
    'one viewer',
    async () => (await stage.ask('GET', `${broadcasts}/${id}`)).viewers === 1,
  );
  // Nobody in the call is more for it.
  const { participants } = await stage.ask('GET', `/call/${stage.callId}`);
  assert.equal(participants.filter(({ state }) => state === 'connected').length, 2);
  await stage.ask('DELETE', `${broadcasts}/${id}`);
  const post = () =>
    fetch(whep, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: 'v=0\r\n',
    });
  assert.equal((await (await post()).json()).code, 'wrong_state');
  assert.equal((await fetch(whep.replace(/\?sig.*/, ''), { method: 'POST' })).status, 401);
  await page.close();
});

/** How long a picture takes from a publisher to a viewer, ms: a median. */
async function delayOf(publisher, viewer, userId) {
  const { tiles } = await stage.ask('GET', `/call/${stage.callId}/layout`);
  const tile = tiles.find(({ user_id: id }) => id === userId);
  const point = [tile.x + (tile.width >> 1), tile.y + (tile.height >> 1)];
  const delays = [];
  for (let i = 0; i < 11; ++i) {
    const bright = i % 2 === 0;
    const seen = viewer.evaluate((at, light) => window.awaitLight(at, light), point, bright);
    const shown = await publisher.evaluate((next) => window.flash(next), bright ? '#fff' : '#000');
    delays.push((await seen) - shown);
  }
  return delays.sort((a, b) => a - b)[delays.length >> 1];
}

test('a call is watched by WHEP with a token, and a publisher by WHIP is in it', async (t) => {
  const [ada] = stage.people;
  const viewer = await openPage();
  const token = await tokenFor(ada.userId, 'Ada');
  await viewer.evaluate(
    (at, bearer) => window.playByWhepClient(at, bearer),
    url(`/call/${stage.callId}/whep`),
    token,
  );
  await perceivesAll(viewer, stage.people);

  const camera = { colour: [200, 40, 160], tone: 700 };
  const publisher = await openPage();
  await publisher.evaluate(
    (at, bearer, colour, hertz) => window.publish(at, bearer, colour, hertz),
    url(`/call/${stage.callId}/whip`),
    token,
    camera.colour,
    camera.tone,
  );
  camera.userId = await until('the publisher in the call', async () => {
    const { participants } = await stage.ask('GET', `/call/${stage.callId}`);
    return participants.find(
      ({ user_id: id, state }) => id.startsWith(`${ada.userId}:`) && state === 'connected',
    )?.user_id;
  });
  await perceivesAll(viewer, [...stage.people, camera]);

  const delay = await delayOf(publisher, viewer, camera.userId);
  t.diagnostic(`a picture takes ${delay} ms from WHIP to WHEP`);

  // Somebody else's session is not his to end.
  const session = url(`/call/${stage.callId}/whip/${camera.userId.split(':').at(-1)}`);
  const eve = await tokenFor('eve', 'Eve');
  const byEve = (method, body) =>
    fetch(session, {
      method,
      body,
      headers: {
        authorization: `Bearer ${eve}`,
        'content-type': 'application/trickle-ice-sdpfrag',
      },
    });
  assert.equal((await byEve('DELETE')).status, 403);
  assert.equal((await byEve('PATCH', 'a=ice-ufrag:x\r\n')).status, 403);
  const restart = await fetch(session, {
    method: 'PATCH',
    body: 'a=ice-ufrag:another\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\n',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/trickle-ice-sdpfrag',
    },
  });
  assert.equal(restart.status, 422);

  await publisher.evaluate(() => window.unpublish());
  await until('the publisher has left', async () => {
    const { participants } = await stage.ask('GET', `/call/${stage.callId}`);
    return participants.find(({ user_id: id }) => id === camera.userId).state === 'left';
  });
  await viewer.evaluate(() => window.stop());
  await viewer.close();
  await publisher.close();
});

test('offers that are none are refused', async () => {
  const token = await tokenFor(stage.people[0].userId, 'Ada');
  const post = async (path, body, type = 'application/sdp', bearer = token) => {
    const answer = await fetch(url(path), {
      method: 'POST',
      headers: { 'content-type': type, ...(bearer && { authorization: `Bearer ${bearer}` }) },
      body,
    });
    return (await answer.json()).code;
  };
  for (const path of [`/call/${stage.callId}/whip`, `/call/${stage.callId}/whep`]) {
    assert.equal(await post(path, 'hello'), 'bad_request');
    assert.equal(await post(path, ''), 'bad_request');
    assert.equal(await post(path, '{}', 'application/json'), 'unsupported_media');
    assert.equal(await post(path, 'v=0\r\n', 'application/sdp', null), 'unauthenticated');
    assert.equal(
      await post(path, 'v=0\r\n', 'application/sdp', await tokenFor('eve', 'Eve')),
      path.endsWith('whep') ? 'not_member' : 'bad_request',
    );
  }
  assert.equal(await post('/call/nowhere/whip', 'v=0\r\n'), 'not_found');
  assert.equal(await post('/call/nowhere/whep', 'v=0\r\n'), 'not_found');
});
