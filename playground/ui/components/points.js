// A set of points in its own space: the points, the curve or surface that the decoder has learnt, the samples' errors.

const TURN = 0.01; // radians a pixel of a drag
const KEY_TURN = 0.12; // radians a press of an arrow key

/** Equal units on both axes; in three dimensions a plain projection without ticks. */
class SpaceScatter extends Scatter {
  solid = false;

  get plot() {
    const { width, height } = this.surface;
    return this.solid ? { left: 6, right: width - 6, top: 6, bottom: height - 6 } : super.plot;
  }

  get axes() {
    const { left, right, top, bottom } = this.plot;
    const { x, y } = this.view;
    const unit = Math.max((x[1] - x[0]) / (right - left), (y[1] - y[0]) / (bottom - top));
    const around = ([low, high], pixels) => [(low + high - unit * pixels) / 2, (low + high + unit * pixels) / 2];
    const axes = {
      x: linearAxis(around(x, right - left), left, right, Math.max(3, (right - left) / 80)),
      y: linearAxis(around(y, bottom - top), bottom, top, Math.max(3, (bottom - top) / 60)),
    };
    if (this.solid) axes.x.ticks = axes.y.ticks = [];
    return axes;
  }
}

class PointSpace {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    this.lines = new LineLegend(figure.querySelector(".lines"));
    this.errors = figure.querySelector(".errors");
    this.scatter = new SpaceScatter(this.canvas);
    this.scatter.overlay = (context, theme) => this.#paintOverlay(context, theme);
    this.angles = [0.7, 0.35]; // around the upright axis and above the horizon; kept over updates
    this.changes = new Changes();
    this.#listen();
  }

  setPoints(data, scale) {
    this.figure.hidden = data.kind !== "points" || !data.points;
    if (this.figure.hidden) return;
    this.data = data;
    this.scatter.scale = scale;
    if (this.changes.of("points", [data.points, data.samples, data.plane])) this.#take(data);
  }

  show(frame) {
    if (this.figure.hidden) return;
    this.frame = frame;
    if (frame?.latent) frame.latentValues ??= unpack(frame.latent);
    this.#showWords(frame);
    this.scatter.surface.redraw();
  }

  /** Marks a point of the space, such as a decoded one. */
  mark(point) {
    this.marked = point;
    this.scatter.surface.redraw();
  }

  close() {
    this.scatter.surface.close();
  }

  #take({ points, samples, plane, latent }) {
    const packed = unpack(points);
    const sides = packed.shape[1];
    this.points = Array.from({ length: sides }, (_, c) => column(packed, c));
    this.originals = rowsOf(unpack(samples.x));
    this.names = Array.from({ length: sides }, (_, c) => samples.feature_names[c] || "xyz"[c]);
    this.centre = this.points.map((values) => bulk(values)).map(([low, high]) => (low + high) / 2);
    this.isSheet = (latent?.shape[0] ?? 1) > 1;
    this.plane = plane ? extentOf(plane, this.points) : null;
    this.scatter.solid = sides === 3;
    this.canvas.tabIndex = sides === 3 ? 0 : -1;
    this.canvas.classList.toggle("turns", sides === 3);
    this.scatter.labels = sides === 3 ? { x: "", y: "" } : { x: this.names[0], y: this.names[1] };
    this.#turn(0, 0);
  }

  #showWords(frame) {
    const { palette, error_scale: scale, unit } = this.data;
    const curves = [
      { key: "learnt", name: this.isSheet ? "surface the decoder has learnt" : "curve the decoder has learnt", colour: palette.reconstruction },
      { key: "from", name: "from a point to its reconstruction", colour: palette.autoencoder },
    ].map((line) => ({ ...line, width: 2, dash: [], value: null }));
    if (this.plane) curves.push({ key: "pca", name: `PCA(${this.plane.m})`, colour: palette.pca, width: 1.5, dash: [7, 5], value: null });
    this.lines.show({ curves: [], references: curves }, null);
    const errors = scale && frame ? frame.squares.map((value) => threeDigits(value === null ? null : value * scale)) : [];
    this.errors.textContent = errors.length ? `the eight samples, ${unit}: ${errors.join(" · ")}` : "";
    const turn = this.scatter.solid ? " Drag or arrow keys turn it." : "";
    this.canvas.setAttribute("aria-label", `The points in their own space with what the decoder has learnt${frame?.epoch === undefined ? "" : ` at epoch ${frame.epoch}`}.${turn}`);
  }

  // ---- turning

  #listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => {
      if (!this.scatter.solid || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.held = [event.clientX, event.clientY];
    };
    canvas.onpointermove = (event) => {
      if (!this.held) return;
      this.#turn((event.clientX - this.held[0]) * TURN, (event.clientY - this.held[1]) * TURN);
      this.held = [event.clientX, event.clientY];
    };
    canvas.onpointerup = canvas.onpointercancel = () => (this.held = null);
    canvas.onkeydown = (event) => {
      const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      if (!turns[event.key] || !this.scatter.solid) return;
      event.preventDefault();
      this.#turn(...turns[event.key].map((step) => step * KEY_TURN));
    };
  }

  #turn(around, over) {
    this.angles = [this.angles[0] + around, clamp(this.angles[1] + over, -Math.PI / 2, Math.PI / 2)];
    const { scatter, points } = this;
    if (!scatter.solid) {
      scatter.view = { x: padded(bulk(points[0]), 0.08), y: padded(bulk(points[1]), 0.08) };
      return scatter.setPoints(points[0], points[1]);
    }
    this.#setSides();
    const n = points[0].length;
    const [x, y, depth] = [0, 1, 2].map(() => new Float32Array(n));
    for (let i = 0; i < n; i++) [x[i], y[i], depth[i]] = this.#project([points[0][i], points[1][i], points[2][i]]);
    scatter.order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => depth[b] - depth[a]); // far ones first
    const radius = this.#radius();
    scatter.view = { x: [-radius, radius], y: [-radius, radius] };
    scatter.setPoints(x, y);
  }

  #setSides() {
    const [[cosA, sinA], [cosB, sinB]] = this.angles.map((angle) => [Math.cos(angle), Math.sin(angle)]);
    this.sides = { right: [cosA, sinA, 0], up: [-sinA * sinB, cosA * sinB, cosB], deep: [-sinA * cosB, cosA * cosB, -sinB] };
  }

  /** Half the width that holds the points however they are turned. */
  #radius() {
    if (this.radius?.points === this.points) return this.radius.value;
    const away = Float32Array.from(this.points[0], (_, i) => Math.hypot(...this.points.map((side, c) => side[i] - this.centre[c])));
    this.radius = { points: this.points, value: bulk(away)[1] * 1.04 };
    return this.radius.value;
  }

  /** Right, up and depth of a point of the space; in two dimensions the point itself. */
  #project(point) {
    if (!this.scatter.solid) return point;
    const from = point.map((value, c) => value - this.centre[c]);
    return [this.sides.right, this.sides.up, this.sides.deep].map((side) => from[0] * side[0] + from[1] * side[1] + from[2] * side[2]);
  }

  // ---- painting

  #paintOverlay(context, theme) {
    if (!this.data) return;
    const { plot, axes } = this.scatter;
    const at = (point) => {
      const [x, y] = this.#project([...point]);
      return Number.isFinite(x) && Number.isFinite(y) ? [axes.x.at(x), axes.y.at(y)] : null;
    };
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
    context.clip();
    const { pca, reconstruction } = this.data.palette;
    for (const line of this.plane?.lines ?? []) paintCurve(context, line.map(at), pca, 1.25, [7, 5]);
    if (this.frame?.latent) this.#paintLearnt(context, theme, at, reconstruction);
    if (this.frame) this.#paintErrors(context, theme, at);
    const marked = this.marked && at(this.marked);
    if (marked) paintDot(context, marked, 6, reconstruction, theme.text);
    context.restore();
    if (this.scatter.solid) this.#paintCompass(context, theme);
  }

  #paintLearnt(context, theme, at, colour) {
    const [rows, columns] = this.data.latent.shape;
    const grid = rowsOf(this.frame.latentValues).map(at);
    const across = Array.from({ length: rows }, (_, r) => grid.slice(r * columns, (r + 1) * columns));
    const along = rows > 1 ? Array.from({ length: columns }, (_, c) => across.map((row) => row[c])) : [];
    const width = rows > 1 ? 1.1 : 2.75;
    if (rows === 1) across.forEach((line) => paintCurve(context, line, theme.background, width + 3, []));
    [...across, ...along].forEach((line) => paintCurve(context, line, colour, width, []));
  }

  #paintErrors(context, theme, at) {
    const { autoencoder } = this.data.palette;
    const made = rowsOf(this.frame.xHat);
    this.originals.forEach((original, i) => {
      const [from, to] = [at(original), at(made[i])];
      if (!from || !to) return;
      paintCurve(context, [from, to], theme.background, 4, []);
      paintCurve(context, [from, to], autoencoder, 2, []);
      paintDot(context, from, 3.5, theme.background, autoencoder);
      paintDot(context, to, 3, autoencoder, theme.background);
    });
  }

  /** Which way the three axes point. */
  #paintCompass(context, theme) {
    const [x, y, size] = [44, this.scatter.surface.height - 44, 24];
    context.font = `11px ${theme.font}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    this.names.forEach((name, c) => {
      const [right, up] = [this.sides.right[c], this.sides.up[c]];
      context.globalAlpha = 0.72;
      paintCurve(context, [[x, y], [x + size * right, y - size * up]], theme.text, 1.5, []);
      context.globalAlpha = 1;
      haloText(context, theme, name.slice(0, 8), x + (size + 11) * right, y - (size + 11) * up);
    });
  }
}

/** PCA's line, or its plane as a frame with a cross, as long as the points reach. */
function extentOf({ mean, components }, points) {
  const reach = components.map((component) => {
    const along = Float32Array.from(points[0], (_, i) => component.reduce((sum, value, c) => sum + value * (points[c][i] - mean[c]), 0));
    return bulk(along);
  });
  const at = (...steps) => mean.map((value, c) => value + components.reduce((sum, component, k) => sum + component[c] * steps[k], 0));
  if (components.length === 1) return { m: 1, lines: [reach[0].map((step) => at(step))] };
  const [[a, b], [c, d]] = reach;
  const inner = [0.25, 0.5, 0.75].flatMap((part) => [
    [at(a + part * (b - a), c), at(a + part * (b - a), d)],
    [at(a, c + part * (d - c)), at(b, c + part * (d - c))],
  ]);
  return { m: 2, lines: [[at(a, c), at(b, c), at(b, d), at(a, d), at(a, c)], ...inner] };
}
