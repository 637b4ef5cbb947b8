// The latent pad: held-out codes, and under pointer, finger or keys what the decoder makes of that point, at once.
// A mouse that hovers only looks: where it leaves, the point goes back to where it was put (click, drag, keys, slider).

export default function ({ data, parentElement, setTriggerValue }) {
  const [pad, unmount] = mounted(Pad, parentElement);
  pad.update(data, setTriggerValue);
  return unmount;
}

const NEAR_POINT = 7; // pixels from a held-out code at which a click means its sample
const REST = 300; // milliseconds without a move before Python is told
const BUDGET = [2, 9]; // milliseconds a frame for holes and surface: while the point moves, and else
const TILE = 44; // pixels on a side of a decoded picture on the surface, about
const VEIL = 0.38; // of the holes over what lies below
const MOST_UNITS = 6; // said one by one
const MOST_COLUMNS = 12; // of the nearest row
const DIMMED = 0.4; // codes over the decoded surface
const MOST_KEPT = 240; // times from pointer to paint, for whoever measures

class Pad {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    root.latencies = [];
    const parts = [".points", ".share", ".key", ".at", ".told"];
    [this.canvas, this.share, this.key, this.at, this.told] = parts.map(find);
    this.changes = new Changes();
    this.scatter = new PadScatter(this.canvas);
    this.under = new Surface(find(".under"), (context) => this.#paintUnder(context));
    this.over = new Surface(find(".over"), (context, theme) => this.#paintOver(context, theme));
    this.legend = new Legend(find(".legend"), this.scatter);
    this.neighbour = new Neighbour(find(".near"));
    this.holes = new HoleGrid();
    this.tiles = new TileGrid();
    this.layers = new Layers(find(".layers"), () => this.#switch());
    this.sent = []; // points that Python knows from us
    this.moved = -Infinity;
    this.panZoom = new PanZoom(this.scatter, find(".map .box"), find(".reset"), {
      hover: (at) => this.#aim(at),
      leave: () => this.#show(this.put),
      click: (at) => this.#click(at),
      brush: (_, at) => this.#drag(at),
      brushed: () => this.#settle(),
      look: () => this.#refresh(),
    });
    this.#listen();
    this.#offerZoom(find(".zoom .in"), 1.25, "Zooms in");
    this.#offerZoom(find(".zoom .out"), 0.8, "Zooms out");
    // The plot's size is known only when the surface has been observed, and decides how many tiles there are.
    this.sizes = new ResizeObserver(() => this.#refresh());
    this.sizes.observe(this.canvas);
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.root.style.setProperty("--height", `${data.height}px`);
    this.root.style.setProperty("--hole", data.palette.mean);
    if (this.changes.of("run", data.run)) this.#join(data.run);
    if (this.changes.of("rows", data.rows_key)) this.#awaitRows(data.rows_key);
    else this.#setMap();
    if (this.changes.of("network", [data.network, data.look])) this.#awaitNetwork(data);
    const isNew = this.changes.of("point", data.point) && !this.sent.includes(String(data.point));
    if (isNew) this.#put(Float32Array.from(data.point));
    if (this.changes.of("decoded", data.decoded) && data.decoded) this.#showDecoded(unpack(data.decoded).values);
    if (this.legend.scale) this.legend.paint();
    this.over.redraw();
    this.#refresh();
  }

  close() {
    for (const stop of [this.stopRows, this.stopNetwork, this.stopListening]) stop?.();
    for (const surface of [this.scatter.surface, this.under, this.over]) surface.close();
    this.sizes.disconnect();
    this.view?.close();
    this.space?.close();
    for (const frame of [this.asked, this.working]) cancelAnimationFrame(frame);
    clearTimeout(this.resting);
  }

  // ---- what has come

  #join(run) {
    this.stopListening?.();
    this.point = codePointOf(run);
    this.sent = [];
    this.stopListening = this.point.listen((z, source) => {
      if (source === "pad" || z.length !== this.data.point.length) return;
      this.put = Float32Array.from(z);
      this.#show(this.put, false);
    });
  }

  #awaitRows(key) {
    this.stopRows?.();
    this.rows = null;
    this.stopRows = rowsOfKey(key, (rows) => {
      this.rows = rows;
      this.#setMap();
      if (this.z) this.#show(this.z, false);
    });
  }

  #awaitNetwork({ network, look }) {
    this.stopNetwork?.();
    this.net = null;
    this.tiles.clear();
    if (!network) return this.#setLook(look);
    this.stopNetwork = networkOf(network, (net) => {
      this.net = net;
      this.#setLook(net.look);
      if (this.z) this.#show(this.z, false);
    });
  }

