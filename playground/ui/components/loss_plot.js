// Errors per epoch: the curves of one run or of several, with the lines to beat.

/*
 * A chart is {unit, epochs, curves, references, marks, changes}:
 *   curves: [{key, name, epoch, values, colour, width, dash, shape?, dot?}], the first on top; `epoch` is sorted;
 *   references: [{key, name, value, colour}], lines over the whole width;
 *   marks: [{epoch, value, words, fill, rim}], dots with a label;
 *   changes: [{epoch, words}], flags on the axis.
 */
class LossPlot {
  constructor(figure, onPick) {
    this.box = figure.querySelector(".box");
    this.canvas = figure.querySelector("canvas");
    this.card = figure.querySelector(".card");
    this.logButton = figure.querySelector(".scale");
    this.legend = new LineLegend(figure.querySelector(".lines"));
    this.log = false;
    this.surface = new Surface(this.canvas, (context, theme) => this.#paint(context, theme));
    this.#listen(onPick);
  }

  show(chart, epoch) {
    this.chart = chart;
    this.epoch = epoch;
    this.legend.show(chart, epoch);
    this.canvas.setAttribute("aria-label", this.#summary());
    this.surface.redraw();
  }

  close() {
    this.surface.close();
  }

  #listen(onPick) {
    const pick = (event) => this.chart && onPick(this.axes.x.back(pointIn(this.box, event)[0]));
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

  #summary() {
    const { unit, curves, references, marks, changes } = this.chart;
    const parts = [`Error per epoch, ${unit}`];
    if (this.epoch !== null) for (const curve of curves) parts.push(`${curve.name} ${threeDigits(valueAt(curve, this.epoch))}`);
    references.forEach(({ name, value }) => parts.push(`${name} ${threeDigits(value)}`));
    marks.forEach(({ words }) => words && parts.push(words));
    changes.forEach((change) => parts.push(wordsOfChange(change)));
    return parts.join("; ");
  }

  #hover(event) {
    if (!this.chart) return;
    const [x, y] = pointIn(this.box, event);
    const { curves, unit, changes } = this.chart;
    const epoch = curves[0].epoch[nearestIndex(curves[0].epoch, this.axes.x.back(x))];
    if (epoch === undefined) return;
    const near = changes.filter((change) => Math.abs(this.axes.x.at(change.epoch) - x) <= FLAG_REACH);
    const lines = near.map((change) => element("b", "change", wordsOfChange(change)));
    lines.push(element("b", "", `epoch ${epoch}`));
    curves.forEach((curve) => lines.push(element("div", "", `${curve.name} ${threeDigits(valueAt(curve, epoch))}`)));
    lines.push(element("div", "", unit));
    showCard(this.card, this.box, x, y, lines);
  }

  // ---- axes

  get plot() {
    const { width, height } = this.surface;
    return { left: 46, right: width - 12, top: 22, bottom: height - 36 };
  }

  get axes() {
    const { left, right, top, bottom } = this.plot;
    const { curves, epochs } = this.chart;
    const first = Math.min(1, ...curves.map(({ epoch }) => epoch[0] ?? 1));
    const last = Math.max(epochs, first + 1, ...curves.map(({ epoch }) => epoch.at(-1) ?? 1));
    const x = linearAxis([first, last], left, right, Math.max(2, (right - left) / 70));
    const ticks = x.ticks.filter(Number.isInteger);
    return { x: { ...x, ticks, labels: ticks.map(whole) }, y: this.#errorAxis(bottom, top) };
  }

  #errorAxis(bottom, top) {
    const { curves, references } = this.chart;
    const lines = references.map(({ value }) => value);
    const values = [...curves.flatMap((curve) => curve.values), ...lines].filter((value) => value !== null && Number.isFinite(value));
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
    if (!this.chart) return;
    const { plot, axes, chart } = this;
    drawAxes(context, theme, plot, axes.x, axes.y);
    this.#paintNames(context, theme, plot);
    const paths = chart.curves.map((curve) => this.#points(curve, axes));
    const lines = chart.references.map(({ value }) => [[plot.left, axes.y.at(value)], [plot.right, axes.y.at(value)]]);
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top - 3, plot.right - plot.left + 6, plot.bottom - plot.top + 3);
    context.clip();
    chart.references.forEach(({ value, colour }, i) => this.#isDrawable(value) && paintCurve(context, lines[i], colour, 1.5, [7, 5]));
    this.#paintCursor(context, theme, plot, axes);
    for (let i = paths.length - 1; i >= 0; i--) this.#paintLine(context, theme, chart.curves[i], paths[i]);
    context.restore();
    const labels = new LabelPlacer(context, theme, plot, [...paths, ...lines]);
    chart.changes.forEach((change) => labels.keepFree(paintFlag(context, theme, axes.x.at(change.epoch), plot)));
    this.#paintMarks(context, axes, theme, labels);
    this.#labelReferences(plot, axes, labels);
  }

  #paintNames(context, theme, plot) {
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText(this.chart.unit, 4, 13);
    context.textAlign = "right";
    context.fillText("epoch", plot.right, this.surface.height - 4);
  }

