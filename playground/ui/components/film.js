// The film: a training run epoch by epoch. Python sends frames, this keeps them and moves plot, map and tiles together.

const FILM_SECONDS = 12; // a whole replay
const SLOWEST = 0.6; // seconds per frame, for runs of few frames
const PLAY_ICON = "M4 2.5 13 8 4 13.5Z";
const PAUSE_ICON = "M3.5 2.5h3v11h-3ZM9.5 2.5h3v11h-3Z";

const films = new WeakMap(); // mount point -> Film; the same for every update of one mounted component

export default function ({ data, parentElement }) {
  if (!films.has(parentElement)) films.set(parentElement, new Film(parentElement.querySelector(".film")));
  const film = films.get(parentElement);
  film.update(data);
  return () => {
    film.close();
    films.delete(parentElement);
  };
}

class Film {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.loss = new LossPlot(find(".loss"), (epoch) => this.#visit(this.#frameNearest(epoch)));
    this.map = new FrameMap(find(".map"));
    this.samples = new SampleRows(find(".samples"));
    this.range = find("input");
    this.text = find("output");
    this.playButton = find(".play");
    this.liveButton = find(".live");
    this.range.oninput = () => this.#visit(Number(this.range.value));
    this.playButton.onclick = () => (this.playing ? this.#pause() : this.#play());
    this.liveButton.onclick = () => this.#follow();
    this.changes = new Changes();
  }

  update(data) {
    const opened = this.changes.of("run", data.run);
    if (opened) this.#clear();
    this.data = data;
    this.#setPalette(data.palette);
    const added = this.#keep(data.frames);
    this.samples.setSamples(data.samples);
    this.map.setColour(data, this.frames[0]?.n ?? 0);
    this.map.include(added);
    if (opened && data.autoplay && !data.alive && this.#motionIsWelcome()) this.#play();
    else if (this.following) this.index = this.frames.length - 1;
    this.#show();
  }

  close() {
    this.#pause();
    [this.loss, this.map, this.samples].forEach((part) => part.close());
  }

  #clear() {
    this.#pause();
    this.frames = [];
    this.index = -1;
    this.following = true; // at the newest frame, and staying there as more come
    this.map.clear();
  }

  /** Add packed frames by epoch; gives those that were new, unpacked. */
  #keep(packed) {
    const shown = this.frames[this.index]?.epoch;
    const known = new Set(this.frames.map((frame) => frame.epoch));
    const added = packed.filter((frame) => !known.has(frame.epoch)).map(unpackFrame);
    if (!added.length) return added;
    this.frames = [...this.frames, ...added].sort((a, b) => a.epoch - b.epoch);
    if (shown !== undefined) this.index = this.frames.findIndex((frame) => frame.epoch === shown);
    return added;
  }

  #setPalette(palette) {
    for (const name of ["autoencoder", "reconstruction", "pca", "mean"]) this.root.style.setProperty(`--${name}`, palette[name]);
  }

  #motionIsWelcome() {
    return !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // ---- moving through the frames

  #frameNearest(epoch) {
    let best = 0;
    this.frames.forEach((frame, i) => {
      if (Math.abs(frame.epoch - epoch) < Math.abs(this.frames[best].epoch - epoch)) best = i;
    });
    return best;
  }

  /** The visitor chose frame `index`. */
  #visit(index) {
    if (!this.frames.length) return;
    this.#pause();
    this.#goTo(index);
  }

  #goTo(index) {
    this.index = clamp(index, 0, this.frames.length - 1);
    this.following = this.index === this.frames.length - 1;
    this.#show();
  }

  #follow() {
    this.#pause();
    this.#goTo(this.frames.length - 1);
  }

  #play() {
    if (this.frames.length < 2) return;
    this.playing = true;
    const first = this.index < 0 || this.index >= this.frames.length - 1 ? 0 : this.index;
    const began = performance.now();
    const step = 1000 * Math.min(SLOWEST, FILM_SECONDS / this.frames.length);
    this.#goTo(first);
    const tick = (now) => {
      const index = first + Math.floor((now - began) / step);
      if (index !== this.index) this.#goTo(index);
      if (index >= this.frames.length - 1) this.#pause();
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
    this.#showControls();
  }

  #pause() {
    cancelAnimationFrame(this.timer);
    if (!this.playing) return;
    this.playing = false;
    this.#showControls();
  }

  // ---- showing

  #show() {
    const frame = this.frames[this.index] ?? null;
    this.#showControls();
    this.loss.show(this.data, frame?.epoch ?? null);
    this.map.show(frame);
    this.samples.show(frame);
  }

  #showControls() {
    const { frames, index, data } = this;
    const words = frames[index] ? `epoch ${frames[index].epoch} of ${data.epochs}` : "waiting for epoch 1";
    this.range.max = Math.max(0, frames.length - 1);
    this.range.value = Math.max(0, index);
    this.range.disabled = frames.length < 2;
    this.range.setAttribute("aria-valuetext", words);
    if (this.text.textContent !== words) this.text.textContent = words;
    this.playButton.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.playButton.disabled = frames.length < 2;
    this.playButton.querySelector("path").setAttribute("d", this.playing ? PAUSE_ICON : PLAY_ICON);
    this.liveButton.hidden = !data.alive;
    this.liveButton.setAttribute("aria-pressed", String(this.following && !this.playing));
  }
}