  #setLook(payload) {
    this.look = new Look(payload);
    if (this.view) this.view.setLook(this.look);
    else this.view = new SampleView(this.root.querySelector(".decoded"), this.look);
    this.root.classList.toggle("in-words", this.look.kind === "table");
    this.neighbour.forget();
    this.layers.offer("surface", this.net !== null && this.look.kind !== "points");
    setText(this.key, this.look.cellWords);
    this.#refresh();
  }

  #setMap() {
    const { data, rows, scatter } = this;
    if (!rows) return;
    const [across, up] = data.units;
    const moved = this.changes.of("map", [data.rows_key, data.units]);
    if (moved) {
      scatter.labels = { x: data.names[across], y: up === null ? "" : data.names[up] };
      const [xs, ys] = [column(rows.held, across), up === null ? null : column(rows.held, up)];
      scatter.setPoints(xs, ys);
      this.panZoom.zoomed = false;
      this.panZoom.setHome(homeOf(xs, ys));
    }
    if (this.changes.of("colour", [data.colour, data.palette]) || moved) {
      scatter.scale = new ColourScale(data.colour, data.palette, scatter.x.length);
      this.#switch();
      const how = "Arrow keys move the decoded point, with shift ten times as far; plus and minus zoom, 0 resets.";
      this.canvas.setAttribute("aria-label", `Map of ${scatter.x.length} codes. ${how}`);
    }
    this.#setSpace();
    scatter.surface.redraw();
  }

  /** The data space of points, with the curve or surface through it. */
  #setSpace() {
    const { space: given, palette } = this.data;
    this.root.classList.toggle("has-space", Boolean(given));
    if (!given) this.root.querySelector(".space").hidden = true;
    if (!given || !this.scatter.scale) return;
    if (!this.changes.of("space", [given, this.data.colour, this.data.units])) return;
    this.space ??= new PointSpace(this.root.querySelector(".space"));
    const samples = { x: given.x, feature_names: given.names };
    const latent = { shape: given.shape };
    const space = { kind: "points", points: given.points, samples, latent, palette, unit: "" };
    this.space.setPoints(space, this.scatter.scale);
    this.space.show({ latent: given.latent, xHat: unpack(given.x_hat), squares: [] });
  }

  // ---- the point

  /** A copy of the point that was put, with the units on show at a pixel. */
  #pointAt([px, py]) {
    const { left, right, top, bottom } = this.scatter.plot;
    const { x, y } = this.scatter.axes;
    const [across, up] = this.data.units;
    const z = Float32Array.from(this.put);
    z[across] = x.back(clamp(px, left, right));
    if (up !== null) z[up] = y.back(clamp(py, top, bottom));
    return z;
  }

  /** Look at the point under the pointer: decoded now, so that this very frame shows it, and at most twice a frame. */
  #aim(at, z = this.put && this.#pointAt(at)) {
    if (!z) return;
    const started = performance.now();
    if (this.asked) return (this.wanted = z);
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      if (this.wanted) this.#show(this.wanted);
      this.wanted = null;
    });
    this.#show(z);
    requestAnimationFrame(() => this.#note(started)); // after the frame's painting, for it was asked for last
  }

  #note(started) {
    const { latencies } = this.root;
    latencies.push(performance.now() - started);
    if (latencies.length > MOST_KEPT) latencies.shift();
  }

  /** Put the point somewhere for good. */
  #put(z) {
    this.put = z;
    this.#show(z);
  }

  #show(z, isOurs = true) {
    if (!z) return;
    this.wanted = null;
    this.z = z;
    this.moved = performance.now();
    if (isOurs) this.point.set(z, "pad");
    if (this.net && z.length === this.net.latentDim) this.#showDecoded(this.net.decode(z));
    this.#showNear(z);
    this.over.redraw();
    if (this.changes.of("others", this.#others())) this.#refresh();
  }

  #showDecoded(x) {
    if (!this.view) return;
    const z = this.net ? this.z : this.data.point;
    this.view.show(x, `decoded at ${this.#wordsOf(z)}`);
    this.space?.mark(Float32Array.from(x));
  }

  #showNear(z) {
    if (!this.net) setText(this.at, `the cross is at ${this.#wordsOf(z)}`);
    this.at.hidden = this.net !== null;
    if (!this.rows) return;
    const near = nearestCode(this.rows.train, z);
    this.neighbour.show(near, this.rows, this.look);
    this.near = near;
  }

  #wordsOf(z) {
    z = Array.from(z);
    const shown = this.data.units.filter((unit) => unit !== null);
    const units = [...shown, ...[...z.keys()].filter((unit) => !shown.includes(unit))];
    const words = units.slice(0, MOST_UNITS).map((unit) => `${this.data.names[unit]} ${threeDigits(z[unit])}`);
    return words.join(" · ") + (units.length > MOST_UNITS ? ` · and ${units.length - MOST_UNITS} more units` : "");
  }

  /** The units that the map does not show, which say where its square lies. */
  #others() {
    return Array.from(this.z ?? [], (value, unit) => (this.data.units.includes(unit) ? 0 : value));
  }

  /** Python hears of the point only when it rests. */
  #settle() {
    clearTimeout(this.resting);
    const z = this.put;
    this.resting = setTimeout(() => {
      setText(this.told, `${this.#wordsOf(z)}; ${this.neighbour.words}`);
      this.sent = [...this.sent.slice(-7), String(Array.from(z))];
      this.tell("settled", Array.from(z));
    }, REST);
  }

  // ---- hands

  #listen() {
    const zoomKeys = this.canvas.onkeydown;
    this.canvas.onkeydown = (event) => this.#key(event) || zoomKeys(event);
  }

  #offerZoom(button, factor, words) {
    button.onclick = () => this.panZoom.zoomBy(factor);
    button.title = `${words}, as the wheel, two fingers and the plus and minus keys do; "reset view" shows all again`;
  }

  #key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[event.key];
    if (!way || !this.put || event.ctrlKey || event.metaKey || event.altKey) return false;
    event.preventDefault();
    const { view, strip } = this.scatter;
    const [across, up] = this.data.units;
    const size = event.shiftKey ? 0.1 : 0.01;
    const z = Float32Array.from(this.put);
    z[across] = clamp(z[across] + way[0] * size * (view.x[1] - view.x[0]), ...view.x);
    if (!strip) z[up] = clamp(z[up] + way[1] * size * (view.y[1] - view.y[0]), ...view.y);
    this.put = z;
    this.#aim(null, z);
    this.#settle();
    return true;
  }

  #drag(at) {
    if (!this.put) return;
    this.put = this.#pointAt(at);
    this.#aim(at, this.put);
  }

  #click(at) {
    if (!this.put) return;
    const i = this.scatter.nearest(...at, NEAR_POINT);
    if (i >= 0) {
      clearTimeout(this.resting);
      return this.tell("point", i); // Python puts the point on the sample's code
    }
    this.#drag(at);
    this.#settle();
  }

  // ---- holes and surface

  /** A layer was switched on or off. */
  #switch() {
    const { scatter, legend } = this;
    if (!scatter.scale) return;
    legend.show(scatter.scale); // with the classes that it hides
    if (!this.layers.shows("codes")) {
      scatter.hidden = new Set(scatter.scale.looks.keys());
      legend.root.hidden = true;
    }
    this.#refresh();
  }

  /** The map has moved, or what lies under it has changed. */
  #refresh() {
    const { scatter, rows, data } = this;
    scatter.isOverPictures = this.#hasSurface;
    this.key.hidden = !this.#hasSurface || !this.key.textContent;
    this.scatter.surface.redraw();
    this.under.redraw();
    this.over.redraw();
    if (!rows || !this.z || !scatter.surface.width || !this.look) return;
    const { left, right, top, bottom } = scatter.plot;
    const size = [right - left, bottom - top];
    if (size[0] < 10 || size[1] < 10) return;
    const view = { x: [...scatter.view.x], y: [...scatter.view.y] };
    const others = this.#others();
    const theme = themeAt(this.root);
    this.holesKey ??= new Changes();
    if (this.holesKey.of("view", [view, size, others, data.rows_key, data.units])) {
      this.holes.start(view, size, rows.train, data.units, this.z, rows.reach, data.palette.mean);
    }
    if (this.#hasSurface) {
      const { strip } = scatter;
      const wide = this.look.aspect;
      const side = this.look.kind === "image" ? TILE : TILE * 1.5; // waves and cells are finer than digits
      const cell = strip ? [clamp(size[1] * wide, 36, 110), size[1]] : [side * Math.sqrt(wide), side / Math.sqrt(wide)];
      const stamp = JSON.stringify([others, data.units, data.network, theme.background, size, scatter.surface.ratio]);
      const gap = { image: 0, table: 8 }[this.look.kind] ?? 4; // lines between pictures would look like a grid
      const tileOf = (...place) => this.#tile(...place);
      this.tiles.look({ home: this.panZoom.home, view, size, cell, gap, strip, stamp, tileOf });
    }
    if (!this.working) this.working = requestAnimationFrame(() => this.#work());
  }

  get #hasSurface() {
    return this.layers.shows("surface") && this.net !== null;
  }

  #work() {
    this.working = 0;
    const now = performance.now();
    const deadline = now + BUDGET[Number(now - this.moved > 100)];
    const found = this.holes.work(deadline);
    const made = this.#hasSurface && this.tiles.work(deadline);
    if (found) this.#showShare();
    if (found || made) this.under.redraw();
    const isDone = !this.holes.next && !(this.#hasSurface && this.tiles.queue.length);
    if (!isDone) this.working = requestAnimationFrame(() => this.#work());
  }

  #showShare() {
    const { share } = this.holes.done;
    const percent = share > 0 && share < 0.01 ? "less than 1 %" : `${Math.round(100 * share)} %`;
    const what = this.scatter.strip ? "stretch" : "square";
    const m = this.data.point.length;
    const isSlice = m > this.data.units.filter((unit) => unit !== null).length;
    const slice =
      ` It is one slice of a code of ${m} dimensions, at the other units' values: points of other slices lie over it too, ` +
      "some of them over what is a hole here.";
    setText(this.share, `Holes: ${percent} of the ${what} on show.${isSlice ? slice : ""}`);
  }

  /** One tile of the surface: the sample decoded at (x, y) of the map. */
  #tile(x, y, width, height) {
    const [across, up] = this.data.units;
    const z = Float32Array.from(this.z);
    z[across] = x;
    if (up !== null) z[up] = y;
    const ratio = this.scatter.surface.ratio || 1;
    const tile = document.createElement("canvas");
    [tile.width, tile.height] = [width, height].map((side) => Math.max(1, Math.round(side * ratio)));
    const context = tile.getContext("2d");
    const theme = themeAt(this.root);
    context.scale(ratio, ratio);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, width, height);
    this.look.paint(context, { left: 0, top: 0, width, height }, this.net.decode(z), theme);
    return tile;
  }

  #paintUnder(context) {
    const { plot, axes } = this.scatter;
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
    context.clip();
    if (this.#hasSurface && this.tiles.view) this.tiles.paint(context, axes);
    if (this.layers.shows("holes") && this.holes.done) this.#paintHoles(context, axes);
    context.restore();
  }

  #paintHoles(context, axes) {
    const { x, y } = this.holes.done;
    const [left, top] = [axes.x.at(x[0]), axes.y.at(y[1])];
    context.globalAlpha = VEIL;
    context.imageSmoothingEnabled = true;
    context.drawImage(this.holes.picture, left, top, axes.x.at(x[1]) - left, axes.y.at(y[0]) - top);
    context.globalAlpha = 1;
  }

  // ---- cross and ring

  #paintOver(context, theme) {
    const { scatter, data, z } = this;
    if (!data || !z || !scatter.scale) return;
    const { plot, axes } = scatter;
    const i = data.selected ?? -1;
    const isOnMap = i >= 0 && i < scatter.x.length && isInside(scatter.place(i), plot);
    if (isOnMap) paintRing(context, theme, scatter.place(i), 7, 2);
    const [across, up] = data.units;
    const [px, py] = [axes.x.at(z[across]), up === null ? (plot.top + plot.bottom) / 2 : axes.y.at(z[up])];
    // At the rim where it is off the map.
    const inside = [clamp(px, plot.left, plot.right), clamp(py, plot.top, plot.bottom)];
    paintAim(context, plot, inside, up === null, 4, theme.background);
    paintAim(context, plot, inside, up === null, 1.5, theme.text);
  }
}

