// Devices without a browser: by the WebSocket, and by the client of Socket.IO.
import { once } from 'node:events';

import { io } from 'socket.io-client';
import WebSocket from 'ws';

import { Inbox } from './inbox.mjs';

/** A user of the API with a token of his own. */
export class Caller {
  static async enter(url, id) {
    const caller = new Caller();
    Object.assign(caller, { url, id });
    ({ token: caller.token } = await caller.ask('POST', '/token', { user_id: id, name: id }));
    return caller;
  }

  async ask(method, path, body) {
    const answer = await fetch(`${this.url}/api/webrtc${path}`, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${json.detail}`);
    return json;
  }
}

/** A device at the WebSocket, greeted. */
export class SocketDevice extends Inbox {
  static async open({ url, token }) {
    const device = new SocketDevice();
    device.socket = new WebSocket(
      `${url.replace('http', 'ws')}/api/webrtc/ws?access_token=${token}`,
    );
    device.socket.on('message', (text) => device.put(JSON.parse(text)));
    await once(device.socket, 'open');
    device.hello = await device.take('hello');
    return device;
  }

  say(type, message) {
    this.socket.send(JSON.stringify({ type, ...message }));
  }

  close() {
    this.socket.terminate();
  }
}

/** A device at the client of Socket.IO; what comes is put as the WebSocket brings it. */
export class SocketIoDevice extends Inbox {
  /** @param options of the client; `nsp`, a namespace. Nothing is waited for. */
  static begin({ url, token }, { nsp = '', ...options }) {
    const device = new SocketIoDevice();
    device.socket = io(url + nsp, { auth: { token }, forceNew: true, ...options });
    device.socket.onAny((type, message) => device.put({ type, ...message }));
    device.socket.on('connect_error', (error) =>
      device.put({ type: 'connect_error', message: error.message, data: error.data, error }),
    );
    device.socket.on('disconnect', (reason) => device.put({ type: 'disconnect', reason }));
    return device;
  }

  /** Begins, and waits for hello. */
  static async open(caller, options) {
    const device = SocketIoDevice.begin(caller, options);
    device.hello = await device.take('hello');
    return device;
  }

  get transport() {
    return this.socket.io.engine.transport.name;
  }

  say(type, message) {
    this.socket.emit(type, message);
  }

  /** @returns the acknowledgement. */
  ask(type, message) {
    return this.socket.timeout(30_000).emitWithAck(type, message);
  }

  close() {
    this.socket.disconnect();
  }
}
