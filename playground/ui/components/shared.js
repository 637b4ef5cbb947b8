// Shared by the components: unpacking, numbers, theme, canvases, colours, scatter, legend, hover card.
// Python puts this file in front of each component's own script; it is no module of its own.

// ---------------------------------------------------------------- mounting

const mounts = new WeakMap(); // mount point -> what is shown there; the same for every update of one mounted component

/** The `View` of a mount point, made on its `.root` at the first update, and what Streamlit calls when it goes. */
function mounted(View, place) {
  if (!mounts.has(place)) mounts.set(place, new View(place.querySelector(".root")));
  const view = mounts.get(place);
  const unmount = () => {
    view.close();
    mounts.delete(place);
  };
  return [view, unmount];
}

// ---------------------------------------------------------------- arrays from Python

const ARRAY_TYPES = { f4: Float32Array, i2: Int16Array, u1: Uint8Array };

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const MISSING = -32768; // of a scaled array: no number

/** What `pack` or `pack_scaled` in packing.py packed: {values, shape}. */
function unpack(packed) {
  const bytes = bytesOf(packed.base64);
  const values = new ARRAY_TYPES[packed.type](bytes.buffer);
  return { values: packed.step ? rescaled(values, packed) : values, shape: packed.shape };
}

/** Steps of each column's range as numbers. */
function rescaled(steps, { low, step }) {
  const columns = low.length;
  return Float32Array.from(steps, (value, i) => (value === MISSING ? NaN : low[i % columns] + value * step[i % columns]));
}

/** What `pack_pictures` packed: a promise of {values, shape}. */
async function unpackDeflated(packed) {
  const stream = new Blob([bytesOf(packed.deflated)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return { values: new Uint8Array(await new Response(stream).arrayBuffer()), shape: packed.shape };
}

/** Column `c` of a packed matrix (n, columns), copied out. */
function column({ values, shape }, c) {
  const [n, columns] = shape;
  return Float32Array.from({ length: n }, (_, i) => values[i * columns + c]);
}

// ---------------------------------------------------------------- numbers

/** Three significant digits, no exponent between a millionth and a billion: 3.35, 0.0123, 1,230. */
function threeDigits(value) {
  if (value == null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e9)) return value.toExponential(2).replace("-", "−");
  return size === 0 ? "0" : THREE_DIGITS.format(value).replace("-", "−");
}

// Made once: a formatter is dear to make, and dozens of numbers change with every step of the film.
const THREE_DIGITS = new Intl.NumberFormat("en-US", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat("en-US");

/** A whole number with its thousands parted: 1,234. */
const whole = (value) => WHOLE.format(value);

/** Round values of a linear axis, about `count` of them. */
function linearTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= 0.7 * rough) * power;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

/** Tick labels that share one number of decimals. */
function tickLabels(ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0] ?? 1) || 1;
  const decimals = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return ticks.map((tick) => tick.toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1").replace("-", "−"));
}

/** [low, high] that holds the bulk: the extremes, unless they lie further out than the bulk is wide. */
function bulk(values) {
  const sorted = values.filter(Number.isFinite).sort();
  if (!sorted.length) return [0, 1];
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  const reach = (high - low) * 0.75 || Math.abs(high) * 0.1 || 1;
  return [Math.max(at(0), low - reach), Math.min(at(1), high + reach)];
}

/** [low, high] with `share` of its width added on both sides; never empty. */
function padded([low, high], share) {
  const room = (high - low) * share || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Tells what an update has changed, so that only that is rebuilt. */
class Changes {
  #seen = new Map();

  /** Whether `value` is another than at the last call for `name`. */
  of(name, value) {
    const text = JSON.stringify(value) ?? "";
    if (this.#seen.get(name) === text) return false;
    this.#seen.set(name, text);
    return true;
  }
}

// ---------------------------------------------------------------- theme and canvas

const motionIsWelcome = () => !matchMedia("(prefers-reduced-motion: reduce)").matches;

let lastTheme = { time: -1 };

/** Streamlit's present colours and font; read once per animation frame. */
function themeAt(element) {
  const time = document.timeline.currentTime;
  if (lastTheme.time !== time) lastTheme = { time, theme: readTheme(element) };
  return lastTheme.theme;
}

function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  return {
    text: read("text-color", "#31333f"),
    background: read("background-color", "#ffffff"),
    border: read("border-color", "rgba(128, 128, 128, 0.3)"),
    font: read("font", "sans-serif"),
  };
}

function rgbOf(hex) {
  const digits = hex.replace("#", "");
  const full = digits.length === 3 ? [...digits].map((d) => d + d).join("") : digits;
  return [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16));
}

