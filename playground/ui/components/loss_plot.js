// The error curves: training and validation, with the lines to beat.

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
