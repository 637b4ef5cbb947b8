// Linked maps: several maps of the same rows. A rectangle drawn in one lights its rows in all of them and dims the
// rest; the row under the pointer is ringed in all. Only a click is told to Python: the row's index.

const DIM = 0.13; // alpha of a row that is not lit
const MOST_NAMED = 4; // classes named of what is lit
const HOW = "Drag a rectangle in a map to light its rows in the others (on a touch screen start sideways); hold Shift to move the map.";

export default function ({ data, parentElement, setTriggerValue }) {
  const [maps, unmount] = mounted(LinkedMaps, parentElement);
  maps.update(data, (point) => setTriggerValue("point", point));
  return unmount;
}

/** The colours of a scale twice over: a row's bin as it is, or, when others are lit and it is not, dimmed. */
class DimmedScale {
  constructor(scale) {
    this.scale = scale;
    this.half = scale.looks.length;
    this.looks = [...scale.looks, ...scale.looks.map((look) => ({ ...look, alpha: DIM }))];
    this.light(null);
  }

  /** `lit` has one entry per row, or is null: all are. */
  light(lit) {
    const { bins } = this.scale;
    this.bins = lit ? bins.map((bin, i) => (lit[i] ? bin : bin + this.half)) : bins;
    const rows = lit && [...bins.keys()];
    this.order = lit && [...rows.filter((i) => !lit[i]), ...rows.filter((i) => lit[i])]; // the lit ones on top
  }

  /** Both kinds of each bin. */
  both(hidden) {
    return new Set([...hidden].flatMap((bin) => [bin, bin + this.half]));
  }
}

class LinkedMaps {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    [this.room, this.words, this.clear] = [".panes", ".words", ".clear"].map(find);
    this.panes = [];
    this.lit = null; // one entry per row, or null
    this.brush = null; // {pane, x: [low, high], y: [low, high]}
    this.hovered = this.selected = -1;
    this.off = new Set();
    this.changes = new Changes();
    this.cards = new RowCards();
    this.surface = { redraw: () => this.redraw() };
    this.legend = new Legend(find(".legend"), this); // takes this for a scatter: it sets `hidden`
    this.clear.onclick = () => this.light(null, null);
    root.onkeydown = (event) => {
      if (event.key === "Escape") this.light(null, null);
    };
  }

  update(data, onClick) {
    this.data = data;
    this.onClick = onClick;
    this.root.style.setProperty("--height", `${data.height}px`);
    const named = this.changes.of("panes", data.maps.map((map) => map.name));
    if (named) this.#setPanes(data.maps.length);
    const other = this.changes.of("rows", [data.n, data.run]);
    if (other) this.#forgetRows();
    const recoloured = this.changes.of("colour", [data.colour, data.palette, data.n]);
    if (recoloured) this.scale = new DimmedScale(new ColourScale(data.colour, data.palette, data.n));
    this.panes.forEach((pane, i) => pane.update(data.maps[i], data.palette));
    this.cards.update(data);
    if (this.changes.of("selected", [data.selected, data.run])) this.selected = data.selected ?? -1;
    if (recoloured) this.legend.show(this.scale.scale);
    if (this.changes.of("lit", data.lit)) this.light(data.lit ? this.#marked(data.lit) : null, null);
    else if (named && this.brush) this.light(null, null);
    else this.light(this.lit, this.brush);
    this.legend.paint();
  }

  close() {
    this.panes.forEach((pane) => pane.close());
  }

  /** The classes switched off; each is two bins here. */
  set hidden(bins) {
    this.off = bins;
    for (const { scatter } of this.panes) scatter.hidden = this.scale.both(bins);
  }

  redraw() {
    this.panes.forEach((pane) => pane.scatter.surface.redraw());
  }

  /** Light these rows (null: all), drawn as a rectangle in one map or not. */
  light(lit, brush) {
    this.lit = lit;
    this.brush = brush;
    this.scale.light(lit);
    this.hidden = this.off;
    for (const { scatter } of this.panes) Object.assign(scatter, { scale: this.scale, order: this.scale.order });
    this.#say();
    this.redraw();
  }

  /** The row under the pointer, in whichever map. */
  point(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    this.redraw();
  }

  click(i) {
    this.selected = i;
    this.redraw();
    this.onClick(i);
  }

  isShown(i) {
    return !this.off.has(this.scale.scale.bins[i]);
  }

  cardOf(i) {
    return this.cards.partsOf(i, this.scale.scale);
  }

  #setPanes(n) {
    while (this.panes.length > n) this.panes.pop().close();
    while (this.panes.length < n) this.panes.push(new Pane(this, this.room));
  }

  #forgetRows() {
    this.lit = this.brush = null;
    this.hovered = -1;
  }

  #marked(rows) {
    const lit = new Uint8Array(this.data.n);
    rows.forEach((i) => (lit[i] = 1));
    return lit;
  }

  #say() {
    const n = this.lit ? this.lit.reduce((sum, one) => sum + one, 0) : 0;
    this.clear.hidden = !this.lit;
    this.words.textContent = this.lit ? `${whole(n)} of ${whole(this.data.n)} rows lit${this.#classes()}` : HOW;
    this.words.style.opacity = this.lit ? 1 : 0.75;
  }

  /** Of which classes the lit rows are, the largest first. */
  #classes() {
    const { levels, values } = this.scale.scale;
    if (!levels) return "";
    const counts = new Map();
    this.lit.forEach((one, i) => one && values[i] >= 0 && counts.set(values[i], (counts.get(values[i]) ?? 0) + 1));
    const largest = [...counts].sort((one, other) => other[1] - one[1]);
    const named = largest.slice(0, MOST_NAMED).map(([level, n]) => `${levels[level]} (${whole(n)})`);
    if (largest.length > MOST_NAMED) named.push("…");
    return named.length ? `: ${named.join(", ")}` : "";
  }
}

