// What the input is changed by: a brush on pixels, a pull on a curve, a dot that is dragged, and a large canvas to draw
// on. Each owns its canvas; the sample's own units are the bench's (`bench.own`), which they change and then say so.

const BRUSH = [1, 3]; // pixels of the data: width that an edit begins with, of the eraser
const UNDO = 60;

/** Common to all: a canvas that a pointer or finger drags on, and keys. */
class Editor {
  constructor(bench, box, label) {
    this.bench = bench;
    this.canvas = element("canvas", "paper");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.dataset.testid = "editor";
    box.replaceChildren(this.canvas);
    this.surface = new Surface(this.canvas, (context, theme) => this.paint(context, theme));
    this.canvas.onpointerdown = (event) => this.#down(event);
    this.canvas.onpointermove = (event) => this.#move(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = () => this.#up();
    this.canvas.onpointerleave = () => this.#hover(null);
    this.canvas.onkeydown = (event) => this.#key(event);
    this.canvas.onblur = () => this.#aim(null);
  }

  #down(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.#aim(null);
    this.canvas.setPointerCapture(event.pointerId);
    this.last = pointIn(this.canvas, event);
    const started = performance.now();
    this.bench.remember();
    this.begin(this.last);
    this.bench.changed(started);
  }

  #move(event) {
    const here = pointIn(this.canvas, event);
    this.#hover(here);
    if (!this.last) return;
    const started = performance.now();
    this.drag(this.last, here);
    this.last = here;
    this.bench.changed(started);
  }

  #up() {
    if (!this.last) return;
    this.last = null;
    this.end();
    this.bench.letGo();
  }

  #hover(at) {
    this.at = at;
    this.surface.redraw();
  }

  #aim(cursor) {
    this.cursor = cursor;
    this.surface.redraw();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    const started = performance.now();
    const done = way ? this.go(way, event.shiftKey) : (event.key === " " || event.key === "Enter") && this.press();
    if (!way && !done) return;
    event.preventDefault();
    this.surface.redraw();
    if (done) {
      this.bench.changed(started);
      this.bench.rest();
    }
  }

  // What an editor may do; `go` and `press` say whether the sample has changed.
  begin() {}
  drag() {}
  end() {}
  go() {}
  press() {}
  look() {}

  close() {
    this.surface.close();
    this.canvas.remove();
  }
}

/** A brush on the pixels of a picture. */
class PictureEditor extends Editor {
  constructor(bench, box) {
    super(bench, box, "The input. Drag to paint. Arrow keys move a mark, space paints there.");
    [this.height, this.width, this.channels] = bench.known.look.shape;
    this.canvas.style.aspectRatio = `${this.width} / ${this.height}`;
    this.canvas.classList.add("pixels");
    this.weights = new Float32Array(this.height * this.width);
  }

  paint(context, theme) {
    const { surface, bench } = this;
    const { width, height } = surface;
    context.imageSmoothingEnabled = false;
    context.drawImage(bench.known.look.picture(bench.x), 0, 0, width, height);
    const unit = width / this.width;
    const at = this.cursor ? [(this.cursor[0] + 0.5) * unit, (this.cursor[1] + 0.5) * unit] : this.at;
    if (!at) return;
    ring(context, at, Math.max(3, (bench.tools.width * unit) / 2));
  }

  #pixel([x, y]) {
    return [(x / this.surface.width) * this.width, (y / this.surface.height) * this.height];
  }

  begin(at) {
    this.weights.fill(0);
    this.base = this.bench.own.slice();
    this.#stroke(this.#pixel(at), this.#pixel(at));
  }

  drag(from, to) {
    this.#stroke(this.#pixel(from), this.#pixel(to));
  }

  /** Every pixel near the line goes towards the brush's value, over one stroke only once. */
  #stroke([x0, y0], [x1, y1]) {
    const { bench, base, weights, width, height, channels } = this;
    const radius = bench.tools.width / 2;
    const values = bench.tools.levels(channels);
    const [dx, dy] = [x1 - x0, y1 - y0];
    const length = dx * dx + dy * dy || 1;
    const reach = radius + 1;
    const rows = [Math.floor(Math.min(y0, y1) - reach), Math.ceil(Math.max(y0, y1) + reach)];
    const columns = [Math.floor(Math.min(x0, x1) - reach), Math.ceil(Math.max(x0, x1) + reach)];
    for (let row = Math.max(0, rows[0]); row < Math.min(height, rows[1]); row++)
      for (let column = Math.max(0, columns[0]); column < Math.min(width, columns[1]); column++) {
        const [px, py] = [column + 0.5 - x0, row + 0.5 - y0];
        const along = clamp((px * dx + py * dy) / length, 0, 1);
        const away = Math.hypot(px - along * dx, py - along * dy);
        const weight = clamp(radius + 0.5 - away, 0, 1);
        const p = row * width + column;
        if (weight <= weights[p]) continue;
        weights[p] = weight;
        for (let c = 0, f = p * channels; c < channels; c++, f++)
          bench.own[f] = base[f] + weight * (values[c] - base[f]);
      }
  }

  go([dx, dy], isFar) {
    const step = isFar ? 5 : 1;
    const [x, y] = this.cursor ?? [Math.floor(this.width / 2), Math.floor(this.height / 2)];
    this.cursor = [clamp(x + dx * step, 0, this.width - 1), clamp(y + dy * step, 0, this.height - 1)];
    return false;
  }

  press() {
    const [x, y] = this.cursor ?? (this.cursor = [Math.floor(this.width / 2), Math.floor(this.height / 2)]);
    this.bench.remember();
    this.weights.fill(0);
    this.base = this.bench.own.slice();
    this.#stroke([x + 0.5, y + 0.5], [x + 0.5, y + 0.5]);
    return true;
  }
}

