/** Runs inside the page: a camera with somebody in front of it, drawn, and a silent microphone. */
export function drawnCamera([, wall, skin, cloth]) {
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    if (!video) {
      const audio = new AudioContext();
      return audio.createMediaStreamDestination().stream;
    }
    const canvas = Object.assign(document.createElement('canvas'), {
      width: 1280,
      height: 720,
    });
    const pen = canvas.getContext('2d');
    let step = 0;
    const paint = () => {
      const sway = Math.sin(step++ / 30) * 12;
      // Flat: what is smooth makes large files.
      pen.fillStyle = wall;
      pen.fillRect(0, 0, 1280, 720);
      pen.fillStyle = '#ffffff22';
      pen.fillRect(90, 70, 300, 380);
      pen.fillRect(410, 70, 100, 380);
      const ellipse = (fill, x, y, rx, ry) => {
        pen.fillStyle = fill;
        pen.beginPath();
        pen.ellipse(x + sway, y, rx, ry, 0, 0, 2 * Math.PI);
        pen.fill();
      };
      ellipse(cloth, 640, 800, 330, 270);
      ellipse(skin, 640, 560, 70, 90);
      ellipse('#2a1d18', 640, 330, 168, 190);
      ellipse(skin, 640, 370, 140, 178);
    };
    paint();
    setInterval(paint, 40);
    return canvas.captureStream(25);
  };
}
