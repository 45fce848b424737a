// The programme and sounds, from the API to what is recorded, watched and heard.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, test } from 'node:test';

import { decode, expectPeople, levelOf } from './support/received.mjs';
import { RecordedCall } from './support/recorded_call.mjs';
import { until } from './support/until.mjs';

const kMagenta = [230, 40, 200];
const kNotice = 1500;

let stage;
beforeEach(async () => {
  stage = await RecordedCall.set();
  await stage.gather();
});
afterEach(() => stage?.close());

/** What ffmpeg makes of one of its sources. */
function made(source, ...output) {
  const words = ['-v', 'error', '-f', 'lavfi', '-i', source, ...output, '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', words, { maxBuffer: 1 << 26 });
  assert.equal(String(stderr), '');
  return stdout;
}

const colour = ([r, g, b]) => `0x${Buffer.from([r, g, b]).toString('hex')}`;
const jpeg = () =>
  made(
    `color=${colour(kMagenta)}:s=400x400`,
    '-frames:v',
    '1',
    '-c:v',
    'mjpeg',
    '-f',
    'image2pipe',
  );
const upload = (to, type, body) =>
  stage.ask('POST', `/call/${stage.callId}/${to}`, {
    raw: body,
    headers: { 'content-type': type },
    status: 201,
  });
const change = (body) => stage.ask('PATCH', `/call/${stage.callId}/programme`, { body });

/** Whether what was received has this colour there. */
const isAt = ({ pixels, width }, x, y, wanted) =>
  wanted.every((part, i) => Math.abs(part - pixels[(y * width + x) * 3 + i]) < 40);

test('a broadcast shows a logo that people in the call do not see, also after its process died', async () => {
  const { id } = await upload('images', 'image/jpeg', jpeg());
  await change({ logo: { image: id, corner: 'bottom-right', height: 0.1 } });
  const broadcast = await stage.ask('POST', `/call/${stage.callId}/broadcasts`, {
    body: { kind: 'srt' },
    status: 201,
  });
  const receive = () => decode(['-i', broadcast.urls[0]]);
  const untilLogo = () =>
    until('the logo', () => {
      const received = receive();
      return received.frames > 0 && isAt(received, 1208, 648, kMagenta);
    });
  await expectPeople(stage, receive);
  await untilLogo();
  const snapshot = await stage.ask('GET', `/call/${stage.callId}/snapshot`);
  assert.ok(!isAt(decode(['-i', snapshot.url], { kinds: 'v' }), 1208, 648, kMagenta));
  process.kill(stage.server.callPid(stage.callId), 'SIGKILL');
  await expectPeople(stage, receive);
  await untilLogo();
  await change({ logo: null });
  await until('the logo has gone', () => {
    const received = receive();
    return received.frames > 0 && !isAt(received, 1208, 648, kMagenta);
  });
});

test('a sound is in what outputs get', async () => {
  const broadcast = await stage.ask('POST', `/call/${stage.callId}/broadcasts`, {
    body: { kind: 'srt' },
    status: 201,
  });
  await expectPeople(stage, () => decode(['-i', broadcast.urls[0]]));
  const tone = made(`sine=frequency=${kNotice}:duration=20`, '-c:a', 'flac', '-f', 'flac');
  const { id } = await upload('sounds', 'audio/flac', tone);
  await until('the tone', () => levelOf(decode(['-i', broadcast.urls[0]]).sound, kNotice) > -40);
  await stage.ask('DELETE', `/call/${stage.callId}/sounds/${id}`);
  await until('silence', () => levelOf(decode(['-i', broadcast.urls[0]]).sound, kNotice) < -60);
});
