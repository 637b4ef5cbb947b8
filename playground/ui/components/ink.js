// A drawing as strokes on a large canvas, and what the network sees of it: the strokes placed as the training pictures
// are (placement.py), then averaged over each pixel's area.

const DRAWN = 280; // pixels of the canvas on its longer side

class Drawing {
  constructor(canvas, known) {
    const [height, width, channels] = known.look.shape;
    Object.assign(this, { canvas, placement: known.placement, look: known.look, height, width, channels });
    this.unit = DRAWN / Math.max(height, width); // canvas pixels of one pixel of the data
    [canvas.width, canvas.height] = [Math.round(width * this.unit), Math.round(height * this.unit)];
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.ground = this.#css(this.placement.ground);
    this.ink = this.#css(this.placement.ink);
    this.strokes = [];
    this.isInverted = false;
    this.repaint();
  }

  /** Own units, one per channel, as a colour of the canvas. */
  #css(levels) {
    const { low, high } = this.look;
    const bytes = levels.map((value) => clamp(Math.round((255 * (value - low)) / (high - low)), 0, 255));
    return `rgb(${bytes[0]} ${bytes[1] ?? bytes[0]} ${bytes[2] ?? bytes[0]})`;
  }

  begin(at, width, colour) {
    this.strokes.push({ width, colour, points: [at] });
    this.#line(at, at, width, colour);
  }

  go(to) {
    const { width, colour, points } = this.strokes.at(-1);
    this.#line(points.at(-1), to, width, colour);
    points.push(to);
  }

  undo() {
    this.strokes.pop();
    this.repaint();
  }

  clear() {
    this.strokes = [];
    this.repaint();
  }

  repaint() {
    this.context.fillStyle = this.ground;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (const { width, colour, points } of this.strokes)
      points.forEach((point, i) => this.#line(points[Math.max(0, i - 1)], point, width, colour));
  }

  #line([x0, y0], [x1, y1], width, colour) {
    const { context } = this;
    [context.lineCap, context.lineWidth, context.strokeStyle] = ["round", width, colour];
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1 === x0 && y1 === y0 ? x1 + 0.01 : x1, y1);
    context.stroke();
  }

  /** What the network sees, in own units, into `out` (height, width, channels). */
  seen(isPlaced, out) {
    const { width: w, height: h } = this.canvas;
    const { data } = this.context.getImageData(0, 0, w, h);
    const ground = this.#groundBytes();
    const sums = Array.from({ length: this.channels }, (_, c) => integral(data, w, h, c, ground[c]));
    const place = (isPlaced && this.#placing(data, w, h, ground)) || { scale: 1 / this.unit, left: 0, top: 0 };
    const { low, high } = this.look;
    const [step, area] = [1 / place.scale, place.scale * place.scale];
    for (let row = 0, at = 0; row < this.height; row++)
      for (let column = 0; column < this.width; column++) {
        const [x, y] = [place.left + column * step, place.top + row * step];
        for (let c = 0; c < this.channels; c++, at++) {
          const level = ground[c] + boxSum(sums[c], w, h, x, y, x + step, y + step) * area;
          const value = clamp(low + (level / 255) * (high - low), low, high);
          out[at] = this.isInverted ? low + high - value : value;
        }
      }
    return out;
  }

  #groundBytes() {
    return this.ground.match(/\d+/g).map(Number);
  }

  /** Data pixels per canvas pixel, and where the picture's corner lies on the canvas; null while nothing is drawn. */
  #placing(data, w, h, ground) {
    let [left, right, top, bottom, mass, across, down] = [w, -1, h, -1, 0, 0, 0];
    for (let y = 0, p = 0; y < h; y++)
      for (let x = 0; x < w; x++, p += 4) {
        let ink = 0;
        for (let c = 0; c < 3; c++) ink += Math.abs(data[p + c] - ground[c]);
        if (ink < 76) continue; // a tenth of the range, as placement.py
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        mass += ink;
        across += ink * (x + 0.5);
        down += ink * (y + 0.5);
      }
    if (right < left) return null;
    const { side, centre } = this.placement; // in data pixels
    const scale = Math.min(side / Math.max(right - left + 1, bottom - top + 1), 4 / this.unit);
    return { scale, left: across / mass - centre[1] / scale, top: down / mass - centre[0] / scale };
  }
}

/** Sums of (level - ground) over everything above and left of each corner, (h + 1, w + 1). */
function integral(data, w, h, channel, ground) {
  const sums = new Float64Array((w + 1) * (h + 1));
  for (let y = 0, p = channel; y < h; y++) {
    let row = 0;
    const to = (y + 1) * (w + 1) + 1;
    for (let x = 0; x < w; x++, p += 4) {
      row += data[p] - ground;
      sums[to + x] = sums[to + x - w - 1] + row;
    }
  }
  return sums;
}

/** The sum over a box whose corners may lie between pixels, or outside. */
function boxSum(sums, w, h, x0, y0, x1, y1) {
  const corner = (x, y) => {
    x = clamp(x, 0, w);
    y = clamp(y, 0, h);
    const [i, j] = [Math.min(Math.floor(x), w - 1), Math.min(Math.floor(y), h - 1)];
    const [a, b] = [x - i, y - j];
    const p = j * (w + 1) + i;
    const upper = sums[p] * (1 - a) + sums[p + 1] * a;
    return upper * (1 - b) + (sums[p + w + 1] * (1 - a) + sums[p + w + 2] * a) * b;
  };
  return corner(x1, y1) - corner(x0, y1) - corner(x1, y0) + corner(x0, y0);
}