function unpackFrame({ epoch, z, x_hat }) {
  const codes = unpack(z);
  const [n, units] = codes.shape;
  return { epoch, n, z1: column(codes, 0), z2: units > 1 ? column(codes, 1) : null, xHat: unpack(x_hat) };
}

// ---------------------------------------------------------------- the codes at one epoch

class FrameMap {
  constructor(figure) {
    this.canvas = figure.querySelector("canvas");
    this.title = figure.querySelector(".title");
    this.scatter = new Scatter(this.canvas);
    this.legend = new Legend(figure.querySelector(".legend"), this.scatter);
    this.changes = new Changes();
    this.clear();
  }

  clear() {
    this.limits = { x: null, y: null };
    this.scatter.setPoints(new Float32Array(0), new Float32Array(0));
  }

  setColour({ colour, palette, latent_dim: units }, n) {
    const codes = n ? `codes of ${n.toLocaleString("en-US")} held-out samples` : "codes of held-out samples";
    this.title.textContent = units > 2 ? `${codes}, units 1 and 2 of ${units}` : codes;
    this.scatter.labels = { x: "z1", y: units > 1 ? "z2" : "" };
    if (!this.changes.of("colour", [colour, palette, n])) return;
    this.scatter.scale = new ColourScale(colour, palette, n);
    this.legend.show(this.scatter.scale);
  }

  /** Widen the limits, which all frames share, by what new frames need. */
  include(frames) {
    for (const { z1, z2 } of frames) {
      this.limits.x = widened(this.limits.x, bulk(z1));
      this.limits.y = z2 ? widened(this.limits.y, bulk(z2)) : [-1, 1];
    }
  }

  show(frame) {
    const { scatter, limits } = this;
    if (frame) {
      scatter.view = { x: padded(limits.x, 0.04), y: frame.z2 ? padded(limits.y, 0.04) : limits.y };
      scatter.setPoints(frame.z1, frame.z2);
    }
    this.legend.paint();
    scatter.surface.redraw();
    this.canvas.setAttribute("aria-label", `Map: ${this.title.textContent}${frame ? ` at epoch ${frame.epoch}` : ""}`);
  }

  close() {
    this.scatter.surface.close();
  }
}

/** `limits` if they hold `range`; otherwise wide enough, with room to spare so that the next frame rarely asks again. */
function widened(limits, range) {
  if (!limits) return range;
  const [low, high] = [Math.min(limits[0], range[0]), Math.max(limits[1], range[1])];
  const spare = 0.12 * (high - low);
  return [low < limits[0] ? low - spare : low, high > limits[1] ? high + spare : high];
}

// ---------------------------------------------------------------- originals and reconstructions

class SampleRows {
  constructor(root) {
    this.root = root;
    this.card = root.querySelector(".card");
    this.firstName = root.querySelector(".row-name.original span");
    this.originals = root.querySelector(".originals");
    this.reconstructions = root.querySelector(".reconstructions");
    this.profileBox = root.querySelector(".profiles");
    this.profiles = [];
    this.changes = new Changes();
  }

