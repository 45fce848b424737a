import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.mjs';

/**
 * A PulseAudio of our own with a sink that goes nowhere: Firefox's Web Audio does not start without
 * a sound server.
 */
export class SoundServer {
  #dir = mkdtempSync(join(tmpdir(), 'mullion-sound-'));
  #process = null;

  static async start() {
    const server = new SoundServer();
    server.#process = spawn(
      'pulseaudio',
      [
        ...['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1'],
        ...['--load=module-native-protocol-unix', '--load=module-null-sink'],
      ],
      { env: { ...process.env, ...server.environment }, stdio: 'ignore' },
    );
    await until('the sound server', () => existsSync(join(server.#dir, 'pulse/native')));
    return server;
  }

  get environment() {
    return {
      XDG_RUNTIME_DIR: this.#dir,
      PULSE_SERVER: `unix:${this.#dir}/pulse/native`,
      HOME: this.#dir,
    };
  }

  async stop() {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await gone;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
