// Starts and stops recordings and broadcasts of a call of four over and over, in turns: nobody in it
// misses a frame or a packet, and the call's process is as large afterwards as it was after the
// first few.
//
//   node tests/soak/outputs.mjs [N] [KINDS]    N rounds (100) of mp4,webm,hls,srt,rtsp,rtmp
//
// What is joined by `+` goes on at once, such as mp4+hls+srt,webm+rtsp in turns.
// The programs are those in `build`, or those beside the mulliond that MULLIOND names.
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { RecordedCall } from '../e2e/support/recorded_call.mjs';
import { load } from '../e2e/support/programs.mjs';
import { RtmpServer } from '../e2e/support/rtmp_server.mjs';
import { until } from '../e2e/support/until.mjs';
import { figuresOf } from '../bench/performance.mjs';
import { settled } from './figures.mjs';

const count = Number(process.argv[2] ?? 100);
const kinds = (process.argv[3] ?? 'mp4,webm,hls,srt,rtsp,rtmp').split(',');
/** What a round may take, s, with joining before and leaving after all: longer where more go on. */
const kRound = 2.7 + 0.8 * Math.max(...kinds.map((kind) => kind.split('+').length));
/** Each kind has been there twice. */
const kWarmUp = 2 * kinds.length;

async function record(stage, callId, format) {
  await stage.ask('POST', `/call/${callId}/recording`, { body: { format }, status: 201 });
  await pause(500);
  const { id } = await stage.ask('DELETE', `/call/${callId}/recording`);
  await stage.ended(id);
  await stage.ask('DELETE', `/recordings/${id}`);
}

/** Broadcasts until it is live, and somebody has taken a bit of what is taken. */
async function broadcast(stage, callId, kind, rtmp) {
  const all = `/call/${callId}/broadcasts`;
  const body = kind === 'rtmp' ? { kind, url: `${rtmp.url}/live/key` } : { kind };
  const { id, urls } = await stage.ask('POST', all, { body, status: 201 });
  await until('it is live', async () => {
    const { status } = await stage.ask('GET', `${all}/${id}`);
    return status === 'live';
  });
  if (kind === 'srt' || kind === 'rtsp') {
    const words = ['-v', 'quiet', '-i', urls[0], '-t', '0.2', '-c', 'copy', '-f', 'null', '-'];
    // Who watches has a machine of his own in life.
    const viewer = ['-n', '19', 'ffmpeg', ...words];
    await promisify(execFile)('nice', viewer, { timeout: 10_000 }).catch(() => {});
  }
  await stage.ask('DELETE', `${all}/${id}`);
}

const rtmp = await RtmpServer.start();
const stage = await RecordedCall.set();
let failed = false;
try {
  const { server } = stage;
  const measured = figuresOf(
    load(),
    [
      ...['--server', server.url, '--server-pid', `${server.process.pid}`],
      ...['--data-dir', server.dataDir, '--people', '4'],
      ...['--seconds', `${Math.round(count * kRound)}`],
    ],
    [1],
  );
  const callId = await until('four in a call', async () => {
    const { calls } = await stage.ask('GET', '/calls?status=active');
    const call = calls.find(
      ({ participants }) => participants.filter((p) => p.state === 'connected').length === 4,
    );
    return call?.id;
  });
  const pid = server.callPid(callId);
  let warm;
  for (let round = 1; round <= count; ++round) {
    await Promise.all(
      kinds[round % kinds.length]
        .split('+')
        .map((kind) =>
          kind === 'mp4' || kind === 'webm'
            ? record(stage, callId, kind)
            : broadcast(stage, callId, kind, rtmp),
        ),
    );
    if (round % 10 === 0) console.error(`${round} of ${count}`);
    if (round === kWarmUp) warm = await settled(pid);
  }
  const now = await settled(pid);
  const { picture, sound } = await measured;
  console.log(JSON.stringify({ warm, now, picture, sound }, null, 2));
  failed = picture.missing > 0 || sound.missing > 0;
} finally {
  await stage.close();
  await rtmp.stop();
}
process.exitCode = failed ? 1 : 0;
