// The points of a cloud on axes, flat or turned: WebGL where there is some, else pixels painted one by one.

const DIM = 0.16; // opacity of what the filter leaves out
const [HIDDEN, DIMMED, SHOWN] = [0, 1, 2]; // states of a point

// The lines around groups, and how the legend draws the same.
const DASHES = [{ dash: [7, 4], css: "dashed" }, { dash: [2, 3], css: "dotted" }, { dash: [], css: "solid" }];

class CloudScatter extends Scatter {
  solid = false; // in three dimensions
  angles = [0.6, 0.35]; // around the upright axis and above the horizon
  middle = [0, 0, 0]; // what turns in place
  radius = 1;
  mask = null; // of the filter; null: all
  leaveOut = false; // whether the filter's others are left out
  groups = []; // [{rows: Uint32Array, colour}]
  #gl = null;
  #layer = new PixelLayer();
  #stamps = { key: "" };
  #look = ""; // the theme that the looks were made for
  changed = {}; // since the last frame: places, states, looks, order
  halos = new Uint8Array(0); // per point, the number of its group from 1
  off = new Set(); // bins that the legend has switched off

  constructor(canvas) {
    super(canvas);
    this.states = new Uint8Array(0);
    this.#gl = GlPoints.make();
  }

  /** Whether points are painted by WebGL. */
  get isFast() {
    return this.#gl !== null;
  }

  close() {
    this.surface.close();
    this.#gl?.close();
  }

  /** Coordinates as one array each; the second and the third may be null. */
  setPlaces([x, y, z]) {
    this.solid = z != null;
    this.z = z ?? null;
    this.strip = !y;
    [this.x, this.y] = [x, y ?? jitter(x.length)];
    if (this.mask?.length !== x.length) this.mask = null; // of other points; their own comes next
    if (this.scale?.bins.length !== x.length) this.scale = null;
    if (this.solid) this.#measure();
    this.changed = { places: true, looks: true };
    this.setGroups([]);
    this.setStates();
  }

