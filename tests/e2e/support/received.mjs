// What others' tools receive of a call: pictures and sound by ffmpeg, judged by what is in them.
import { spawnSync } from 'node:child_process';

import { until } from './until.mjs';

const kRate = 48_000;

const kWidth = 1280;
const kHeight = 720;
/** By their letters in ffmpeg's maps: what it makes of a kind, and the descriptor that it goes to. */
const kKinds = {
  v: ['-vf', `scale=${kWidth}:${kHeight}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
  a: ['-ac', '1', '-ar', String(kRate), '-f', 'f32le', 'pipe:3'],
};

/**
 * Decodes `seconds` of what `words` name, the last picture and all sound, or one of them by
 * `kinds`. What is live is known by its first second.
 * @returns {{pixels: Buffer, frames: number, width: number, height: number, sound: Float32Array,
 *   errors: string}}
 */
export function decode(words, { seconds = 2, kinds = 'va' } = {}) {
  const outputs = [...kinds].flatMap((kind) => [
    ...['-map', `0:${kind}`, '-t', String(seconds)],
    ...kKinds[kind],
  ]);
  const input = ['-v', 'error', '-analyzeduration', '1000000', ...words];
  const { output } = spawnSync('ffmpeg', [...input, ...outputs], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  const [, picture, errors, sound] = output;
  const bytes = kWidth * kHeight * 3;
  const frames = Math.floor(picture.length / bytes);
  const samples = sound.buffer.slice(sound.byteOffset, sound.byteOffset + (sound.length & ~3));
  return {
    pixels: picture.subarray((frames - 1) * bytes, frames * bytes),
    frames,
    width: kWidth,
    height: kHeight,
    sound: new Float32Array(samples),
    errors: String(errors),
  };
}

/** What ffmpeg finds wrong with all that `words` name, from the first frame to the last. */
export function errorsIn(words) {
  // By the file’s own clock: frames of a camera that came close together are no error.
  const judged = ['-enc_time_base:v', '-1', '-f', 'null', '-'];
  const run = spawnSync('ffmpeg', ['-v', 'error', ...words, ...judged], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  return run.stderr;
}

/** Whether GStreamer takes pictures of what `source`, the beginning of a pipeline, gives. */
export function isPulledByGStreamer(source) {
  const words = [...source, '!', 'decodebin', '!', 'video/x-raw', '!', 'fakesink'];
  const { status, stderr } = spawnSync('gst-launch-1.0', ['-q', ...words, 'num-buffers=50'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) console.log(`# ${stderr}`);
  return status === 0;
}

/** How loud a tone is among the last second of samples, dB below full scale (Goertzel). */
export function levelOf(samples, hertz) {
  const last = samples.subarray(-kRate);
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / kRate);
  let before = 0;
  let now = 0;
  for (const sample of last) [before, now] = [now, sample + coefficient * now - before];
  const power = before * before + now * now - coefficient * before * now;
  return 10 * Math.log10((4 * power) / (last.length * last.length) + 1e-12);
}

/** Whether the middle of a tile of `layout` has about this colour. */
export function isColoured({ pixels, width }, tile, colour) {
  const x = Math.round(tile.x + tile.width / 2);
  const y = Math.round(tile.y + tile.height / 2);
  const at = (y * width + x) * 3;
  return colour.every((part, i) => Math.abs(part - pixels[at + i]) < 40);
}

/**
 * Waits until what is received shows every person's colour in his tile and has his tone.
 * @param stage a RecordedCall
 */
export async function expectPeople(stage, receive) {
  let last = null;
  await until(
    'everybody is in what is received',
    async () => {
      const layout = await stage.ask('GET', `/call/${stage.callId}/layout`);
      if (layout.tiles.length < stage.people.length) return false;
      last = receive();
      return (
        last.frames > 0 &&
        stage.people.every(
          ({ userId, colour, tone }) =>
            isColoured(
              last,
              layout.tiles.find((tile) => tile.user_id === userId),
              colour,
            ) && levelOf(last.sound, tone) > -40,
        )
      );
    },
    { deadline: 90_000 },
  );
  return last;
}
