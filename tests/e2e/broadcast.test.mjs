// Broadcasts from the API to what others' programs play: hls.js in Chromium, ffmpeg by SRT and RTSP,
// a real server that takes RTMP.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launchChromium } from './support/browsers.mjs';
import { decode, errorsIn, expectPeople, isPulledByGStreamer } from './support/received.mjs';
import { RecordedCall } from './support/recorded_call.mjs';
import { RtmpServer } from './support/rtmp_server.mjs';
import { until } from './support/until.mjs';

const kPlaySeconds = Number(process.env.MULLION_HLS_SECONDS ?? 15);

let stage;
beforeEach(async () => {
  stage = await RecordedCall.set();
  await stage.gather();
});
afterEach(() => stage?.close());

const start = (body) =>
  stage.ask('POST', `/call/${stage.callId}/broadcasts`, { body, status: 201 });
const show = (broadcast) => stage.ask('GET', `/call/${stage.callId}/broadcasts/${broadcast.id}`);
const stop = (broadcast) => stage.ask('DELETE', `/call/${stage.callId}/broadcasts/${broadcast.id}`);
const become = (broadcast, status) =>
  until(`${broadcast.kind} is ${status}`, async () => {
    const shown = await show(broadcast);
    return shown.status === status && shown;
  });

/** A page of another origin that plays by hls.js. */
async function playerPage() {
  const script = readFileSync(
    fileURLToPath(new URL('../node_modules/hls.js/dist/hls.min.js', import.meta.url)),
  );
  const page = `<!doctype html><meta charset="utf-8"><video muted autoplay></video>
<script src="/hls.js"></script>
<script>
  const video = document.querySelector('video');
  window.stalls = [];
  window.errors = [];
  window.loads = [];
  window.play = (url) => {
    const hls = (window.hls = new Hls({ lowLatencyMode: true }));
    hls.on(Hls.Events.ERROR, (_, { details, fatal }) => window.errors.push(details + (fatal ? '!' : '')));
    hls.on(Hls.Events.FRAG_LOADING, (_, { frag, part }) =>
      window.loads.push(frag.sn + '.' + (part?.index ?? 'whole')));
    hls.loadSource(url);
    hls.attachMedia(video);
    video.addEventListener('waiting', () => window.started && window.stalls.push(video.currentTime));
    video.addEventListener('playing', () => (window.started = true), { once: true });
  };
  window.seen = () => ({
    time: video.currentTime,
    width: video.videoWidth,
    // Of the picture that is shown now: how old it is.
    age: hls.playingDate ? (Date.now() - hls.playingDate) / 1000 : null,
    codecs: hls.levels[0]?.attrs.CODECS,
  });
</script>`;
  const server = createServer((request, response) => {
    const isScript = request.url === '/hls.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('hls.js plays HLS from a page of another origin, live and without a stall', async (t) => {
  const broadcast = await start({ kind: 'hls' });
  const [url] = broadcast.urls;
  await become(broadcast, 'live');
  const server = await playerPage();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.evaluate((source) => window.play(source), url);
    const seen = () => page.evaluate(() => window.seen());
    await until('the first picture', async () => (await seen()).time > 0);
    const first = await seen();
    assert.equal(first.width, 1280);
    assert.equal(first.codecs, 'avc1.42c01f,mp4a.40.2');
    const ages = [];
    await until(
      'it has played on',
      async () => {
        const { time, age } = await seen();
        ages.push(age);
        return time - first.time > kPlaySeconds;
      },
      { every: 500, deadline: kPlaySeconds * 4000 },
    );
    ages.sort((a, b) => a - b);
    t.diagnostic(`median age of the picture ${ages[ages.length >> 1].toFixed(2)} s`);
    const { stalls, errors, loads } = await page.evaluate(() => ({
      stalls: window.stalls,
      errors: window.errors,
      loads: window.loads,
    }));
    t.diagnostic(`stalls: ${stalls.length}, errors: ${errors.join(' ')}`);
    assert.ok(!errors.some((error) => error.endsWith('!')), 'no error that ends it');
    const media = loads.filter((load) => !load.startsWith('initSegment'));
    assert.ok(media.length > kPlaySeconds, `${media.length} parts were loaded`);
    assert.deepEqual(media, [...new Set(media)], 'no part is loaded twice');
    // A busy machine may stall.
    if (process.env.STRICT_TIMES) assert.deepEqual({ stalls, errors }, { stalls: [], errors: [] });
    assert.equal((await show(broadcast)).viewers, 1);
  } finally {
    await browser.close();
    server.close();
  }
  // Others' players take whole segments.
  await expectPeople(stage, () => decode(['-i', url]));
  await stop(broadcast);
  await until('the end is told', async () =>
    (await (await fetch(url.replace('index', 'media'))).text()).includes('#EXT-X-ENDLIST'),
  );
  assert.equal(errorsIn(['-i', url]), '');
});