/** One map: its title, its points and what is measured of it. */
class Pane {
  constructor(maps, room) {
    this.maps = maps;
    this.root = element("figure", "pane");
    this.root.style.margin = 0;
    this.title = element("figcaption", "title");
    this.box = element("div", "box");
    this.canvas = element("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.reset = element("button", "reset", "reset view");
    this.reset.type = "button";
    this.reset.hidden = true;
    this.reset.dataset.testid = "reset";
    this.card = element("div", "card");
    this.card.dataset.testid = "card";
    this.card.hidden = true;
    this.notes = element("dl", "notes");
    this.box.append(this.canvas, this.reset, this.card);
    this.root.append(this.title, this.box, this.notes);
    room.append(this.root);
    this.changes = new Changes();
    this.scatter = new Scatter(this.canvas);
    this.scatter.overlay = (context, theme) => this.#paintOverlay(context, theme);
    this.panZoom = new PanZoom(this.scatter, this.box, this.reset, {
      hover: (at) => this.#hover(at),
      leave: () => this.#hideCard(),
      click: (at) => this.#click(at),
      look: () => this.#hideCard(),
      brush: (from, at) => this.#brush(from, at),
      brushed: (isKept) => this.#brushed(isKept),
    });
  }

  update(map, palette) {
    this.map = map;
    this.title.textContent = map.title;
    this.root.style.setProperty("--colour", palette[map.name] ?? palette.mean);
    this.root.dataset.testid = `pane-${map.name}`;
    if (this.changes.of("points", [map.x, map.y])) this.#setPoints(map);
    if (this.changes.of("notes", map.notes)) this.#setNotes(map.notes);
    this.scatter.labels = { x: map.x_label, y: map.y_label };
    const said = map.notes.map(([name, value]) => `${name} ${value}`).join(", ");
    this.canvas.setAttribute(
      "aria-label",
      `Map of ${this.scatter.x.length} rows: ${map.title}. ${said}. Arrow keys move it, plus and minus zoom, 0 resets.`,
    );
  }

  close() {
    this.scatter.surface.close();
    this.root.remove();
  }

  #setPoints({ name, x, y, x_label, y_label }) {
    const [xs, ys] = [unpack(x).values, y ? unpack(y).values : null];
    if (this.changes.of("map", [name, xs.length, x_label, y_label])) this.panZoom.zoomed = false;
    this.scatter.setPoints(xs, ys);
    this.panZoom.setHome(homeOf(xs, ys));
  }

