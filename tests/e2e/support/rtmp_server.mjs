// A real RTMP server, of others, in a process of its own: what is pushed to it may be played from it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { until } from './until.mjs';

const kProgram = `
const NodeMediaServer = require('node-media-server');
const port = Number(process.argv[1]);
new NodeMediaServer({ logType: 0, rtmp: { port, chunk_size: 60000, gop_cache: true, ping: 30, ping_timeout: 60 } }).run();
`;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class RtmpServer {
  #process = null;
  port = 0;

  /** Starts it and waits until it listens; 0: at a free port. */
  static async start(port = 0) {
    const server = new RtmpServer();
    server.port = port || (await freePort());
    server.#process = spawn(process.execPath, ['-e', kProgram, String(server.port)], {
      cwd: new URL('../../', import.meta.url).pathname,
      stdio: 'ignore',
    });
    await until('the RTMP server listens', async () => {
      const socket = connect(server.port, '127.0.0.1');
      try {
        await once(socket, 'connect');
        return true;
      } finally {
        socket.destroy();
      }
    });
    return server;
  }

  get url() {
    return `rtmp://127.0.0.1:${this.port}`;
  }

  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
