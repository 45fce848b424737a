/**
 * Runs inside the page: publishes a colour and a tone, and measures what comes back. Put there by
 * the harness as it stands; defines `globalThis.probe`.
 */
globalThis.probe = (() => {
  /** Large enough to be a tile of a canvas for two without being scaled up much. */
  const kWidth = 640;
  const kHeight = 360;
  let audio = null;
  let analyser = null;
  let listeningTo = null;

  const context = () => (audio ??= new AudioContext({ sampleRate: 48000 }));

  function pictureTrack(colour) {
    const canvas = document.createElement('canvas');
    canvas.width = kWidth;
    canvas.height = kHeight;
    const painter = canvas.getContext('2d');
    let step = 0;
    const paint = () => {
      painter.fillStyle = colour;
      painter.fillRect(0, 0, kWidth, kHeight);
      // Something moves at the upper edge, so that every frame is a new one.
      painter.fillStyle = '#fff';
      painter.fillRect((step++ * 8) % kWidth, 0, 16, 16);
    };
    paint();
    setInterval(paint, 40);
    return canvas.captureStream(25).getVideoTracks()[0];
  }

  function toneTrack(frequency) {
    const oscillator = context().createOscillator();
    const level = context().createGain();
    const out = context().createMediaStreamDestination();
    oscillator.frequency.value = frequency;
    level.gain.value = 0.2;
    oscillator.connect(level).connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  }

  /** The level of one frequency in dB of full scale (Goertzel under a Hann window). */
  function levelOf(samples, frequency, rate) {
    const { length } = samples;
    const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate);
    let [last, before] = [0, 0];
    for (let i = 0; i < length; i++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
      [last, before] = [samples[i] * window + turn * last - before, last];
    }
    const power = last * last + before * before - turn * last * before;
    // A window's mean is one half, a tone's power lies half at the negative frequency.
    return 10 * Math.log10((16 * power) / (length * length) + 1e-12);
  }

  function listen(stream) {
    const [track] = stream.getAudioTracks();
    if (!track || track === listeningTo) return;
    listeningTo = track;
    analyser = context().createAnalyser();
    // 0.34 s: a resolution of 3 Hz, far below the distance of the tones.
    analyser.fftSize = 16384;
    context()
      .createMediaStreamSource(new MediaStream([track]))
      .connect(analyser);
  }

  /** The mean colour around the middle of `tile`, above its name. */
  function colourOf(painter, tile) {
    const [width, height] = [Math.floor(tile.width / 5), Math.floor(tile.height / 5)];
    const x = Math.floor(tile.x + (tile.width - width) / 2);
    const y = Math.floor(tile.y + (tile.height - height) / 2);
    const { data } = painter.getImageData(x, y, width, height);
    const sums = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4)
      for (let channel = 0; channel < 3; channel++) sums[channel] += data[i + channel];
    return sums.map((sum) => Math.round((sum * 4) / data.length));
  }

  /** How loud the tones of these frequencies are in the mix now. */
  function hear(stream, frequencies) {
    if (stream) listen(stream);
    const samples = new Float32Array(analyser?.fftSize ?? 0);
    analyser?.getFloatTimeDomainData(samples);
    return frequencies.map((frequency) =>
      Math.round(levelOf(samples, frequency, context().sampleRate)),
    );
  }

  /** What is in the composite and in the mix now; no tiles where there is no picture. */
  function look(video, layout, frequencies) {
    const [width, height] = [video.videoWidth, video.videoHeight];
    const heard = hear(video.srcObject, frequencies);
    if (width === 0 || !layout) return { width, height, tiles: [], heard };
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const painter = canvas.getContext('2d', { willReadFrequently: true });
    painter.drawImage(video, 0, 0);
    const scale = width / layout.canvas.width;
    const tiles = layout.tiles
      .filter(({ visible }) => visible)
      .map(({ user_id, source, x, y, width, height }) => ({
        user_id,
        source,
        width,
        colour: colourOf(painter, {
          x: x * scale,
          y: y * scale,
          width: width * scale,
          height: height * scale,
        }),
      }));
    return { width, height, tiles, heard };
  }

  return { pictureTrack, toneTrack, look };
})();