  setSamples(samples) {
    if (!this.changes.of("samples", samples)) return;
    this.names = samples.feature_names;
    this.shape = samples.image_shape ?? null;
    this.x = unpack(samples.x);
    this.shown = undefined;
    this.close();
    this.profiles = [];
    [this.originals, this.reconstructions, this.profileBox].forEach((box) => box.replaceChildren());
    this.root.classList.toggle("as-profiles", !this.shape);
    this.originals.hidden = this.reconstructions.hidden = !this.shape;
    this.firstName.textContent = this.shape ? "original" : "original (bars)";
    this.root.querySelector(".made span").textContent = this.shape ? "reconstruction" : "reconstruction (line)";
    if (this.shape) this.#makeTiles();
    else this.#makeProfiles();
  }

  show(frame) {
    this.profiles.forEach((profile) => profile.surface.redraw()); // the theme may have changed
    if (this.shown === frame) return;
    this.shown = frame;
    if (!this.shape) this.profiles.forEach((profile) => profile.show(frame?.xHat ?? null));
    else if (frame) this.#drawRow(this.reconstructions, frame.xHat);
    else this.reconstructions.querySelectorAll("canvas").forEach((tile) => (tile.width = tile.width)); // blank
  }

  close() {
    this.profiles.forEach((profile) => profile.surface.close());
  }

  #makeTiles() {
    for (const [row, name] of [[this.originals, "original"], [this.reconstructions, "reconstruction"]]) {
      for (let i = 0; i < this.x.shape[0]; i++) {
        const tile = element("canvas", "pixels");
        [tile.height, tile.width] = this.shape;
        tile.setAttribute("role", "img");
        tile.setAttribute("aria-label", `Sample ${i + 1}, ${name}`);
        row.append(tile);
      }
    }
    this.#drawRow(this.originals, this.x);
  }

  #drawRow(row, { values, shape }) {
    const pictures = { values, shape: [shape[0], ...this.shape] };
    row.querySelectorAll("canvas").forEach((tile, i) => drawPicture(tile, pictures, i));
  }

  #makeProfiles() {
    const range = padded(bulk(this.x.values), 0.12);
    for (let i = 0; i < this.x.shape[0]; i++) {
      const box = element("div", "box");
      const canvas = element("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Sample ${i + 1}: features of original and reconstruction`);
      box.append(canvas);
      this.profileBox.append(box);
      const profile = new Profile(canvas, rowOf(this.x, i), i, range);
      canvas.onpointermove = canvas.onpointerdown = (event) => this.#hover(profile, event);
      canvas.onpointerleave = () => (this.card.hidden = true);
      this.profiles.push(profile);
    }
  }

  #hover(profile, event) {
    const feature = profile.featureAt(pointIn(profile.surface.canvas, event)[0]);
    const lines = [element("b", "", this.names[feature] || `feature ${feature + 1}`)];
    lines.push(element("div", "", `original ${threeDigits(profile.original[feature])}`));
    lines.push(element("div", "", `reconstruction ${threeDigits(profile.made?.[feature])}`));
    showCard(this.card, this.root, ...pointIn(this.root, event), lines);
  }
}

const rowOf = ({ values, shape }, i) => values.subarray(i * shape[1], (i + 1) * shape[1]);

/** One sample that is no picture: its features side by side, original as grey bars, reconstruction as a green line. */
class Profile {
  constructor(canvas, original, index, range) {
    this.original = original;
    this.index = index;
    this.range = range;
    this.made = null;
    this.surface = new Surface(canvas, (context) => this.#paint(context));
  }

  show(xHat) {
    this.made = xHat ? rowOf(xHat, this.index) : null;
    this.surface.redraw();
  }

  featureAt(x) {
    return clamp(Math.floor((x / this.surface.width) * this.original.length), 0, this.original.length - 1);
  }

  #paint(context) {
    const { width, height } = this.surface;
    const style = getComputedStyle(this.surface.canvas);
    const slot = width / this.original.length;
    const y = (value) => height - ((value - this.range[0]) / (this.range[1] - this.range[0])) * height;
    const zero = y(clamp(0, ...this.range));
    context.fillStyle = style.getPropertyValue("--mean");
    context.globalAlpha = 0.6;
    this.original.forEach((value, f) => context.fillRect(f * slot + slot * 0.15, Math.min(zero, y(value)), slot * 0.7, Math.abs(zero - y(value))));
    context.fillRect(0, zero - 0.5, width, 1);
    context.globalAlpha = 1;
    if (this.made) this.#paintMade(context, style.getPropertyValue("--reconstruction"), slot, y);
  }

