/**
 * Runs inside the page: a screen to share, full of text of 12 points (16 pixels), and how much of it
 * is left in a picture. Put there after probe.js; defines `globalThis.desktop`.
 */
globalThis.desktop = (() => {
  const kWidth = 1280;
  const kHeight = 720;
  const kLeading = 24;
  /** Where the text stands. The cursor and the name that the mix writes are below it. */
  const kText = { x: 40, y: 64, width: 1200, height: 24 * kLeading };
  const kLines = [
    'The quick brown fox jumps over the lazy dog. 0123456789 (il1I O0o rn m) {[<>]} @ # % & * + = ~',
    'An open-source MCU: every participant sends camera and microphone once and gets back one stream.',
    'if (const auto leg = findLeg(request.leg); leg && leg->state() == State::Connected) return *leg;',
    'Total 1,284.50; VAT 19 % 244.06; due 2026-03-31; IBAN DE89 3704 0044 0532 0130 00; ref. A-77183/bq',
    'A phone, a set-top box or a Raspberry Pi decodes one picture, however many people are in the call.',
  ];
  /** A square of this many pixels a side is compared at a time. */
  const kSquare = 8;

  const screen = blank(kWidth, kHeight);
  const pen = screen.getContext('2d');

  function blank(width, height) {
    return Object.assign(document.createElement('canvas'), { width, height });
  }

  /** Turns the screen to a page. @returns the page as a data URL. */
  function turnTo(page) {
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, kWidth, kHeight);
    pen.fillStyle = '#2f4a6d';
    pen.fillRect(0, 0, kWidth, 40);
    pen.font = '16px sans-serif';
    pen.fillStyle = '#fff';
    pen.fillText(`Notes, page ${page + 1}     File     Edit     View     Help`, 16, 26);
    pen.fillStyle = '#222';
    for (let i = 0; i * kLeading < kText.height; i++) {
      const [left, right] = [i + page, i + page + 2].map((n) => kLines[n % kLines.length]);
      // As long as the line is wide, without the last word, which may be cut.
      const line = `${i + 1}  ${left}  ${right}`.slice(0, 150).replace(/\S+$/, '');
      pen.fillText(line, kText.x, kText.y + 18 + i * kLeading);
    }
    return screen.toDataURL();
  }

  /** The screen as a track. A cursor blinks: a canvas that does not change has no frames. */
  function track() {
    let on = false;
    setInterval(() => {
      on = !on;
      pen.fillStyle = on ? '#222' : '#fff';
      pen.fillRect(kText.x, kText.y + kText.height + 8, 2, 18);
    }, 500);
    const [result] = screen.captureStream(25).getVideoTracks();
    // What the track of getDisplayMedia() is by itself.
    result.contentHint = 'text';
    return result;
  }

  function scaled(source, width, height) {
    const canvas = blank(width, height);
    const painter = canvas.getContext('2d');
    painter.imageSmoothingQuality = 'high';
    painter.drawImage(source, 0, 0, width, height);
    return canvas;
  }

  function greyOf(canvas, { x, y, width, height }) {
    const { data } = canvas.getContext('2d').getImageData(x, y, width, height);
    return Float32Array.from(
      { length: width * height },
      (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2],
    );
  }

  /** Mean, variance and covariance of two pictures in a square. */
  function compareSquare(a, b, left, top, width) {
    const count = kSquare * kSquare;
    let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
    for (let y = top; y < top + kSquare; y++)
      for (let x = left; x < left + kSquare; x++) {
        const [p, q] = [a[y * width + x], b[y * width + x]];
        sumA += p;
        sumB += q;
        sumAA += p * p;
        sumBB += q * q;
        sumAB += p * q;
      }
    const [meanA, meanB] = [sumA / count, sumB / count];
    return {
      meanA,
      meanB,
      varianceA: sumAA / count - meanA * meanA,
      varianceB: sumBB / count - meanB * meanB,
      covariance: sumAB / count - meanA * meanB,
    };
  }

  /** The structural similarity (Wang et al. 2004) of `b` to `a`, over the squares with writing. */
  function similarity(a, b, width, height) {
    const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
    let sum = 0;
    let squares = 0;
    for (let top = 0; top + kSquare <= height; top += kSquare / 2)
      for (let left = 0; left + kSquare <= width; left += kSquare / 2) {
        const { meanA, meanB, varianceA, varianceB, covariance } = compareSquare(
          a,
          b,
          left,
          top,
          width,
        );
        if (varianceA < 100) continue;
        squares += 1;
        sum +=
          ((2 * meanA * meanB + c1) * (2 * covariance + c2)) /
          ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
      }
    return sum / squares;
  }

  /** The whole composite at the canvas' size. */
  const composite = (video, layout) => scaled(video, layout.canvas.width, layout.canvas.height);

  /** How like `page` (a data URL), scaled to its place, the screen's text in the composite is: 0 to 1. */
  async function likeness(video, layout, page) {
    const tile = layout?.tiles.find(({ source }) => source === 'screen');
    if (!tile || !video.videoWidth) return 0;
    const original = new Image();
    original.src = page;
    await original.decode();
    const scale = tile.width / kWidth;
    const height = Math.floor(kHeight * scale);
    const [x, y, w, h] = [kText.x, kText.y, kText.width, kText.height].map((length) =>
      Math.floor(length * scale),
    );
    const place = { x: tile.x + x, width: w, height: h };
    // It stands in the middle of the stage, at an even line.
    place.y = tile.y + y + 2 * Math.floor((tile.height - height) / 4);
    const wanted = greyOf(scaled(original, tile.width, height), { x, y, width: w, height: h });
    return similarity(wanted, greyOf(composite(video, layout), place), w, h);
  }

  return { turnTo, track, composite, likeness };
})();