test('ffmpeg pulls SRT with a passphrase, and not without', async () => {
  const passphrase = 'open-sesame';
  const broadcast = await start({ kind: 'srt', passphrase });
  const [url] = broadcast.urls;
  await become(broadcast, 'live');
  await expectPeople(stage, () =>
    decode(['-i', `${url}&passphrase=${encodeURIComponent(passphrase)}`]),
  );
  assert.equal(decode(['-i', `${url}&passphrase=another-one`]).frames, 0);
  assert.ok(isPulledByGStreamer(['srtsrc', `uri=${url}&passphrase=${passphrase}`]));
  await stop(broadcast);
  assert.equal((await show(broadcast)).status, 'stopped');
});

for (const transport of ['tcp', 'udp'])
  test(`ffmpeg pulls RTSP over ${transport} with the password in the address`, async () => {
    const broadcast = await start({ kind: 'rtsp' });
    const [url] = broadcast.urls;
    await become(broadcast, 'live');
    await expectPeople(stage, () => decode(['-rtsp_transport', transport, '-i', url]));
    // The sound is taken as well: rtspsrc gives up where its first packets have nowhere to go.
    const source = `rtspsrc name=source location=${url} protocols=${transport}`;
    const sound = 'source. ! application/x-rtp,media=audio ! fakesink num-buffers=50';
    const picture = 'source. ! application/x-rtp,media=video';
    assert.ok(isPulledByGStreamer(`${source} ${sound} ${picture}`.split(' ')));
    const refused = decode(['-rtsp_transport', transport, '-i', url.replace(/viewer:.*@/, '')]);
    assert.match(refused.errors, /401/);
    await stop(broadcast);
  });

test('an RTMP server takes the push, goes away, and gets it again', async () => {
  let rtmp = await RtmpServer.start();
  try {
    const broadcast = await start({ kind: 'rtmp', url: `${rtmp.url}/live/key` });
    await become(broadcast, 'live');
    await expectPeople(stage, () => decode(['-i', `${rtmp.url}/live/key`]));
    const { port } = rtmp;
    await rtmp.stop();
    const { reason } = await become(broadcast, 'retrying');
    assert.ok(reason, 'why it is tried again');
    rtmp = await RtmpServer.start(port);
    await become(broadcast, 'live');
    await expectPeople(stage, () => decode(['-i', `${rtmp.url}/live/key`]));
    await stop(broadcast);
  } finally {
    await rtmp.stop();
  }
});

test('SRT is pushed to who listens', async () => {
  const port = 19_000 + (process.pid % 1000);
  const listening = `srt://127.0.0.1:${port}?mode=listener&listen_timeout=60000000`;
  const broadcast = await start({ kind: 'srt', url: `srt://127.0.0.1:${port}` });
  await become(broadcast, 'retrying');
  await expectPeople(stage, () => decode(['-i', listening]));
  await stop(broadcast);
});

test('all at once, while the call’s process and the server are killed', async () => {
  const rtmp = await RtmpServer.start();
  try {
    const all = [];
    for (const body of [
      { kind: 'hls', public: true },
      { kind: 'srt' },
      { kind: 'rtsp', public: true },
      { kind: 'rtmp', url: `${rtmp.url}/live/key` },
    ])
      all.push(await start(body));
    for (const broadcast of all) await become(broadcast, 'live');
    const media = all[0].urls[0].replace('index', 'media');
    const sequence = async () => {
      const text = await (await fetch(media)).text();
      // Of whole segments: parts have two numbers.
      return {
        text,
        newest: Math.max(-1, ...[...text.matchAll(/^(\d+)\.m4s/gm)].map(([, n]) => +n)),
      };
    };
    const before = await sequence();
    process.kill(stage.server.callPid(stage.callId), 'SIGKILL');
    await until('segments of the next process', async () => {
      const { text, newest } = await sequence();
      return newest > before.newest + 1 && text.includes('#EXT-X-DISCONTINUITY\n');
    });
    for (const broadcast of all) await become(broadcast, 'live');
    await stage.server.kill();
    await stage.server.startAgain();
    const { newest } = await sequence();
    await until('more segments', async () => (await sequence()).newest > newest + 1);
    for (const broadcast of all) {
      const { urls, kind, status } = await show(broadcast);
      assert.equal(status, 'live', kind);
      const from = kind === 'rtmp' ? `${rtmp.url}/live/key` : urls[0];
      await expectPeople(stage, () => decode(['-i', from]));
    }
    for (const broadcast of all) assert.equal((await stop(broadcast)).status, 'stopped');
    const { broadcasts } = await stage.ask('GET', `/call/${stage.callId}`);
    assert.deepEqual(broadcasts, []);
  } finally {
    await rtmp.stop();
  }
});