  #isDrawable(value) {
    return value !== null && !(this.log && value <= 0);
  }

  /** Pixels of a curve; null where a value is missing, which parts the line. */
  #points({ epoch, values }, { x, y }) {
    return values.map((value, i) => (this.#isDrawable(value) ? [x.at(epoch[i]), y.at(value)] : null));
  }

  #paintLine(context, theme, curve, points) {
    paintCurve(context, points, curve.colour, curve.width, curve.dash);
    if (curve.shape !== undefined) paintMarkers(context, theme, points, curve);
    const shown = curve.dot && this.epoch !== null ? points[nearestIndex(curve.epoch, this.epoch)] : null;
    if (shown) paintDot(context, shown, 4.5, curve.colour, theme.background);
  }

  #paintCursor(context, theme, plot, axes) {
    if (this.epoch === null) return;
    const x = axes.x.at(this.epoch);
    context.globalAlpha = 0.55;
    paintCurve(context, [[x, plot.top], [x, plot.bottom]], theme.text, 1, []);
    context.globalAlpha = 1;
  }

  #paintMarks(context, axes, theme, labels) {
    const at = ({ epoch, value }) => [axes.x.at(epoch), axes.y.at(value)];
    // None above the plot, where early errors may lie.
    const shown = this.chart.marks.filter((mark) => this.#isDrawable(mark.value) && at(mark)[1] >= this.plot.top - 1);
    shown.forEach((mark) => paintDot(context, at(mark), 4.5, mark.fill ?? theme.background, mark.rim ?? theme.background));
    shown.forEach((mark) => labels.keepFree(boxAround(at(mark), 6)));
    shown.filter(({ words }) => words).forEach((mark) => labels.putAt(mark.words, at(mark)));
  }

  #labelReferences(plot, axes, labels) {
    const share = (part) => plot.left + part * (plot.right - plot.left);
    const ends = [[plot.right - 2, "right"], [plot.left + 6, "left"], ...[0.5, 0.25, 0.75].map((part) => [share(part), "center"])];
    for (const { name, value, colour } of this.chart.references) {
      if (!this.#isDrawable(value)) continue;
      const y = axes.y.at(value);
      const places = [y - 6, y + 15].flatMap((base) => ends.map(([x, align]) => [x, base, align]));
      labels.put(`${name} ${threeDigits(value)}`, places, colour);
    }
  }
}

const FLAG_REACH = 8; // pixels from a flag within which its words are shown
const MARKER_GAP = 46; // pixels between a curve's markers

const wordsOfChange = ({ epoch, words }) => `${words} at epoch ${Number(epoch.toFixed(1))}`;

/** A curve's value at the epoch nearest to this one; null for none. */
const valueAt = ({ epoch, values }, at) => values[nearestIndex(epoch, at)] ?? null;

/** The lines' names with how they look and their value at the epoch on show. */
class LineLegend {
  constructor(root) {
    this.root = root;
    this.changes = new Changes();
  }

  show({ curves, references }, epoch) {
    const lines = [...curves, ...references.map((line) => ({ width: 1.5, dash: [7, 5], ...line }))];
    const theme = themeAt(this.root);
    const looks = lines.map(({ key, name, colour, dash }) => [key, name, colour, dash]);
    if (this.changes.of("looks", [looks, theme, window.devicePixelRatio])) this.#build(lines, theme);
    lines.forEach((line, i) => {
      const value = line.epoch ? (epoch === null ? null : valueAt(line, epoch)) : line.value;
      const text = threeDigits(value);
      if (this.values[i].textContent !== text) this.values[i].textContent = text;
    });
  }

  #build(lines, theme) {
    this.values = lines.map(() => element("b"));
    const entries = lines.map((line, i) => {
      const entry = element("span", `line ${line.key}`);
      entry.append(lineSwatch(line, theme), element("span", "", line.name), " ", this.values[i]);
      return entry;
    });
    this.root.replaceChildren(...entries);
  }
}

/** A short piece of a line on a canvas of its own. */
function lineSwatch(line, theme) {
  const canvas = element("canvas", "look");
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [28 * ratio, 12 * ratio];
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  paintCurve(context, [[1, 6], [27, 6]], line.colour, line.width, line.dash);
  if (line.shape !== undefined) paintMarker(context, theme, [14, 6], line);
  return canvas;
}

