// What each output adds to a call's cost: CPU seconds a second of mullion-call, one output after the
// other, each with somebody who takes it. The first one brings the encodes of H.264 and AAC for all.
//
//   node tests/bench/outputs.mjs [--seconds N] [--json FILE] [--write]
//
// A call of two whose people send a plain picture, canvas 1280×720 at 25.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { RecordedCall } from '../e2e/support/recorded_call.mjs';
import { RtmpServer } from '../e2e/support/rtmp_server.mjs';
import { until } from '../e2e/support/until.mjs';
import { countOf, measuredBy, optionsOf, publish, table } from './performance.mjs';

const kTicks = 100;
const options = optionsOf({ seconds: '20' });
const seconds = countOf(options.seconds, 'seconds');

/** CPU seconds of a process so far. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / kTicks;
}

const rtmp = await RtmpServer.start();
const stage = await RecordedCall.set();
const receivers = [];
try {
  await stage.gather();
  const { callId, server } = stage;
  const pid = server.callPid(callId);
  const all = `/call/${callId}/broadcasts`;

  const measure = async () => {
    await pause(3000);
    const [before, began] = [cpuOf(pid), performance.now()];
    await pause(seconds * 1000);
    return (cpuOf(pid) - before) / ((performance.now() - began) / 1000);
  };
  const broadcast = async (body, receive) => {
    const { id, urls } = await stage.ask('POST', all, { body, status: 201 });
    await until(
      'it is live',
      async () => (await stage.ask('GET', `${all}/${id}`)).status === 'live',
    );
    if (!receive) return;
    const words = ['-v', 'quiet', '-i', urls[0], '-c', 'copy', '-f', 'null', '-'];
    receivers.push(spawn('ffmpeg', words, { stdio: 'ignore' }));
  };
  const steps = [
    ['no output', () => {}],
    [
      'recording, mp4',
      () =>
        stage.ask('POST', `/call/${callId}/recording`, { body: { format: 'mp4' }, status: 201 }),
    ],
    ['HLS', () => broadcast({ kind: 'hls', public: true }, true)],
    ['SRT', () => broadcast({ kind: 'srt' }, true)],
    ['RTSP', () => broadcast({ kind: 'rtsp', public: true }, true)],
    ['RTMP', () => broadcast({ kind: 'rtmp', url: `${rtmp.url}/live/one` })],
    [
      'own tracks of both, in place of the recording',
      async () => {
        await stage.ask('DELETE', `/call/${callId}/recording`);
        await stage.ask('POST', `/call/${callId}/recording`, {
          body: { format: 'mp4', tracks: true },
          status: 201,
        });
      },
    ],
    ['RTMP, another', () => broadcast({ kind: 'rtmp', url: `${rtmp.url}/live/two` })],
    [
      'a lower third, for all of them',
      () =>
        stage.ask('PATCH', `/call/${callId}/programme`, {
          body: { lower_third: { title: 'Ada Lovelace', subtitle: 'London' } },
        }),
    ],
  ];
  const rows = [];
  for (const [name, begin] of steps) {
    await begin();
    const cost = await measure();
    rows.push({ name, cost, added: cost - (rows.at(-1)?.cost ?? cost) });
    console.log(`${name}: ${cost.toFixed(3)}, ${rows.at(-1).added.toFixed(3)} more`);
  }
  publish(
    options,
    'outputs',
    [
      '## Cost of an output',
      '',
      'A call of two; each line has all outputs of those above it as well, and one receiver each. CPU',
      'seconds a second of mullion-call. The first brings the encodes of H.264 and AAC, which all share.',
      '',
      ...table(
        ['output', 'mullion-call', 'more'],
        rows.map(({ name, cost, added }) => [name, cost.toFixed(3), added.toFixed(3)]),
      ),
      '',
      measuredBy('node tests/bench/outputs.mjs', `${seconds} s each`),
    ],
    { rows },
  );
} finally {
  for (const receiver of receivers) {
    const gone = once(receiver, 'exit');
    receiver.kill('SIGKILL');
    await gone;
  }
  await stage.close();
  await rtmp.stop();
}