/** Relative luminance, 0 to 1 (WCAG 2). */
function luminance(hex) {
  const [r, g, b] = rgbOf(hex).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** A canvas that keeps its pixels true to its size on screen and calls `paint` at most once a frame. */
class Surface {
  #asked = 0;

  constructor(canvas, paint) {
    this.canvas = canvas;
    this.paint = paint;
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(canvas);
    canvas.oncontextrestored = () => this.redraw(); // a browser short of memory has thrown it away
    document.fonts?.ready.then(() => this.redraw()); // text drawn before the font came would stay in another
  }

  /** CSS pixels; as last observed, for asking the canvas in the middle of changes lays out the page each time. */
  get width() {
    return this.size?.[0] ?? this.canvas.clientWidth;
  }

  get height() {
    return this.size?.[1] ?? this.canvas.clientHeight;
  }

  redraw() {
    if (!this.#asked) this.#asked = requestAnimationFrame(() => this.#draw());
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.#asked);
  }

  #fit() {
    this.ratio = window.devicePixelRatio || 1;
    this.size = [this.canvas.clientWidth, this.canvas.clientHeight];
    const [width, height] = [this.width, this.height].map((size) => Math.max(1, Math.round(size * this.ratio)));
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    cancelAnimationFrame(this.#asked);
    this.#draw(); // at once: a resized canvas is blank
  }

  #draw() {
    this.#asked = 0;
    if (!this.width || !this.height || !this.ratio) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.paint(context, themeAt(this.canvas));
  }
}

/** Text with a rim in the page's colour, so that it reads over lines and points. */
function haloText(context, theme, text, x, y, colour = theme.text) {
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = theme.background;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** Ticks and faint grid lines of both axes around `plot`; an axis is {low, high, ticks, labels, at(value)}. */
function drawAxes(context, theme, plot, xAxis, yAxis) {
  context.font = `11px ${theme.font}`;
  context.lineWidth = 1;
  context.strokeStyle = theme.border;
  context.fillStyle = theme.text;
  context.textAlign = "center";
  context.textBaseline = "top";
  xAxis.ticks.forEach((tick, i) => {
    const x = Math.round(xAxis.at(tick)) + 0.5;
    gridLine(context, x, plot.top, x, plot.bottom);
    faintText(context, xAxis.labels[i], x, plot.bottom + 5);
  });
  context.textAlign = "right";
  context.textBaseline = "middle";
  yAxis.ticks.forEach((tick, i) => {
    const y = Math.round(yAxis.at(tick)) + 0.5;
    gridLine(context, plot.left, y, plot.right, y);
    faintText(context, yAxis.labels[i], plot.left - 6, y);
  });
}

function gridLine(context, x0, y0, x1, y1) {
  context.globalAlpha = 0.6;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  context.globalAlpha = 1;
}

function faintText(context, text, x, y) {
  context.globalAlpha = 0.72;
  context.fillText(text, x, y);
  context.globalAlpha = 1;
}

/** A linear axis from `low` to `high`, drawn from pixel `from` to pixel `to`. */
function linearAxis([low, high], from, to, count) {
  const ticks = linearTicks(low, high, count);
  const at = (value) => from + ((value - low) / (high - low)) * (to - from);
  const back = (pixel) => low + ((pixel - from) / (to - from)) * (high - low);
  return { low, high, ticks, labels: tickLabels(ticks), at, back };
}

// ---------------------------------------------------------------- pictures

/** Unpacked rows as pictures (n, height, width[, channels]). */
const picturesOf = ({ values, shape }, imageShape) => ({ values, shape: [shape[0], ...imageShape] });

/** Draw picture `i` of uint8 `pictures` (n, height, width[, channels]) into `canvas`, one pixel for each. */
function drawPicture(canvas, { values, shape }, i) {
  const [, height, width, channels = 1] = shape;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = new ImageData(width, height);
  const start = i * height * width * channels;
  for (let p = 0; p < height * width; p++) {
    const from = start + p * channels;
    image.data[4 * p] = values[from];
    image.data[4 * p + 1] = values[from + (channels === 3 ? 1 : 0)];
    image.data[4 * p + 2] = values[from + (channels === 3 ? 2 : 0)];
    image.data[4 * p + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// ---------------------------------------------------------------- colours

const STEPS = 48; // of a continuous scale: more cannot be told apart

/** Which of a few "bins" each point belongs to, and how a bin looks. The last bin is for points without a value. */
class ColourScale {
  constructor(colour, palette, n) {
    this.colour = colour;
    this.levels = colour?.levels ?? null;
    if (!colour) this.#setSingle(palette, n);
    else if (this.levels) this.#setLevels(palette, n);
    else this.#setContinuous(palette, n);
  }

  #setSingle(palette, n) {
    this.looks = [{ fill: palette.code, shape: 0 }];
    this.bins = new Uint16Array(n);
  }

  #setLevels(palette, n) {
    const { classes } = palette;
    this.looks = this.levels.map((_, i) => ({ fill: classes[i % classes.length], shape: Math.floor(i / classes.length) % 3 }));
    this.looks.push({ fill: palette.mean, shape: 0 });
    this.values = unpack(this.colour.codes).values;
    this.bins = Uint16Array.from({ length: n }, (_, i) => (this.values[i] >= 0 ? this.values[i] : this.levels.length));
  }

  #setContinuous(palette, n) {
    this.values = unpack(this.colour.values).values;
    const known = this.values.filter(Number.isFinite).sort();
    const at = (share) => known[Math.round(share * (known.length - 1))] ?? 0;
    [this.low, this.high] = [at(0.01), at(0.99)];
    this.beyond = [at(0) < this.low, at(1) > this.high];
    this.looks = Array.from({ length: STEPS }, (_, i) => ({ fill: between(palette.sequential, i / (STEPS - 1)), shape: 0 }));
    this.looks.push({ fill: palette.mean, shape: 0 });
    const width = this.high - this.low || 1;
    this.bins = Uint16Array.from({ length: n }, (_, i) =>
      Number.isFinite(this.values[i]) ? clamp(Math.round(((this.values[i] - this.low) / width) * (STEPS - 1)), 0, STEPS - 1) : STEPS,
    );
  }

  /** What the point is, in words: "digit: 7", "height: 1.82"; empty without a colour. */
  wordsOf(i) {
    if (!this.colour) return "";
    const value = this.levels ? this.levels[this.values[i]] ?? "no label" : threeDigits(this.values[i]);
    return `${this.colour.name}: ${value}`;
  }
}

/** The colour at `share` (0 to 1) of a list of evenly spaced hex colours. */
function between(colours, share) {
  const place = share * (colours.length - 1);
  const i = Math.min(colours.length - 2, Math.floor(place));
  const [from, to] = [rgbOf(colours[i]), rgbOf(colours[i + 1])];
  const mixed = from.map((v, c) => Math.round(v + (to[c] - v) * (place - i)));
  return `#${mixed.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}

const SHAPES = [
  (context, c, r) => context.arc(c, c, r, 0, 2 * Math.PI),
  (context, c, r) => context.rect(c - 0.85 * r, c - 0.85 * r, 1.7 * r, 1.7 * r),
  (context, c, r) => {
    context.moveTo(c, c - 1.15 * r);
    context.lineTo(c + 1.1 * r, c + 0.85 * r);
    context.lineTo(c - 1.1 * r, c + 0.85 * r);
    context.closePath();
  },
  (context, c, r) => {
    context.moveTo(c, c - 1.3 * r);
    context.lineTo(c + 1.1 * r, c);
    context.lineTo(c, c + 1.3 * r);
    context.lineTo(c - 1.1 * r, c);
    context.closePath();
  },
];

/** A point of this look on a small canvas; `radius` in device pixels. A look may have an `alpha` of its own. */
function sprite(look, radius, theme, alpha = 1) {
  const own = look.alpha ?? 1;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * Math.ceil(radius + 1.5);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.globalAlpha = alpha * own;
  context.beginPath();
  SHAPES[look.shape](context, canvas.width / 2, radius);
  context.fillStyle = look.fill;
  context.fill();
  // A rim: in the page's colour it parts neighbours; near-invisible fills get one in the text's colour instead.
  const faint = contrast(look.fill, theme.background) < 2;
  if (radius < 2 && !faint) return canvas; // on specks the rim would only dim the colour
  context.globalAlpha = (faint ? 0.55 : 0.5 * alpha) * own;
  context.lineWidth = Math.max(0.75, radius * 0.22);
  context.strokeStyle = faint ? theme.text : theme.background;
  context.stroke();
  return canvas;
}

/** Pixels painted one by one: many times faster than a drawImage for each of thousands of points. */
class PixelLayer {
  /** An empty layer of this size. */
  start(width, height) {
    if (this.image?.width !== width || this.image?.height !== height) {
      this.canvas = document.createElement("canvas");
      [this.canvas.width, this.canvas.height] = [width, height];
      this.context = this.canvas.getContext("2d", { willReadFrequently: true });
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer); // alpha in the highest byte
    }
    this.pixels.fill(0);
  }

  /** Paint a stamp ({pixels, size}) over the layer, which must hold it whole. */
  stamp({ pixels, size }, left, top) {
    const { width } = this.image;
    for (let row = 0, from = 0; row < size; row++) {
      for (let to = (top + row) * width + left, end = to + size; to < end; to++, from++) {
        const source = pixels[from];
        if (source === 0) continue;
        const below = this.pixels[to];
        this.pixels[to] = below === 0 || source >>> 24 === 255 ? source : over(source, below);
      }
    }
  }

  /** The finished layer, to be drawn. */
  finish() {
    this.context.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

/** One pixel over another ("source over" of Porter and Duff 1984, colours not premultiplied). */
function over(source, below) {
  const alpha = source >>> 24;
  const sum = alpha + ((below >>> 24) * (255 - alpha)) / 255;
  const share = alpha / sum;
  const red = (below & 255) + ((source & 255) - (below & 255)) * share;
  const green = ((below >>> 8) & 255) + (((source >>> 8) & 255) - ((below >>> 8) & 255)) * share;
  const blue = ((below >>> 16) & 255) + (((source >>> 16) & 255) - ((below >>> 16) & 255)) * share;
  return (((sum + 0.5) << 24) | ((blue + 0.5) << 16) | ((green + 0.5) << 8) | (red + 0.5)) >>> 0;
}

function stampOf(canvas) {
  const size = canvas.width;
  const { data } = canvas.getContext("2d").getImageData(0, 0, size, size);
  return { size, pixels: new Uint32Array(data.buffer) };
}

// ---------------------------------------------------------------- scatter

/** Points on axes. Owns what is drawn, not what the pointer does. */
class Scatter {
  #stamps = { key: "", list: [] };
  #layer = new PixelLayer();

  constructor(canvas) {
    this.surface = new Surface(canvas, (context, theme) => this.#paint(context, theme));
    this.x = this.y = new Float32Array(0);
    this.scale = null;
    this.hidden = new Set(); // bins switched off in the legend
    this.view = { x: [0, 1], y: [0, 1] };
    this.labels = { x: "", y: "" };
    this.strip = false;
    this.zoom = 1;
    this.order = null; // indices of the points, the first painted first; null: as they come
    this.overlay = null; // (context, theme) => void, painted last
  }

  setPoints(x, y) {
    this.x = x;
    this.strip = y === null;
    this.y = y ?? jitter(x.length);
    this.surface.redraw();
  }

  /** The rectangle of the points, in CSS pixels. */
  get plot() {
    const { width, height } = this.surface;
    return { left: this.strip ? 12 : 46, right: width - 12, top: 22, bottom: height - 36 };
  }

  get axes() {
    const { left, right, top, bottom } = this.plot;
    const y = linearAxis(this.view.y, bottom, top, Math.max(3, (bottom - top) / 60));
    if (this.strip) y.ticks = [];
    return { x: linearAxis(this.view.x, left, right, Math.max(3, (right - left) / 80)), y };
  }

  /** Index of the visible point nearest to a pixel, within `reach` pixels; -1 when there is none. */
  nearest(px, py, reach) {
    const { x: xAxis, y: yAxis } = this.axes;
    const [kx, ky] = [xAxis.at(1) - xAxis.at(0), yAxis.at(1) - yAxis.at(0)];
    const [x0, y0] = [xAxis.at(0), yAxis.at(0)];
    let [best, closest] = [-1, reach * reach];
    for (let i = 0; i < this.x.length; i++) {
      const dx = x0 + kx * this.x[i] - px;
      const dy = y0 + ky * this.y[i] - py;
      const distance = dx * dx + dy * dy;
      if (distance <= closest && !this.hidden.has(this.scale.bins[i])) [best, closest] = [i, distance];
    }
    return best;
  }

  /** Pixel of point `i`. */
  place(i) {
    const { x, y } = this.axes;
    return [x.at(this.x[i]), y.at(this.y[i])];
  }

  #paint(context, theme) {
    const { plot, axes } = this;
    drawAxes(context, theme, plot, axes.x, axes.y);
    const outside = this.paintPoints(context, plot, axes, theme);
    this.#paintLabels(context, theme, plot, outside);
    this.overlay?.(context, theme);
  }

  /** Paints the points inside the plot; gives the number of those outside. */
  paintPoints(context, plot, axes, theme) {
    if (!this.scale) return 0;
    const { canvas, ratio } = this.surface;
    const stamps = this.#stampsFor(theme, ratio);
    const half = stamps[0].size / 2;
    const [kx, ky] = [axes.x.at(1) - axes.x.at(0), axes.y.at(1) - axes.y.at(0)].map((k) => k * ratio);
    const [x0, y0] = [axes.x.at(0), axes.y.at(0)].map((p) => p * ratio);
    const [left, right, top, bottom] = [plot.left, plot.right, plot.top, plot.bottom].map((p) => p * ratio);
    const { bins } = this.scale;
    const shown = stamps.map((_, bin) => !this.hidden.has(bin));
    let outside = 0;
    this.#layer.start(canvas.width, canvas.height);
    for (let place = 0; place < this.x.length; place++) {
      const i = this.order ? this.order[place] : place;
      const px = x0 + kx * this.x[i];
      const py = y0 + ky * this.y[i];
      if (!(px >= left && px <= right && py >= top && py <= bottom)) outside++;
      else if (shown[bins[i]]) this.#layer.stamp(stamps[bins[i]], Math.round(px - half), Math.round(py - half));
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.#layer.finish(), 0, 0);
    context.restore();
    return outside;
  }

  #paintLabels(context, theme, plot, outside) {
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    context.textBaseline = "alphabetic";
    context.textAlign = "right";
    context.fillText(this.labels.x, plot.right, this.surface.height - 4);
    context.textAlign = "left";
    if (!this.strip) context.fillText(this.labels.y, 4, 13);
    if (outside && this.zoom === 1) faintText(context, `${whole(outside)} outside`, 4, this.surface.height - 4);
  }

  /** Stamps are made anew only when size, theme or colours change. */
  #stampsFor(theme, ratio) {
    const n = this.x.length;
    const size = clamp(5.4 - 0.85 * Math.log10(Math.max(1, n)), 1.2, 4.5) * clamp(this.zoom ** 0.3, 1, 2);
    const alpha = n > 20000 ? 0.75 : 1;
    const key = [size.toFixed(1), ratio, theme.text, theme.background, alpha].join();
    if (key !== this.#stamps.key || this.scale !== this.#stamps.scale) {
      const list = this.scale.looks.map((look) => stampOf(sprite(look, size * ratio, theme, alpha)));
      this.#stamps = { key, scale: this.scale, list };
    }
    return this.#stamps.list;
  }
}

/** Heights for a strip, in [-0.35, 0.35]: even and the same every time (multiples of the golden ratio). */
function jitter(n) {
  return Float32Array.from({ length: n }, (_, i) => 0.7 * ((i * 0.61803398875) % 1) - 0.35);
}

// ---------------------------------------------------------------- legend

/** Words and swatches of a ColourScale in `root`; a class is switched off and on by clicking its word. */
class Legend {
  /** `scatters` share what is switched off. */
  constructor(root, ...scatters) {
    this.root = root;
    this.scatters = scatters;
    this.changes = new Changes();
    this.off = new Set(); // names, so that a choice outlives new data
  }

  /** Take over `scale`; rebuilds only the legend's own elements, and only when called (on change). */
  show(scale) {
    this.scale = scale;
    this.changes = new Changes();
    this.root.hidden = !scale.colour;
    this.root.replaceChildren();
    if (scale.colour) this.root.append(element("span", "legend-name", scale.colour.name));
    if (scale.levels) scale.levels.forEach((level, bin) => this.root.append(this.#entry(level, bin)));
    else if (scale.colour) this.root.append(...this.#bar());
    this.#apply();
  }

  /** Swatches carry the theme's rim: call when it may have changed. */
  paint() {
    const theme = themeAt(this.root);
    if (!this.changes.of("look", [theme, window.devicePixelRatio, this.scale.looks])) return;
    for (const swatch of this.root.querySelectorAll("canvas.swatch")) {
      const ratio = window.devicePixelRatio || 1;
      const image = sprite(this.scale.looks[Number(swatch.dataset.bin)], 4.5 * ratio, theme);
      swatch.width = image.width;
      swatch.height = image.height;
      swatch.style.width = `${image.width / ratio}px`;
      swatch.getContext("2d").drawImage(image, 0, 0);
    }
  }

  #entry(level, bin) {
    const button = element("button", "entry");
    const swatch = element("canvas", "swatch");
    swatch.dataset.bin = bin;
    button.append(swatch, element("span", "", level));
    button.type = "button";
    button.title = "Click to hide or show";
    button.onclick = () => {
      if (!this.off.delete(level)) this.off.add(level);
      this.#apply();
    };
    return button;
  }

  #bar() {
    const { low, high, beyond, looks } = this.scale;
    const bar = element("span", "bar");
    bar.style.background = `linear-gradient(90deg, ${looks.slice(0, -1).map((look) => look.fill).join()})`;
    const ends = [`${beyond[0] ? "≤ " : ""}${threeDigits(low)}`, `${beyond[1] ? "≥ " : ""}${threeDigits(high)}`];
    return [element("span", "", ends[0]), bar, element("span", "", ends[1])];
  }

  #apply() {
    const levels = this.scale.levels ?? [];
    const hidden = new Set(levels.flatMap((level, bin) => (this.off.has(level) ? [bin] : [])));
    [...this.root.querySelectorAll("button.entry")].forEach((button, bin) => {
      button.setAttribute("aria-pressed", String(!hidden.has(bin)));
    });
    this.paint();
    for (const scatter of this.scatters) {
      scatter.hidden = hidden;
      scatter.surface.redraw();
    }
  }
}

/** A new element with a class and, as plain text, its words. */
function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** A new canvas that is read out as a picture of what `label` says. */
function labelledCanvas(label, className = "") {
  const canvas = element("canvas", className);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

// ---------------------------------------------------------------- hover card

/** Show `card` near (x, y) of `box` with `children`, turned so that it stays inside the box. */
function showCard(card, box, x, y, children) {
  card.replaceChildren(...children);
  card.hidden = false;
  const { clientWidth, clientHeight } = box;
  const { offsetWidth, offsetHeight } = card;
  const gap = 14;
  const left = x + gap + offsetWidth <= clientWidth ? x + gap : x - gap - offsetWidth;
  const top = y + gap + offsetHeight <= clientHeight ? y + gap : y - gap - offsetHeight;
  card.style.left = `${clamp(left, 0, Math.max(0, clientWidth - offsetWidth))}px`;
  card.style.top = `${clamp(top, 0, Math.max(0, clientHeight - offsetHeight))}px`;
}

/** Pointer position inside `box`, in CSS pixels. */
function pointIn(box, event) {
  const { left, top } = box.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}