  #setNotes(notes) {
    this.notes.replaceChildren(
      ...notes.map(([name, value]) => {
        const note = element("div");
        note.append(element("dt", "", name), element("dd", "", value));
        return note;
      }),
    );
  }

  // ---- brush

  #brush(from, at) {
    this.before ??= [this.maps.lit, this.maps.brush];
    this.#hideCard();
    const { plot, axes } = this.scatter;
    const span = (axis, one, other, low, high) =>
      [one, other].map((pixel) => axis.back(clamp(pixel, Math.min(low, high), Math.max(low, high)))).sort((a, b) => a - b);
    const x = span(axes.x, from[0], at[0], plot.left, plot.right);
    const y = span(axes.y, from[1], at[1], plot.top, plot.bottom);
    this.maps.light(this.#inside(x, y), { pane: this, x, y });
  }

  /** A rectangle with nothing in it, or one that turned out to scroll the page, changes nothing. */
  #brushed(isKept) {
    if (!isKept) this.maps.light(...this.before);
    else if (this.maps.lit && !this.maps.lit.includes(1)) this.maps.light(null, null);
    this.before = null;
  }

  #inside([left, right], [low, high]) {
    const { x, y } = this.scatter;
    return Uint8Array.from(x, (value, i) =>
      value >= left && value <= right && y[i] >= low && y[i] <= high && this.maps.isShown(i) ? 1 : 0,
    );
  }

  // ---- hover and click

  #hover([x, y]) {
    const i = this.scatter.nearest(x, y, REACH);
    if (i < 0) return this.#hideCard();
    if (i === this.maps.hovered && !this.card.hidden) return;
    this.maps.point(i);
    const parts = [...this.maps.cardOf(i), element("div", "place", placeOf(i, this.scatter, this.map))];
    showCard(this.card, this.box, ...this.scatter.place(i), parts);
  }

  #click(at) {
    this.#hover(at); // a tap has no hover before it
    const i = this.scatter.nearest(...at, REACH);
    if (i >= 0) this.maps.click(i);
    else this.maps.light(null, null);
  }

  #hideCard() {
    if (this.card.hidden) return;
    this.card.hidden = true;
    this.maps.point(-1);
  }

  // ---- rectangle and rings

  #paintOverlay(context, theme) {
    const { maps, scatter } = this;
    if (maps.brush?.pane === this) this.#paintBrush(context, theme, maps.brush);
    for (const [i, radius, width] of [[maps.hovered, 6, 1.5], [maps.selected, 8, 2.5]]) {
      if (i >= 0 && i < scatter.x.length && this.#isVisible(i)) paintRing(context, theme, scatter.place(i), radius, width);
    }
  }

  #paintBrush(context, theme, { x, y }) {
    const { plot, axes } = this.scatter;
    const [left, right] = x.map((value) => clamp(axes.x.at(value), plot.left, plot.right));
    const [bottom, top] = y.map((value) => clamp(axes.y.at(value), plot.top, plot.bottom));
    context.fillStyle = context.strokeStyle = theme.text;
    context.globalAlpha = 0.07;
    context.fillRect(left, top, right - left, bottom - top);
    context.globalAlpha = 0.8;
    context.lineWidth = 1;
    context.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, right - left, bottom - top);
    context.globalAlpha = 1;
  }

  #isVisible(i) {
    return this.maps.isShown(i) && isInside(this.scatter.place(i), this.scatter.plot);
  }
}