function paintMarkers(context, theme, points, curve) {
  let last = -Infinity;
  for (const point of points) {
    if (!point || point[0] - last < MARKER_GAP) continue;
    paintMarker(context, theme, point, curve);
    last = point[0];
  }
}

function paintMarker(context, theme, [x, y], { shape, colour }) {
  const size = 9;
  const stamp = sprite({ fill: colour, shape }, size, theme);
  const half = stamp.width / 4; // drawn at half its size, for sharpness
  context.drawImage(stamp, x - half, y - half, 2 * half, 2 * half);
}

/** A flag on the epoch axis; gives the box it takes. */
function paintFlag(context, theme, x, { bottom, top }) {
  context.globalAlpha = 0.4;
  paintCurve(context, [[x, top], [x, bottom]], theme.text, 1, [1, 4]);
  context.globalAlpha = 1;
  paintCurve(context, [[x, bottom], [x, bottom - 15]], theme.text, 1.5, []);
  context.beginPath();
  context.moveTo(x, bottom - 16);
  context.lineTo(x + 9, bottom - 12);
  context.lineTo(x, bottom - 8);
  context.fillStyle = theme.text;
  context.fill();
  return { left: x - 2, right: x + 10, top: bottom - 16, bottom };
}

const boxAround = ([x, y], radius) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });

/** Index of the number in sorted `values` nearest to `value`; -1 for none. */
function nearestIndex(values, value) {
  let best = values.length ? 0 : -1;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] - value) < Math.abs(values[best] - value)) best = i;
  return best;
}

/** The place of the first value of a curve below `level`; -1 when there is none. */
function firstBelow(values, level) {
  const clearly = level * 0.999; // by less than a thousandth is no passing
  return values.findIndex((value) => value !== null && value < clearly);
}

/** "passes PCA(2) at epoch 7, 0.4 s" of a history; "" when it does not. */
function passingWords({ epoch, val, seconds }, name, level) {
  const i = level === undefined ? -1 : firstBelow(val, level);
  if (i < 0) return "";
  const time = seconds?.[i] == null ? "" : `, ${secondsInWords(seconds[i])}`;
  return `passes ${name} at epoch ${whole(epoch[i])}${time}`;
}

function secondsInWords(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.095 ? 2 : 1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  return seconds < 5970 ? `${(seconds / 60).toFixed(seconds < 597 ? 1 : 0)} min` : `${(seconds / 3600).toFixed(1)} h`;
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

const FAR = 15; // pixels from a point to its label, beyond which a line joins them
const CLASH = 300; // what covering another label costs, in covered points of a curve

/** Puts labels where they cover neither each other nor much of the curves. */
class LabelPlacer {
  #taken = [];

  constructor(context, theme, plot, curves) {
    Object.assign(this, { context, theme, plot, points: curves.flatMap(dense) });
  }

  /** Keep labels out of this box. */
  keepFree(box) {
    this.#taken.push(box);
  }

  /** Write `text` at the best of `places` ([x, baseline, align]), or where there is room if all of them are taken. */
  put(text, places, colour) {
    const { context, theme } = this;
    context.font = `600 12px ${theme.font}`;
    const width = context.measureText(text).width;
    let found = this.#best(places, width, (_, i) => 0.1 * i);
    if (found.cost >= CLASH) found = this.#best(this.#everywhere(width), width, ([x, base]) => 0.05 * Math.hypot(x - places[0][0], base - places[0][1]));
    const { box } = found;
    this.#taken.push(box);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    haloText(context, theme, text, box.left, box.bottom - 3, colour);
    return box;
  }

  /** Write `text` near a point, with a line to it where it is not beside it. */
  putAt(text, [x, y]) {
    const box = this.put(text, around([x, y]), this.theme.text);
    const end = [clamp(x, box.left, box.right), clamp(y, box.top + 2, box.bottom - 2)];
    if (Math.hypot(end[0] - x, end[1] - y) > FAR) paintCurve(this.context, [[x, y + 6 * Math.sign(end[1] - y)], end], this.theme.text, 1, []);
  }

  #best(places, width, extra) {
    let best = { cost: Infinity };
    places.forEach((place, i) => {
      const box = this.#boxOf(...place, width);
      const cost = this.#cost(box) + extra(place, i);
      if (cost < best.cost) best = { cost, box };
    });
    return best;
  }

  #everywhere(width) {
    const { left, right, top, bottom } = this.plot;
    const places = [];
    for (let base = top + 13; base < bottom - 3; base += 9) {
      for (let x = left + 2; x + width < right; x += 14) places.push([x, base, "left"]);
    }
    return places.length ? places : [[left, top + 13, "left"]];
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
    return (inside ? 0 : 3 * CLASH) + CLASH * clashes + covered;
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
