// A client written from the interface alone: it sends a colour and a tone of its own and looks at
// what comes back. Tests drive it as `window.client`.

const api = '/api/webrtc';
const canvasSize = { width: 640, height: 360 };

class TestClient {
  constructor({ userId, name, colour, tone }) {
    Object.assign(this, { userId, name, colour, tone });
    this.video = document.getElementById('composite');
    this.events = [];
    this.tiles = [];
    this.frames = { count: 0, longestGapMs: 0, lastAt: 0, firstAt: 0 };
    this.sockets = 0;
    this.legs = 0;
    this.hellos = [];
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
    this.makeMedia();
    await this.openSocket();
  }

  makeMedia() {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, canvasSize);
    const context = canvas.getContext('2d');
    let tick = 0;
    setInterval(() => {
      context.fillStyle = `rgb(${this.colour.join()})`;
      context.fillRect(0, 0, canvas.width, canvas.height);
      // Something that moves, away from where tests look.
      context.fillStyle = '#fff';
      context.fillRect((tick++ * 8) % canvas.width, canvas.height - 12, 40, 12);
    }, 40);
    this.audio = new AudioContext();
    const oscillator = new OscillatorNode(this.audio, { frequency: this.tone });
    const gain = new GainNode(this.audio, { gain: 0.2 });
    const destination = new MediaStreamAudioDestinationNode(this.audio);
    oscillator.connect(gain).connect(destination);
    oscillator.start();
    this.camera = canvas.captureStream(25).getVideoTracks()[0];
    this.microphone = destination.stream.getAudioTracks()[0];
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
        if (!this.done) setTimeout(() => this.openSocket().then(resolve), 100);
      };
      this.socket = socket;
    });
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ call_id: this.callId, ...message }));
  }

  async openLeg() {
    const leg = crypto.randomUUID();
    const connection = new RTCPeerConnection();
    this.before = this.connection;
    this.connection = connection;
    this.leg = leg;
    this.legs += 1;
    connection.addTransceiver(this.microphone, { direction: 'sendrecv' });
    connection.addTransceiver(this.camera, { direction: 'sendrecv' });
    connection.addTransceiver('video', { direction: 'sendonly' });
    connection.onicecandidate = ({ candidate }) =>
      this.send({
        type: 'webrtc:ice-candidate',
        leg,
        candidate: candidate && candidate.toJSON(),
      });
    connection.ontrack = ({ track, streams: [stream] }) => {
      this.streams = stream ? stream.id : null;
      if (track.kind === 'video') this.show(stream ?? new MediaStream([track]));
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

  show(stream) {
    this.video.srcObject = stream;
    this.video.play().catch(() => {});
    const shown = stream;
    const onFrame = (now) => {
      if (this.video.srcObject !== shown) return;
      const frames = this.frames;
      if (frames.count++ === 0) frames.firstAt = now;
      else frames.longestGapMs = Math.max(frames.longestGapMs, now - frames.lastAt);
      frames.lastAt = now;
      this.video.requestVideoFrameCallback(onFrame);
    };
    this.video.requestVideoFrameCallback(onFrame);
    this.source?.disconnect();
    this.analyser = new AnalyserNode(this.audio, {
      fftSize: 32768,
      smoothingTimeConstant: 0,
    });
    this.source = new MediaStreamAudioSourceNode(this.audio, {
      mediaStream: stream,
    });
    this.source.connect(this.analyser);
  }

  async onMessage(message) {
    this.events.push(message);
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
    } else if (message.type === 'call:layout') {
      this.tiles = message.tiles;
    } else if (message.type === 'webrtc:renegotiate') {
      this.renegotiatedAt = performance.now();
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

  /** The colour in the middle of each participant's tile, by his id, and the size of the picture. */
  see() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return { width: 0, height: 0, colours: {} };
    const canvas = new OffscreenCanvas(videoWidth, videoHeight);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, videoWidth, videoHeight);
    const colours = {};
    for (const tile of this.tiles) {
      const scale = videoWidth / 1280;
      const x = (tile.x + tile.width / 2) * scale - 8;
      const y = (tile.y + tile.height / 2) * scale - 8;
      const { data } = context.getImageData(x, y, 16, 16);
      const sum = [0, 0, 0];
      data.forEach((value, index) => index % 4 < 3 && (sum[index % 4] += value));
      colours[tile.user_id] = sum.map((value) => Math.round((value * 4) / data.length));
    }
    return { width: videoWidth, height: videoHeight, colours };
  }

  /** How many packets of the mix never came, sound and picture together. */
  async packetsLost() {
    let lost = 0;
    for (const report of (await this.connection.getStats()).values())
      if (report.type === 'inbound-rtp') lost += report.packetsLost;
    return lost;
  }

  /** The level of a frequency in what is heard, in dB. */
  hear(frequency) {
    if (!this.analyser) return -200;
    const levels = new Float32Array(this.analyser.frequencyBinCount);
    this.analyser.getFloatFrequencyData(levels);
    const bin = Math.round((frequency * this.analyser.fftSize) / this.audio.sampleRate);
    return Math.max(...levels.slice(bin - 3, bin + 4));
  }
}

window.startClient = async (options) => {
  window.client = new TestClient(options);
  await window.client.login();
};
