// A client written from the interface alone: it sends a colour and a tone of its own and looks at
// what comes back. Tests drive it as `window.client`.

const api = '/api/webrtc';
const { probe } = globalThis;

class TestClient {
  /**
   * With `followFrames` the RTP timestamp of every frame that comes is noted in `frames`. With
   * `transports` it speaks Socket.IO over them, by the client that is `globalThis.io`.
   */
  constructor({ userId, name, colour, tone, codec, transports, followFrames = false }) {
    Object.assign(this, { userId, name, codec, transports });
    this.camera = probe.pictureTrack(`rgb(${colour})`);
    this.microphone = probe.toneTrack(tone);
    this.video = document.getElementById('composite');
    this.layout = null;
    this.sockets = 0;
    this.legs = 0;
    this.hellos = [];
    if (followFrames) this.followFrames();
  }

  followFrames() {
    this.frames = { audio: [], video: [] };
    this.worker = new Worker('frames.js');
    this.worker.onmessage = ({ data: { kind, timestamp } }) => this.frames[kind].push(timestamp);
  }

  /** Before the offer: Chromium attaches no transform to a receiver that has begun without one. */
  noteFrames(connection) {
    for (const { receiver } of connection.getTransceivers().slice(0, 2))
      receiver.transform = new RTCRtpScriptTransform(this.worker, { kind: receiver.track.kind });
  }

  async request(method, path, body) {
    const response = await fetch(api + path, {
      method,
      headers: {
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok)
      throw new Error(`${path}: ${response.status} ${answer.code} ${answer.detail}`);
    return answer;
  }

  async login() {
    this.token = (
      await this.request('POST', '/token', {
        user_id: this.userId,
        name: this.name,
      })
    ).token;
    this.iceServers = (await this.request('GET', '/ice-servers')).ice_servers;
    await (this.transports ? this.openSocketIo() : this.openSocket());
  }

  openSocketIo() {
    const io = globalThis.io({ transports: this.transports, auth: { token: this.token } });
    io.onAny((type, message) => this.onMessage({ type, ...message }));
    this.socket = {
      readyState: WebSocket.OPEN,
      send: (text) => {
        const { type, ...message } = JSON.parse(text);
        io.emit(type, message);
      },
    };
    this.io = io;
    return new Promise((resolve) => io.once('hello', resolve));
  }

  openSocket() {
    return new Promise((resolve) => {
      const address = `${location.origin.replace('http', 'ws')}${api}/ws?access_token=${this.token}`;
      const socket = new WebSocket(address);
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        this.onMessage(message);
        if (message.type === 'hello') {
          this.sockets += 1;
          resolve();
        }
      };
      socket.onclose = () => {
        setTimeout(() => this.openSocket().then(resolve), 100);
      };
      this.socket = socket;
    });
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ call_id: this.callId, ...message }));
  }

  /** Offers `codec` (VP8, H264) before the others, where one was asked for. */
  prefer(transceiver) {
    if (!this.codec) return;
    const { codecs } = RTCRtpReceiver.getCapabilities('video');
    const isFirst = ({ mimeType }) => mimeType === `video/${this.codec}`;
    transceiver.setCodecPreferences([
      ...codecs.filter(isFirst),
      ...codecs.filter((codec) => !isFirst(codec)),
    ]);
  }

  /** The camera's codecs in use, `{ sent, received }`, such as `video/VP8`. */
  async codecs() {
    // By the m-line: the line for the screen has a stream and a codec of its own.
    const { sender, receiver } = this.connection.getTransceivers()[1];
    const used = async (line, type) => {
      const reports = [...(await line.getStats()).values()];
      const stream = reports.find((r) => r.type === type && r.codecId);
      return reports.find(({ id }) => id === stream?.codecId)?.mimeType;
    };
    return {
      sent: await used(sender, 'outbound-rtp'),
      received: await used(receiver, 'inbound-rtp'),
    };
  }

  /** The type of the own candidate that media goes by, such as `relay`. */
  async route() {
    const reports = await this.connection.getStats();
    const all = [...reports.values()];
    const { selectedCandidatePairId } = all.find(({ type }) => type === 'transport');
    return reports.get(reports.get(selectedCandidatePairId).localCandidateId).candidateType;
  }

  async openLeg() {
    const leg = crypto.randomUUID();
    const connection = new RTCPeerConnection({ iceServers: this.iceServers });
    this.before = this.connection;
    this.connection = connection;
    this.leg = leg;
    this.legs += 1;
    connection.addTransceiver(this.microphone, { direction: 'sendrecv' });
    this.prefer(connection.addTransceiver(this.camera, { direction: 'sendrecv' }));
    connection.addTransceiver('video', { direction: 'sendonly' });
    if (this.worker) this.noteFrames(connection);
    connection.onicecandidate = ({ candidate }) =>
      this.send({
        type: 'webrtc:ice-candidate',
        leg,
        candidate: candidate && candidate.toJSON(),
      });
    connection.ontrack = ({ track, streams: [stream] }) => {
      this.streams = stream ? stream.id : null;
      if (track.kind === 'video') this.video.srcObject = stream ?? new MediaStream([track]);
    };
    await connection.setLocalDescription();
    this.offeredAt = performance.now();
    this.send({
      type: 'webrtc:offer',
      leg,
      sdp: connection.localDescription.sdp,
      ref: leg,
    });
  }

  /** Shows `track` as the screen. */
  async share(track) {
    const [, , screen] = this.connection.getTransceivers();
    await screen.sender.replaceTrack(track);
    this.send({ type: 'media:muted', audio_muted: false, video_muted: false, screen: true });
  }

  async onMessage(message) {
    if (message.type === 'hello') {
      this.hellos.push(message.calls.map((call) => call.id));
    } else if (message.type === 'webrtc:answer' && message.leg === this.leg) {
      await this.connection.setRemoteDescription({
        type: 'answer',
        sdp: message.sdp,
      });
      for (const candidate of this.waiting?.splice(0) ?? [])
        await this.connection.addIceCandidate(candidate);
    } else if (message.type === 'webrtc:ice-candidate' && message.leg === this.leg) {
      if (!message.candidate) return;
      if (this.connection.remoteDescription)
        await this.connection.addIceCandidate(message.candidate);
      else (this.waiting ??= []).push(message.candidate);
    } else if (message.type === 'call:layout' && message.call_id === this.callId) {
      // A call that the same user has left tells about its tiles too, until it ends.
      this.layout = message;
    } else if (message.type === 'webrtc:renegotiate') {
      await this.openLeg();
    } else if (
      message.type === 'leg:state' &&
      message.leg === this.leg &&
      message.state === 'connected'
    ) {
      this.before?.close();
      this.before = undefined;
    }
  }

  /** What is in the composite and in the mix now. */
  look(tones) {
    return probe.look(this.video, this.layout, tones);
  }
}

window.startClient = async (options) => {
  window.client = new TestClient(options);
  await window.client.login();
};