/** Codes that step back where the decoded surface lies under them, and no grid over it. */
class PadScatter extends Scatter {
  isOverPictures = false;

  paintPoints(context, plot, axes, theme) {
    if (!this.isOverPictures) return super.paintPoints(context, plot, axes, theme);
    context.clearRect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
    context.globalAlpha = DIMMED;
    const outside = super.paintPoints(context, plot, axes, theme);
    context.globalAlpha = 1;
    return outside;
  }
}

/** A cross over the whole map with a gap around the point. */
function paintAim(context, { left, right, top, bottom }, [x, y], strip, width, colour) {
  const gap = 9;
  const beside = [[left, y, x - gap, y], [x + gap, y, right, y]];
  const lines = strip ? [[x, top, x, bottom]] : [...beside, [x, top, x, y - gap], [x, y + gap, x, bottom]];
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.globalAlpha = 0.75;
  context.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    if (x1 < x0 || y1 < y0) continue;
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
  context.globalAlpha = 1;
  if (strip) return;
  context.beginPath();
  context.arc(x, y, gap - 3, 0, 2 * Math.PI);
  context.stroke();
}

/** The layers of the map, each switched by its own word. */
class Layers {
  #shown = { surface: false, holes: true, codes: true };
  #buttons = {};

  constructor(root, onChange) {
    const names = { surface: "decoded surface", holes: "holes", codes: "held-out codes" };
    const says = {
      surface: "Covers the map with what the decoder makes of it, finer where you zoom in",
      holes: "Shades what lies far from every training code: there the decoder was never trained",
      codes: "Shows the held-out codes; without them the decoded surface is seen whole",
    };
    for (const [layer, name] of Object.entries(names)) {
      const button = element("button");
      button.type = "button";
      button.dataset.testid = layer;
      if (layer === "holes") button.append(element("i", "swatch"));
      button.append(name);
      button.onclick = () => {
        this.#shown[layer] = !this.#shown[layer];
        this.#mark(layer, says);
        onChange();
      };
      this.#buttons[layer] = button;
      this.#mark(layer, says);
      root.append(button);
    }
  }