  #paintMade(context, colour, slot, y) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.beginPath();
    this.made.forEach((value, f) => context.lineTo((f + 0.5) * slot, y(value)));
    context.stroke();
    if (slot < 6) return;
    this.made.forEach((value, f) => {
      context.beginPath();
      context.arc((f + 0.5) * slot, y(value), 2.25, 0, 2 * Math.PI);
      context.fill();
    });
  }
}

// ---------------------------------------------------------------- the error curves

class LossPlot {
  constructor(figure, onPick) {
    this.figure = figure;
    this.box = figure.querySelector(".box");
    this.canvas = figure.querySelector("canvas");
    this.card = figure.querySelector(".card");
    this.logButton = figure.querySelector(".scale");
    this.log = false;
    this.surface = new Surface(this.canvas, (context, theme) => this.#paint(context, theme));
    this.#listen(onPick);
  }

  show(data, epoch) {
    this.data = data;
    this.epoch = epoch;
    this.passes = firstBelow(data.history, data.pca && data.pca * 0.999); // by less than a thousandth is no passing
    this.#showLegend();
    this.canvas.setAttribute("aria-label", this.#summary());
    this.surface.redraw();
  }

  close() {
    this.surface.close();
  }

  #listen(onPick) {
    const pick = (event) => onPick(this.axes.x.back(pointIn(this.box, event)[0]));
    this.logButton.onclick = () => {
      this.log = !this.log;
      this.logButton.setAttribute("aria-pressed", String(this.log));
      this.surface.redraw();
    };
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      pick(event);
    };
    this.canvas.onpointermove = (event) => {
      if (event.buttons & 1) pick(event);
      this.#hover(event);
    };
    this.canvas.onpointerleave = () => {
      this.card.hidden = true;
    };
  }

  // ---- words