/** A ring that is seen on black and on white. */
function ring(context, [x, y], radius) {
  for (const [colour, width] of [["#000", 3], ["#fff", 1.25]]) {
    [context.strokeStyle, context.lineWidth] = [colour, width];
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** A large canvas to draw on; the network sees what `Drawing` makes of it. */
class DrawEditor extends Editor {
  constructor(bench, box) {
    super(bench, box, "Draw here with a pointer or a finger. Arrow keys move a mark, space draws a dot there.");
    this.page = document.createElement("canvas");
    this.drawing = bench.drawing ??= new Drawing(this.page, bench.known);
    this.canvas.style.aspectRatio = `${this.drawing.canvas.width} / ${this.drawing.canvas.height}`;
    this.seen = element("figure", "seen");
    this.small = labelledCanvas("What the network sees", "pixels");
    this.small.style.aspectRatio = String(bench.known.look.aspect);
    this.small.dataset.testid = "seen";
    this.seen.append(element("figcaption", "", "what the network sees"), this.small);
    box.append(this.seen);
    this.view = new Surface(this.small, (context) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(bench.known.look.picture(bench.x), 0, 0, this.view.width, this.view.height);
    });
  }

  paint(context) {
    const { width, height } = this.surface;
    context.drawImage(this.drawing.canvas, 0, 0, width, height);
    const at = this.cursor ? this.cursor.map((each) => each * this.#unit) : this.at;
    if (at) ring(context, at, Math.max(3, (this.bench.tools.width * this.drawing.unit * this.#unit) / 2));
  }

  /** CSS pixels of one pixel of the drawing. */
  get #unit() {
    return this.surface.width / this.drawing.canvas.width;
  }

  #at(point) {
    return point.map((each) => each / this.#unit);
  }

  begin(at) {
    const { tools } = this.bench;
    this.drawing.begin(this.#at(at), tools.width * this.drawing.unit, tools.css(this.drawing));
    this.see();
  }

  drag(_, to) {
    this.drawing.go(this.#at(to));
    this.see();
  }

  see() {
    this.drawing.seen(this.bench.tools.isPlaced, this.bench.own);
    this.bench.origin = "drawn";
    this.surface.redraw();
  }

  look() {
    this.view.redraw();
  }

  go([dx, dy], isFar) {
    const { width, height } = this.drawing.canvas;
    const step = isFar ? 40 : 8;
    const [x, y] = this.cursor ?? [width / 2, height / 2];
    this.cursor = [clamp(x + dx * step, 0, width), clamp(y + dy * step, 0, height)];
    return false;
  }

  press() {
    const { tools } = this.bench;
    this.bench.remember();
    this.drawing.begin(this.cursor ?? [140, 140], tools.width * this.drawing.unit, tools.css(this.drawing));
    this.see();
    return true;
  }

  close() {
    this.view.close();
    super.close();
    this.seen.remove();
  }
}

/** A curve that is redrawn where it is dragged. */
class WaveEditor extends Editor {
  constructor(bench, box) {
    super(bench, box, "The curve. Drag to redraw it. Left and right move a mark, up and down the curve there.");
    this.canvas.classList.add("wave");
  }

  get #room() {
    const { width, height } = this.surface;
    return { left: 44, top: 8, width: width - 50, height: height - 28 };
  }

  paint(context, theme) {
    const { look } = this.bench.known;
    const { left, top, width, height } = this.#room;
    const x = linearAxis([0.5, look.n_features + 0.5], left, left + width, Math.max(2, width / 80));
    const y = linearAxis(look.range, top + height, top, Math.max(2, height / 50));
    drawAxes(context, theme, { left, right: left + width, top, bottom: top + height }, x, y);
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    const made = this.bench.made?.autoencoder;
    if (made) paintWave(context, look.own(made), look.range, this.#room, this.bench.known.colours.autoencoder, 1.5);
    paintWave(context, this.bench.own, look.range, this.#room, theme.text, 2);
    context.restore();
    context.textAlign = "left";
    context.textBaseline = "top";
    if (at(look.units, 0)) faintText(context, at(look.units, 0), left + 4, top);
    if (this.cursor != null) ring(context, this.#pixel(this.cursor), 5);
  }

  #pixel(place) {
    const { left, width } = this.#room;
    const { range, n_features: n } = this.bench.known.look;
    return [left + ((place + 0.5) / n) * width, heightIn(this.#room, range)(this.bench.own[place])];
  }

  #at([px, py]) {
    const { left, top, width, height } = this.#room;
    const { range, n_features: n } = this.bench.known.look;
    const place = clamp(((px - left) / width) * n - 0.5, 0, n - 1);
    return [place, range[0] + clamp(1 - (py - top) / height, 0, 1) * (range[1] - range[0])];
  }

  begin(at) {
    this.drag(at, at);
  }

  drag(from, to) {
    const [[x0, y0], [x1, y1]] = [this.#at(from), this.#at(to)];
    const { own, tools } = this.bench;
    const reach = tools.width / 2;
    const [low, high] = [Math.min(x0, x1), Math.max(x0, x1)];
    for (let i = Math.max(0, Math.floor(low - reach)); i <= Math.min(own.length - 1, Math.ceil(high + reach)); i++) {
      const along = x1 === x0 ? 1 : clamp((i - x0) / (x1 - x0), 0, 1);
      const away = Math.max(0, low - i, i - high);
      const fall = 0.5 + 0.5 * Math.cos((Math.PI * Math.min(away, reach + 1)) / (reach + 1));
      const weight = away <= 0.5 ? 1 : Math.max(0, fall);
      if (weight) own[i] += weight * (y0 + along * (y1 - y0) - own[i]);
    }
  }

  go([dx, dy], isFar) {
    const { own, known } = this.bench;
    this.cursor ??= Math.floor(own.length / 2);
    if (dx) this.cursor = clamp(this.cursor + dx * (isFar ? 10 : 1), 0, own.length - 1);
    if (!dy) return false;
    const { range } = known.look;
    this.bench.remember();
    own[this.cursor] -= dy * (isFar ? 0.1 : 0.01) * (range[1] - range[0]);
    return true;
  }
}

/** The space of 2-D or 3-D points: the input as a dot to be dragged, what the codecs make of it beside. */
class PlaceEditor extends Editor {
  constructor(bench, box) {
    super(bench, box, "The space of the data. Drag the dot, or move it with the arrow keys.");
    this.canvas.classList.add("space");
  }

  get #room() {
    const { width, height } = this.surface;
    return { left: 0, top: 0, width, height };
  }

  paint(context, theme) {
    const { look, colours } = this.bench.known;
    look.paint(context, this.#room, this.bench.x, theme, theme.text);
    const place = placeIn(look, this.#room);
    const from = place(this.bench.own);
    for (const name of ["mean", "pca", "autoencoder"]) {
      const made = this.bench.made?.[name];
      if (!made) continue;
      const to = place(look.own(made));
      [context.strokeStyle, context.lineWidth] = [colours[name], 1.5];
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
      context.fillStyle = colours[name];
      dot(context, ...to, 5);
    }
    context.fillStyle = theme.text;
    dot(context, ...from, 5);
    if (this.at) ring(context, from, 8);
  }

  begin(to) {
    const from = placeIn(this.bench.known.look, this.#room)(this.bench.own);
    this.drag(from, to);
  }

  /** The smallest step in the data's space that moves the dot to where the pointer is. */
  drag(_, to) {
    const { own, known } = this.bench;
    const place = placeIn(known.look, this.#room);
    const [zero, now] = [place(Array.from(own, () => 0)), place(own)];
    const axes = Array.from(own, (_, i) => {
      const tip = place(Array.from(own, (_, j) => (i === j ? 1 : 0)));
      return [tip[0] - zero[0], tip[1] - zero[1]];
    });
    const gram = (a, b) => axes.reduce((sum, axis) => sum + axis[a] * axis[b], 0);
    const [p, q, r] = [gram(0, 0), gram(0, 1), gram(1, 1)];
    const det = p * r - q * q;
    if (!(Math.abs(det) > 1e-12)) return;
    const [dx, dy] = [to[0] - now[0], to[1] - now[1]];
    const [u, v] = [(r * dx - q * dy) / det, (p * dy - q * dx) / det];
    axes.forEach((axis, i) => (own[i] += axis[0] * u + axis[1] * v));
  }

  go([dx, dy], isFar) {
    const step = isFar ? 20 : 2;
    this.bench.remember();
    const now = placeIn(this.bench.known.look, this.#room)(this.bench.own);
    this.drag(now, [now[0] + dx * step, now[1] + dy * step]);
    return true;
  }
}