  shows(layer) {
    return this.#shown[layer];
  }

  offer(layer, isThere) {
    this.#buttons[layer].hidden = !isThere;
    if (!isThere) this.#shown[layer] = false;
  }

  #mark(layer, says) {
    const button = this.#buttons[layer];
    button.setAttribute("aria-pressed", String(this.#shown[layer]));
    button.title = `${says[layer]}. Now ${this.#shown[layer] ? "on" : "off"}.`;
  }
}

/** How far that is beside the distances from each training code to its nearest other one, by their percentiles. */
function standingWords(distance, apart) {
  const percent = apart.filter((each) => each < distance).length - 1;
  if (apart.length && percent >= 100) return "farther than any training code is from its nearest other one";
  if (percent >= 50) return `farther than ${percent} % of the training codes are from their nearest other one`;
  return "as near as training codes usually are to each other";
}

/** Columns of a row, each "name: value", and how many more there are. */
function ownWords(x, look) {
  const words = look.words(x, MOST_COLUMNS).map(([name, value]) => `${name}: ${value}`);
  const left = (look.columns.length || look.n_features) - words.length;
  return left > 0 ? [...words, `and ${whole(left)} more column${left > 1 ? "s" : ""}`] : words;
}

/** The training row whose code is nearest. */
class Neighbour {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    [this.away, this.who, this.hole] = ["b", "div", "div"].map((tag) => element(tag));
    figure.querySelector("figcaption").append(this.away, this.who, this.hole);
    this.words = "";
  }