  #valuesAt(epoch) {
    const i = nearestIndex(this.data.history.epoch, epoch);
    return i < 0 ? null : { epoch: this.data.history.epoch[i], train: this.data.history.train[i], val: this.data.history.val[i] };
  }

  #showLegend() {
    const { pca, mean, latent_dim: m } = this.data;
    const now = this.epoch === null ? null : this.#valuesAt(this.epoch);
    const put = (name, value, word) => {
      const line = this.figure.querySelector(`.line.${name}`);
      line.hidden = value === undefined;
      line.querySelector("b").textContent = threeDigits(value);
      if (word) line.querySelector("span").textContent = word;
    };
    put("val", now?.val ?? null);
    put("train", now?.train ?? null);
    put("pca", pca, `PCA(${m})`);
    put("mean", mean);
  }

  #summary() {
    const { pca, unit, latent_dim: m } = this.data;
    const now = this.epoch === null ? null : this.#valuesAt(this.epoch);
    const parts = [`Error per epoch, ${unit}`];
    if (now) parts.push(`validation ${threeDigits(now.val)} at epoch ${now.epoch}`);
    if (pca !== undefined) parts.push(`PCA(${m}) ${threeDigits(pca)}`);
    if (this.passes !== null) parts.push(`passes PCA at epoch ${this.passes}`);
    return parts.join("; ");
  }

  #hover(event) {
    const [x, y] = pointIn(this.box, event);
    const at = this.#valuesAt(this.axes.x.back(x));
    if (!at) return;
    const lines = [element("b", "", `epoch ${at.epoch}`)];
    lines.push(element("div", "", `validation ${threeDigits(at.val)}`), element("div", "", `training ${threeDigits(at.train)}`));
    lines.push(element("div", "", this.data.unit));
    showCard(this.card, this.box, x, y, lines);
  }

  // ---- axes

  get plot() {
    const { width, height } = this.surface;
    return { left: 46, right: width - 12, top: 22, bottom: height - 36 };
  }

  get axes() {
    const { left, right, top, bottom } = this.plot;
    const { history, epochs } = this.data;
    const first = Math.min(1, history.epoch[0] ?? 1);
    const last = Math.max(epochs, first + 1, history.epoch.at(-1) ?? 1);
    const x = linearAxis([first, last], left, right, Math.max(2, (right - left) / 70));
    const whole = x.ticks.filter(Number.isInteger);
    return { x: { ...x, ticks: whole, labels: whole.map((tick) => tick.toLocaleString("en-US")) }, y: this.#errorAxis(bottom, top) };
  }

  #errorAxis(bottom, top) {
    const { history, pca, mean } = this.data;
    const lines = [pca, mean].filter((value) => value !== undefined);
    const values = [...history.val, ...history.train, ...lines].filter((value) => value !== null && Number.isFinite(value));
    if (!values.length) return linearAxis([0, 1], bottom, top, 4);
    // Early errors can dwarf everything: the axis ends at three times the reference, the curve enters from above.
    const ceiling = lines.length ? 3 * Math.max(...lines) : Infinity;
    const [low, high] = [Math.min(...values), Math.min(Math.max(...values), ceiling)];
    const positive = values.filter((value) => value > 0);
    if (this.log && positive.length) return logAxis(Math.min(...positive), Math.max(...values), bottom, top);
    const range = low >= 0 && low < 0.4 * high ? [0, high * 1.06] : padded([low, high], 0.08);
    return linearAxis(range, bottom, top, Math.max(3, (bottom - top) / 40));
  }

  // ---- painting

  #paint(context, theme) {
    if (!this.data) return;
    const { plot, axes, data } = this;
    drawAxes(context, theme, plot, axes.x, axes.y);
    this.#paintNames(context, theme, plot);
    const curves = [this.#points(data.history.train, axes), this.#points(data.history.val, axes)];
    const references = [data.pca, data.mean].filter((v) => v !== undefined).map((v) => [[plot.left, axes.y.at(v)], [plot.right, axes.y.at(v)]]);
    const labels = new LabelPlacer(context, theme, plot, [...curves, ...references]);
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top - 3, plot.right - plot.left + 6, plot.bottom - plot.top + 3);
    context.clip();
    this.#paintReference(context, data.mean, data.palette.mean, plot, axes);
    this.#paintReference(context, data.pca, data.palette.pca, plot, axes);
    this.#paintCursor(context, theme, plot, axes);
    paintCurve(context, curves[0], data.palette.autoencoder, 1.25, [2, 3]);
    paintCurve(context, curves[1], data.palette.autoencoder, 2.5, []);
    context.restore();
    this.#labelReferences(plot, axes, labels);
    this.#paintMarks(context, theme, axes, labels);
  }

  #paintNames(context, theme, plot) {
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText(this.data.unit, 4, 13);
    context.textAlign = "right";
    context.fillText("epoch", plot.right, this.surface.height - 4);
  }

  /** Pixels of a curve; null where a value is missing, which parts the line. */
  #points(values, { x, y }) {
    return values.map((value, i) => (value === null || (this.log && value <= 0) ? null : [x.at(this.data.history.epoch[i]), y.at(value)]));
  }

  #paintReference(context, value, colour, plot, axes) {
    if (value === undefined || (this.log && value <= 0)) return;
    const y = axes.y.at(value);
    paintCurve(context, [[plot.left, y], [plot.right, y]], colour, 1.5, [7, 5]);
  }

  #paintCursor(context, theme, plot, axes) {
    if (this.epoch === null) return;
    const x = axes.x.at(this.epoch);
    context.globalAlpha = 0.55;
    paintCurve(context, [[x, plot.top], [x, plot.bottom]], theme.text, 1, []);
    context.globalAlpha = 1;
  }

  #paintMarks(context, theme, axes, labels) {
    const { autoencoder, pca } = this.data.palette;
    const at = (epoch) => {
      const value = epoch === null || epoch === undefined ? null : this.#exactly(epoch);
      const y = value === null ? -1 : axes.y.at(value);
      return y < this.plot.top - 1 ? null : [axes.x.at(epoch), y]; // none above the plot, where early errors may lie
    };
    const [shown, passes, best] = [at(this.epoch), at(this.passes), at(this.data.best_epoch)];
    if (shown) paintDot(context, shown, 4.5, autoencoder, theme.background);
    if (best) paintDot(context, best, 4.5, theme.background, autoencoder);
    if (passes) paintDot(context, passes, 4.5, pca, theme.background);
    if (passes) labels.put(`passes PCA at epoch ${this.passes}`, around(passes));
    if (best) labels.put(`best: epoch ${this.data.best_epoch}`, around(best));
  }

  #exactly(epoch) {
    const i = this.data.history.epoch.indexOf(epoch);
    const value = i < 0 ? null : this.data.history.val[i];
    return value === null || (this.log && value <= 0) ? null : value;
  }

  #labelReferences(plot, axes, labels) {
    const { pca, mean, palette, latent_dim: m } = this.data;
    const put = (text, value, colour) => {
      if (value === undefined) return;
      const y = axes.y.at(value);
      const middle = (plot.left + plot.right) / 2;
      const ends = [[plot.right - 2, "right"], [plot.left + 6, "left"], [middle, "center"]];
      const places = [y - 6, y + 15].flatMap((base) => ends.map(([x, align]) => [x, base, align]));
      labels.put(text, places, colour);
    };
    put(`PCA(${m}) ${threeDigits(pca)}`, pca, palette.pca);
    put(`mean ${threeDigits(mean)}`, mean, palette.mean);
  }
}