  /** After the filter, the legend's choice or the colours have changed. */
  setStates() {
    const { x, scale, mask, leaveOut } = this;
    if (!scale) return;
    const off = leaveOut ? HIDDEN : DIMMED;
    this.states = new Uint8Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const known = Number.isFinite(x[i] + this.y[i] + (this.z ? this.z[i] : 0));
      if (known && !this.off.has(scale.bins[i])) this.states[i] = mask && !mask[i] ? off : SHOWN;
    }
    this.changed.states = this.changed.order = true;
    this.surface.redraw();
  }

  /** Groups [{name, colour, rows}] to outline; each gets the middle of its points, on a flat map a line around them. */
  setGroups(groups) {
    const median = (side, rows) => Float32Array.from(rows, (i) => side[i]).filter(Number.isFinite).sort()[rows.length >> 1];
    const middleOf = (rows) => [this.x, this.y, this.z].filter(Boolean).map((side) => median(side, rows));
    const isFlat = !this.solid && !this.strip;
    this.groups = groups.map((group) => ({
      ...group,
      middle: group.rows.length ? middleOf(group.rows) : null,
      hull: isFlat ? hullOf(this.x, this.y, group.rows) : [],
    }));
    this.halos = new Uint8Array(this.x.length);
    this.groups.forEach(({ rows }, g) => rows.forEach((i) => (this.halos[i] = g + 1)));
    this.changed.looks = true;
    this.surface.redraw();
  }

  setScale(scale) {
    this.scale = scale;
    this.changed.looks = true;
    this.setStates();
  }

  // The legend sets what is switched off.
  get hidden() {
    return this.off;
  }

  set hidden(bins) {
    this.off = bins ?? new Set();
    if (this.scale && this.x?.length) this.setStates();
  }

  // ---- where things are

  get plot() {
    const { width, height } = this.surface;
    return this.solid ? { left: 4, right: width - 4, top: 4, bottom: height - 4 } : super.plot;
  }

  get axes() {
    return this.solid ? this.#solidAxes() : super.axes;
  }

  #solidAxes() {
    const { left, right, top, bottom } = this.plot;
    const { x, y } = this.view;
    const unit = Math.max((x[1] - x[0]) / (right - left), (y[1] - y[0]) / (bottom - top));
    const around = ([low, high], pixels) => [(low + high - unit * pixels) / 2, (low + high + unit * pixels) / 2];
    const axes = { x: linearAxis(around(x, right - left), left, right, 3), y: linearAxis(around(y, bottom - top), bottom, top, 3) };
    axes.x.ticks = axes.y.ticks = [];
    return axes;
  }

  /** Rows of the matrix that takes a place to (right, up, depth); flat maps are left as they are. */
  get sides() {
    if (!this.solid) return [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    const [[cosA, sinA], [cosB, sinB]] = this.angles.map((angle) => [Math.cos(angle), Math.sin(angle)]);
    return [[cosA, sinA, 0], [-sinA * sinB, cosA * sinB, cosB], [-sinA * cosB, cosA * cosB, -sinB]];
  }

  /** Any place of the space as [x pixel, y pixel, depth]. */
  at(place) {
    const { axes, sides, middle } = this;
    const from = [0, 1, 2].map((c) => (place[c] ?? 0) - (this.solid ? middle[c] : 0));
    const [right, up, deep] = sides.map((side) => side[0] * from[0] + side[1] * from[1] + side[2] * from[2]);
    return [axes.x.at(right), axes.y.at(up), deep];
  }

  /** Turned to these angles: around the upright axis and above the horizon. */
  turnTo(angles) {
    this.angles = angles;
    this.changed.order = true;
  }

  placeOf(i) {
    return [this.x[i], this.y[i], this.z ? this.z[i] : 0];
  }

  place(i) {
    return this.at(this.placeOf(i)).slice(0, 2);
  }

  /** Pixels (CSS) and depths of all points, in arrays that the next call overwrites. */
  project() {
    const { x, y, z, axes, sides, middle, solid } = this;
    const n = x.length;
    if (this.pixels?.x.length !== n) this.pixels = { x: new Float32Array(n), y: new Float32Array(n), depth: new Float32Array(n) };
    const { pixels } = this;
    const [kx, ky] = [axes.x.at(1) - axes.x.at(0), axes.y.at(1) - axes.y.at(0)];
    const [x0, y0] = [axes.x.at(0), axes.y.at(0)];
    const [[a, b], [c, d, e], [f, g, h]] = sides;
    for (let i = 0; i < n; i++) {
      if (!solid) {
        pixels.x[i] = x0 + kx * x[i];
        pixels.y[i] = y0 + ky * y[i];
        continue;
      }
      const [p, q, r] = [x[i] - middle[0], y[i] - middle[1], z[i] - middle[2]];
      pixels.x[i] = x0 + kx * (a * p + b * q);
      pixels.y[i] = y0 + ky * (c * p + d * q + e * r);
      pixels.depth[i] = f * p + g * q + h * r;
    }
    return pixels;
  }

  /** Index of the shown point nearest to a pixel within `reach` pixels, in space the front one of many; -1: none. */
  nearest(px, py, reach) {
    const { x, y, depth } = this.project();
    const front = this.solid ? 16 / (2 * this.radius) : 0; // what lies across the whole cloud counts as 4 pixels
    let [best, closest] = [-1, Infinity];
    for (let i = 0; i < x.length; i++) {
      if (this.states[i] !== SHOWN) continue;
      const [dx, dy] = [x[i] - px, y[i] - py];
      const away = dx * dx + dy * dy;
      if (away > reach * reach) continue;
      const score = away + front * depth[i];
      if (score < closest) [best, closest] = [i, score];
    }
    return best;
  }

  /** At most `count` shown points nearest to a pixel. */
  around(px, py, count) {
    const { x, y } = this.project();
    const near = [];
    for (let i = 0; i < x.length; i++) {
      if (this.states[i] !== SHOWN) continue;
      const away = (x[i] - px) ** 2 + (y[i] - py) ** 2;
      if (near.length === count && away >= near[count - 1][1]) continue;
      if (near.length === count) near.pop();
      const place = near.findIndex(([, other]) => other > away);
      near.splice(place < 0 ? near.length : place, 0, [i, away]);
    }
    return near.map(([i]) => i);
  }

  #measure() {
    this.ends = [this.x, this.y, this.z].map(bulk);
    const [a, b, c] = (this.middle = this.ends.map(([low, high]) => (low + high) / 2));
    const away = Float32Array.from(this.x, (x, i) => Math.hypot(x - a, this.y[i] - b, this.z[i] - c));
    const corner = Math.hypot(...this.ends.map(([low, high]) => (high - low) / 2));
    this.radius = Math.max(bulk(away)[1], corner) || 1; // of the ball that holds points and box however they are turned
  }

  // ---- painting

  /** Radius of a point in CSS pixels. */
  get dot() {
    return clamp(5.4 - 0.85 * Math.log10(Math.max(1, this.x.length)), 1.2, 4.5) * clamp(this.zoom ** 0.3, 0.8, 2);
  }

  get opacity() {
    return this.x.length > 20000 ? 0.75 : 1;
  }

  paintPoints(context, plot, axes, theme) {
    if (!this.scale) return 0;
    if (this.solid) this.#paintBox(context, theme);
    const image = this.#paintFast(plot, axes, theme) ?? this.#paintSlowly(plot, theme);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(image, 0, 0);
    context.restore();
    return this.solid ? 0 : this.#countOutside(axes);
  }

  /** Only what has changed since the last frame goes to the graphics card; null without one. */
  #paintFast(plot, axes, theme) {
    const gl = this.#gl;
    if (!gl || gl.isLost) return null;
    const { changed } = this;
    if (changed.places) gl.setPlaces(this.x, this.y, this.z);
    if (changed.states) gl.setStates(this.states);
    if (changed.looks || this.#look !== theme.background + theme.text) {
      gl.setLooks(this.scale, theme);
      gl.setHalos(this.halos, this.groups.map(({ colour }) => colour ?? theme.text));
      this.#look = theme.background + theme.text;
    }
    if (changed.order) gl.setOrder(this.#order());
    this.changed = {};
    const { surface, sides, dot, opacity } = this;
    const middle = this.solid ? this.middle : [0, 0, 0];
    const depths = this.solid ? [-this.radius, this.radius, 0.35] : [0, 1, 0];
    return gl.paint({ surface, plot, axes, sides, middle, dot, opacity, depths }, theme);
  }

  /** The points to paint: dimmed ones first, in space the far ones first. */
  #order() {
    const { states } = this;
    const all = this.solid ? farFirst(this.project().depth) : states.keys();
    const [dimmed, shown] = [new Uint32Array(states.length), new Uint32Array(states.length)];
    let [d, s] = [0, 0];
    for (const i of all) {
      if (states[i] === SHOWN) shown[s++] = i;
      else if (states[i] === DIMMED) dimmed[d++] = i;
    }
    dimmed.set(shown.subarray(0, s), d);
    return dimmed.subarray(0, d + s);
  }

  #countOutside({ x: across, y: up }) {
    if (this.zoom !== 1) return 0; // only said of the whole map
    let outside = 0;
    for (let i = 0; i < this.x.length; i++) {
      if (!(this.x[i] >= across.low && this.x[i] <= across.high && this.y[i] >= up.low && this.y[i] <= up.high)) outside++;
    }
    return outside;
  }

  #paintSlowly(plot, theme) {
    const { canvas, ratio } = this.surface;
    const { x, y } = this.project();
    const { list, rings, dim } = this.#stampsFor(theme, ratio);
    this.#layer.start(canvas.width, canvas.height);
    const stamp = (i, image) => {
      const [left, top] = [Math.round(x[i] * ratio - image.size / 2), Math.round(y[i] * ratio - image.size / 2)];
      const isIn = x[i] >= plot.left && x[i] <= plot.right && y[i] >= plot.top && y[i] <= plot.bottom;
      const isWhole = left >= 0 && top >= 0 && left + image.size <= canvas.width && top + image.size <= canvas.height;
      if (isIn && isWhole) this.#layer.stamp(image, left, top);
    };
    const { bins } = this.scale;
    if (!this.order || this.changed.order) this.order = this.#order();
    this.changed = { ...this.changed, order: false };
    for (const i of this.order) {
      if (this.halos[i]) stamp(i, rings[this.halos[i] - 1]);
      stamp(i, (this.states[i] === DIMMED ? dim : list)[bins[i]]);
    }
    return this.#layer.finish();
  }

  #stampsFor(theme, ratio) {
    const key = [this.dot.toFixed(1), ratio, theme.text, theme.background, this.groups.map(({ colour }) => colour ?? "text")].join();
    if (key !== this.#stamps.key || this.scale !== this.#stamps.scale) {
      const make = (look, radius, alpha) => stampOf(sprite(look, radius * ratio, theme, alpha));
      const list = this.scale.looks.map((look) => make(look, this.dot, this.opacity));
      const dim = this.scale.looks.map((look) => make({ ...look, alpha: DIM }, this.dot, 1));
      const rings = this.groups.map(({ colour }) => make({ fill: colour ?? theme.text, shape: 0 }, this.dot + 2, 1));
      this.#stamps = { key, scale: this.scale, list, dim, rings };
    }
    return this.#stamps;
  }

  /** The edges of the box that holds the bulk of the points, and the axes' names at the ends of three of them. */
  #paintBox(context, theme) {
    const corner = (bits) => this.at(this.ends.map(([low, high], c) => (bits & (1 << c) ? high : low)));
    context.strokeStyle = theme.text;
    context.lineWidth = 1;
    context.globalAlpha = 0.22;
    for (let from = 0; from < 8; from++) {
      for (const c of [0, 1, 2]) {
        if (from & (1 << c)) continue;
        const [[x0, y0], [x1, y1]] = [corner(from), corner(from | (1 << c))];
        context.beginPath();
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  /** A broken line around each group, another one for the next. */
  paintHulls(context, theme) {
    this.groups.forEach(({ hull, colour }, g) => {
      if (hull.length < 3) return;
      const corners = hull.map((place) => this.at(place));
      context.beginPath();
      for (const [x, y] of corners) context.lineTo(x, y);
      context.closePath();
      for (const [width, stroke, dash] of [[4, theme.background, []], [1.75, colour ?? theme.text, DASHES[g % DASHES.length].dash]]) {
        context.lineWidth = width;
        context.strokeStyle = stroke;
        context.setLineDash(dash);
        context.stroke();
      }
      context.setLineDash([]);
    });
  }

  /** Round numbers along the three edges that carry the axes' names, each moved a little out of the box. */
  paintTicks(context, theme) {
    context.font = `11px ${theme.font}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    const [x0, y0] = this.at(this.middle);
    const { left, right, top, bottom } = this.plot;
    this.ends.forEach(([low, high], c) => {
      const ticks = linearTicks(low, high, 3);
      tickLabels(ticks).forEach((label, i) => {
        const [x, y] = this.at(this.ends.map(([start], side) => (side === c ? ticks[i] : start)));
        const away = Math.hypot(x - x0, y - y0) || 1;
        const half = context.measureText(label).width / 2;
        const [across, down] = [x + (12 * (x - x0)) / away, y + (10 * (y - y0)) / away];
        context.globalAlpha = 0.8;
        haloText(context, theme, label, clamp(across, left + half, right - half), clamp(down, top + 8, bottom - 8));
      });
    });
    context.globalAlpha = 1;
  }

  /** Names of the three axes, each at the end of an edge of the box. */
  paintNames(context, theme, names) {
    context.font = `12px ${theme.font}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    names.forEach((name, c) => {
      const end = this.ends.map(([low, high], side) => (side === c ? high + 0.12 * this.radius : low));
      const [x, y] = this.at(end);
      const { left, right, top, bottom } = this.plot;
      const half = context.measureText(name).width / 2;
      haloText(context, theme, name, clamp(x, left + half, right - half), clamp(y, top + 8, bottom - 8));
    });
  }
}

/** Indices ordered by depth, the farthest first: by counting 1,024 slices, which a frame has the time for. */
function farFirst(depth) {
  const n = depth.length;
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) [low, high] = [Math.min(low, depth[i]), Math.max(high, depth[i])];
  const slices = 1024;
  const counts = new Uint32Array(slices + 1);
  const sliceOf = (i) => (high > low ? Math.min(slices - 1, Math.floor(((high - depth[i]) / (high - low)) * slices)) || 0 : 0);
  for (let i = 0; i < n; i++) counts[sliceOf(i) + 1]++;
  for (let s = 0; s < slices; s++) counts[s + 1] += counts[s];
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[counts[sliceOf(i)]++] = i;
  return order;
}

/** The corners [[x, y]] of the convex hull of some points, in order (Andrew 1979). */
function hullOf(x, y, rows) {
  const known = [...rows].filter((i) => Number.isFinite(x[i] + y[i])).sort((i, j) => x[i] - x[j] || y[i] - y[j]);
  const side = (i, j, k) => (x[j] - x[i]) * (y[k] - y[i]) - (y[j] - y[i]) * (x[k] - x[i]);
  const half = (order) => {
    const kept = [];
    for (const i of order) {
      while (kept.length > 1 && side(kept[kept.length - 2], kept[kept.length - 1], i) <= 0) kept.pop();
      kept.push(i);
    }
    return kept.slice(0, -1);
  };
  return [...half(known), ...half(known.reverse())].map((i) => [x[i], y[i]]);
}