  /** What is drawn has changed. */
  forget() {
    this.place = -1;
    this.rows = null;
  }

  show({ place, distance }, rows, look) {
    this.words = `nearest training code ${threeDigits(distance)} away`;
    const isHole = distance > rows.reach;
    setText(this.away, this.words);
    setText(this.hole, `${isHole ? "a hole: " : ""}${standingWords(distance, rows.apart)}`);
    if (isHole) this.words += ", a hole";
    if (place < 0 || !look || (place === this.place && rows === this.rows)) return;
    Object.assign(this, { place, rows });
    const features = rows.features ? rowOf(rows.features, place) : null;
    const own = features && look.kind === "table" ? ownWords(features, look) : [];
    const apart = (rows.words[place] ?? "").split(" · ").filter((words) => words && !own.includes(words));
    setText(this.who, [`row ${whole(rows.numbers[place] + 1)}`, ...apart, ...own].join(" · "));
    this.#paint(rows, features, look, place);
  }

  #paint({ pictures }, features, look, place) {
    this.canvas.hidden = !pictures && !features;
    if (pictures) return drawPicture(this.canvas, pictures, place);
    if (!features) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [80, 80 / look.aspect];
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    look.paint(context, { left: 0, top: 0, width, height }, features, themeAt(this.figure));
  }
}