/** Index of the number in sorted `values` nearest to `value`; -1 for none. */
function nearestIndex(values, value) {
  let best = values.length ? 0 : -1;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] - value) < Math.abs(values[best] - value)) best = i;
  return best;
}

/** The first epoch whose validation error lies below `level`, null when there is none. */
function firstBelow({ epoch, val }, level) {
  const i = level === undefined ? -1 : val.findIndex((value) => value !== null && value < level);
  return i < 0 ? null : epoch[i];
}

function logAxis(low, high, from, to) {
  const [a, b] = padded([Math.log10(low), Math.log10(high)], 0.05);
  const at = (value) => from + ((Math.log10(value) - a) / (b - a)) * (to - from);
  const decades = [];
  for (let power = Math.floor(a); power <= b; power++) decades.push(10 ** power);
  const steps = b - a < 0.7 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : b - a < 2.5 ? [1, 2, 5] : [1];
  const ticks = decades.flatMap((decade) => steps.map((step) => step * decade)).filter((tick) => Math.log10(tick) >= a && Math.log10(tick) <= b);
  return { ticks, labels: ticks.map((tick) => String(Number(tick.toPrecision(2)))), at };
}

function paintCurve(context, points, colour, width, dash) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  let pen = false;
  for (const point of points) {
    if (point && pen) context.lineTo(...point);
    else if (point) context.moveTo(...point);
    pen = point !== null;
  }
  context.stroke();
  context.setLineDash([]);
}

function paintDot(context, [x, y], radius, fill, rim) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = rim;
  context.stroke();
}

/** Places for a label around a point, the best first. */
function around([x, y]) {
  const rows = [y - 10, y + 20, y - 26, y + 36];
  return rows.flatMap((base) => [[x + 8, base, "left"], [x - 8, base, "right"], [x, base, "center"]]);
}

/** Puts labels where they cover neither each other nor much of the curves. */
class LabelPlacer {
  #taken = [];

  constructor(context, theme, plot, curves) {
    Object.assign(this, { context, theme, plot, points: curves.flatMap(dense) });
  }

  put(text, places, colour) {
    const { context, theme } = this;
    context.font = `600 12px ${theme.font}`;
    const width = context.measureText(text).width;
    const boxes = places.map(([x, base, align]) => this.#boxOf(x, base, align, width));
    const costs = boxes.map((box, i) => this.#cost(box) + 0.1 * i);
    const box = boxes[costs.indexOf(Math.min(...costs))];
    this.#taken.push(box);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    haloText(context, theme, text, box.left, box.bottom - 3, colour);
  }

  #boxOf(x, base, align, width) {
    const left = x - { left: 0, right: width, center: width / 2 }[align];
    return { left, right: left + width, top: base - 12, bottom: base + 3 };
  }

  #cost(box) {
    const { plot } = this;
    const inside = box.left >= plot.left && box.right <= plot.right + 2 && box.top >= plot.top && box.bottom <= plot.bottom;
    const clashes = this.#taken.filter((other) => overlap(box, other)).length;
    const covered = this.points.filter(([x, y]) => x > box.left - 3 && x < box.right + 3 && y > box.top - 2 && y < box.bottom + 2).length;
    return (inside ? 0 : 1000) + 300 * clashes + covered;
  }
}

/** Points at most 6 pixels apart along a curve. */
function dense(curve) {
  return curve.flatMap((point, i) => {
    const before = curve[i - 1];
    if (!point || !before) return point ? [point] : [];
    const steps = clamp(Math.ceil(Math.hypot(point[0] - before[0], point[1] - before[1]) / 6), 1, 200);
    return Array.from({ length: steps }, (_, s) => [0, 1].map((c) => before[c] + ((point[c] - before[c]) * (s + 1)) / steps));
  });
}

function overlap(a, b) {
  return a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.bottom && b.top < a.bottom;
}
