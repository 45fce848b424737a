// A server with a call of two people, whose recordings are judged by ffmpeg.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

import { mulliond, participant } from './programs.mjs';
import { errorsIn } from './received.mjs';
import { Server } from './server.mjs';
import { until } from './until.mjs';

/** What mullion-participant shows and sounds as in its test scene. */
const kScenes = {
  'Ada Lovelace': { colour: [96, 148, 190], tone: 300 },
  'Alan Turing': { colour: [190, 140, 88], tone: 410 },
};

export class RecordedCall {
  server = null;
  callId = '';
  /** Who is in the call: `{userId, colour, tone}`. */
  people = [];
  #folder = mkdtempSync(join(tmpdir(), 'mullion-recording-'));
  #key = '';
  #crowd = null;

  /** Starts the server. */
  static async set(env = {}, options = {}) {
    const stage = new RecordedCall();
    const made = spawnSync(mulliond(), ['--make-api-key', 'test', 'admin'], { encoding: 'utf8' });
    const keys = join(stage.#folder, 'keys');
    writeFileSync(keys, made.stdout);
    stage.#key = made.stderr.trim().split(' ').at(-1);
    stage.server = await Server.start({
      ...options,
      env: { MULLION_AUTH_API_KEYS_FILE: keys, MULLION_RECORDINGS_MIN_FREE: '0', ...env },
    });
    return stage;
  }

  /** Two people with a colour and a tone each come into a room. */
  async gather() {
    const words = ['--server', this.server.url, '--count', '2', '--scene', 'test'];
    this.#crowd = spawn(participant(), words, { stdio: ['ignore', 'pipe', 'ignore'] });
    [this.callId] = await once(readline.createInterface({ input: this.#crowd.stdout }), 'line');
    this.people = await until('two people in the call', async () => {
      const { participants } = await this.ask('GET', `/call/${this.callId}`);
      const connected = participants.filter(({ state }) => state === 'connected');
      return (
        connected.length === 2 &&
        connected.map(({ user_id: userId, name }) => ({ userId, ...kScenes[name] }))
      );
    });
  }

  /** The people leave. */
  async disperse() {
    if (this.#crowd?.exitCode !== null) return;
    const gone = once(this.#crowd, 'exit');
    this.#crowd.kill('SIGINT');
    await gone;
  }

  async close() {
    await this.disperse();
    await this.server?.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * @param raw bytes to be sent in place of a JSON `body`
   * @returns the answer's body; `status`: the one that is expected, else any that is good.
   */
  async ask(method, path, { body, raw, headers = {}, status } = {}) {
    const answer = await fetch(`${this.server.url}/api/webrtc${path}`, {
      method,
      headers: { 'x-api-key': this.#key, 'content-type': 'application/json', ...headers },
      body: raw ?? (body && JSON.stringify(body)),
    });
    const json = await answer.json();
    const good = status ? answer.status === status : answer.ok;
    assert.ok(good, `${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }

  /** Begins a recording and waits until it is being written. @returns its id. */
  async record(body) {
    const path = `/call/${this.callId}/recording`;
    const { id } = await this.ask('POST', path, { body, status: 201 });
    await until('it is being written', async () => {
      const { parts } = await this.ask('GET', `/recordings/${id}`);
      return parts.length > 0;
    });
    return id;
  }

  /** Waits for the end of a recording. */
  ended(id) {
    return until(
      'the end of the recording',
      async () => {
        const recording = await this.ask('GET', `/recordings/${id}`);
        return ['ready', 'failed'].includes(recording.status) && recording;
      },
      { deadline: 120_000 },
    );
  }

  /** @returns the path of a file with what the address gives. */
  async load(url, name) {
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    const file = join(this.#folder, name);
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    return file;
  }

  /** Loads a part by its signed address, decodes all of it, and checks what the recording says. */
  async check(recording, part) {
    const { format } = recording;
    const file = await this.load(part.url, `${recording.id}.${part.index}.${format}`);
    const bytes = readFileSync(file);
    assert.equal(bytes.length, part.bytes);
    assert.equal(
      execFileSync('sha256sum', [file], { encoding: 'utf8' }).split(' ')[0],
      part.sha256,
    );
    assert.equal(errorsIn(['-i', file]), '');
    judgeMatroska(file);
    const { streams, format: container } = probe(file);
    const codecs = streams.map(({ codec_name: codec }) => codec).sort();
    assert.deepEqual(codecs, format === 'mp4' ? ['aac', 'h264'] : ['opus', 'vp8']);
    assert.ok(Math.abs(Number(container.duration) - part.duration) < 0.2);
    const tail = await fetch(part.url, { headers: { range: 'bytes=-1000' } });
    assert.equal(tail.status, 206);
    assert.ok(bytes.subarray(-1000).equals(Buffer.from(await tail.arrayBuffer())));
  }
}

/** mkvtoolnix finds nothing wrong with a file of WebM or Matroska, and its index is at hand. */
export function judgeMatroska(file) {
  if (!/\.(webm|mkv)$/.test(file)) return;
  const text = execFileSync('mkvmerge', ['-J', file], { encoding: 'utf8' });
  const { container, errors, warnings } = JSON.parse(text);
  assert.deepEqual([errors, warnings], [[], []]);
  assert.ok(container.recognized && container.supported);
  assert.ok(container.properties.duration > 0, 'it has a duration');
  const elements = execFileSync('mkvinfo', ['--all', file], { encoding: 'utf8' });
  assert.ok(/^\|\+ Cues/m.test(elements), 'it has an index');
  assert.ok(!/^\(?mkvinfo\)? ?(Warning|Error)/m.test(elements), elements.slice(-500));
}

/** What ffprobe says of a file. */
function probe(file) {
  const words = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file];
  return JSON.parse(execFileSync('ffprobe', words, { encoding: 'utf8' }));
}
