// The code map: held-out codes to zoom, pan, hover and click. A click tells Python the point's index.

const REACH = 12; // pixels around the pointer in which the nearest point is found
const STILL = 4; // pixels a press may move and still be a click
const LINES = 12; // of a row's text that the card shows

const maps = new WeakMap(); // mount point -> CodeMap; the same for every update of one mounted component

export default function ({ data, parentElement, setTriggerValue }) {
  if (!maps.has(parentElement)) maps.set(parentElement, new CodeMap(parentElement.querySelector(".code-map")));
  const map = maps.get(parentElement);
  map.update(data, (point) => setTriggerValue("point", point));
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}

class CodeMap {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    [this.box, this.canvas, this.card, this.resetButton] = [".box", "canvas", ".card", ".reset"].map(find);
    this.scatter = new Scatter(this.canvas);
    this.scatter.overlay = (context, theme) => this.#paintOverlay(context, theme);
    this.legend = new Legend(find(".legend"), this.scatter);
    this.picture = element("canvas", "pixels");
    this.changes = new Changes();
    this.pointers = new Map(); // pressed pointers: id -> [x, y]
    this.zoomed = false;
    this.hovered = -1;
    this.#listen();
  }

  update(data, onClick) {
    this.data = data;
    this.onClick = onClick;
    this.root.style.setProperty("--height", `${data.height}px`);
    const moved = this.changes.of("points", [data.x, data.y]);
    if (moved) this.#setPoints(data);
    if (this.changes.of("colour", [data.colour, data.palette]) || moved) this.#setColour(data);
    if (this.changes.of("pictures", data.pictures)) this.#setPictures(data.pictures);
    // The ring follows a click at once; Python moves it only by sending another index than before.
    if (this.changes.of("selected", data.selected)) this.selected = data.selected ?? -1;
    if (moved) this.#hideCard();
    this.legend.paint();
    this.scatter.surface.redraw();
  }

  close() {
    this.scatter.surface.close();
  }

  #setPoints({ x, y, x_label, y_label }) {
    const [xs, ys] = [unpack(x).values, y ? unpack(y).values : null];
    // A visitor's zoom outlives new positions of the same points (another epoch), but not another map.
    if (this.changes.of("map", [xs.length, x_label, y_label])) {
      this.zoomed = false;
      this.selected = this.data.selected ?? -1;
    }
    this.scatter.labels = { x: x_label, y: y_label };
    this.scatter.setPoints(xs, ys);
    this.home = { x: padded(bulk(xs), 0.05), y: ys ? padded(bulk(ys), 0.05) : [-1, 1] };
    if (!this.zoomed) this.#reset();
  }

  #setColour({ colour, palette }) {
    this.scatter.scale = new ColourScale(colour, palette, this.scatter.x.length);
    this.legend.show(this.scatter.scale);
    const what = colour ? `, coloured by ${colour.name}` : "";
    this.canvas.setAttribute("aria-label", `Map of ${this.scatter.x.length} codes${what}. Arrow keys move it, plus and minus zoom, 0 resets.`);
  }

  async #setPictures(packed) {
    this.pictures = null;
    if (!packed) return;
    const pictures = await unpackDeflated(packed);
    if (this.data.pictures?.deflated === packed.deflated) this.pictures = pictures; // else a newer update came first
  }

  // ---- view

  #reset() {
    this.#look({ x: [...this.home.x], y: [...this.home.y] }, false);
  }

  #look(view, zoomed) {
    this.zoomed = zoomed;
    this.scatter.view = view;
    this.scatter.zoom = (this.home.x[1] - this.home.x[0]) / (view.x[1] - view.x[0]);
    this.resetButton.hidden = !zoomed;
    this.#hideCard();
    this.scatter.surface.redraw();
  }

  /** Zoom by `factor` around a pixel; false at the end of the range. */
  #zoom(factor, [px, py]) {
    const { x, y } = this.scatter.axes;
    const scaled = ({ low, high }, centre) => [centre - (centre - low) / factor, centre + (high - centre) / factor];
    const zoom = this.scatter.zoom * factor;
    if (zoom > 500 || zoom < 0.2) return false;
    this.#look({ x: scaled(x, x.back(px)), y: this.scatter.strip ? this.home.y : scaled(y, y.back(py)) }, true);
    return true;
  }

  #pan(dx, dy) {
    const { x, y } = this.scatter.axes;
    const shifted = (axis, from, by) => {
      const shift = axis.back(from) - axis.back(from + by);
      return [axis.low + shift, axis.high + shift];
    };
    this.#look({ x: shifted(x, 0, dx), y: this.scatter.strip ? this.home.y : shifted(y, 0, dy) }, true);
  }

  // ---- pointer and keys

  #listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => this.#press(event);
    canvas.onpointermove = (event) => this.#move(event);
    canvas.onpointerup = (event) => this.#release(event);
    canvas.onpointercancel = (event) => this.#forget(event);
    canvas.onpointerleave = (event) => {
      this.awake = false;
      this.lastScreen = null;
      if (event.pointerType === "mouse") this.#hideCard();
    };
    canvas.onwheel = (event) => this.#wheel(event);
    canvas.onkeydown = (event) => this.#key(event);
    this.resetButton.onclick = () => this.#reset();
  }

  #press(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    const at = pointIn(this.box, event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 1) this.pressed = at;
    else this.pressed = null; // two fingers are never a click
  }

  #move(event) {
    const at = pointIn(this.box, event);
    // Content scrolled under a resting mouse also sends moves: only one that moved on the screen wakes the wheel.
    if (this.lastScreen && (event.screenX !== this.lastScreen[0] || event.screenY !== this.lastScreen[1])) this.awake = true;
    this.lastScreen = [event.screenX, event.screenY];
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.#hover(at);
    if (this.pointers.size === 2) this.#pinch(event.pointerId, before, at);
    else this.#drag(event.pointerId, before, at);
  }

  #drag(id, before, at) {
    if (this.pressed && distance(this.pressed, at) <= STILL) return;
    this.pressed = null;
    this.canvas.classList.add("panning");
    this.pointers.set(id, at);
    this.#pan(at[0] - before[0], at[1] - before[1]);
  }

  #pinch(id, before, at) {
    const [, other] = [...this.pointers].find(([otherId]) => otherId !== id);
    this.pointers.set(id, at);
    const middle = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.#zoom(distance(at, other) / Math.max(1, distance(before, other)), middle);
    this.#pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
  }

  #release(event) {
    const clicked = this.pressed && this.pointers.has(event.pointerId);
    this.#forget(event);
    if (clicked) this.#click(pointIn(this.box, event));
  }

  #forget(event) {
    this.pointers.delete(event.pointerId);
    this.pressed = null;
    if (!this.pointers.size) this.canvas.classList.remove("panning");
  }

  #wheel(event) {
    // A wheel that scrolls the page past the map must not be caught by it; nor one that zooms out at the end.
    if (!this.awake && !event.ctrlKey) return;
    if (this.#zoom(Math.exp(-clamp(event.deltaY, -200, 200) / 400), pointIn(this.box, event))) event.preventDefault();
  }

  #key(event) {
    const { left, right, top, bottom } = this.scatter.plot;
    const centre = [(left + right) / 2, (top + bottom) / 2];
    const actions = {
      ArrowLeft: () => this.#pan(40, 0),
      ArrowRight: () => this.#pan(-40, 0),
      ArrowUp: () => this.#pan(0, 40),
      ArrowDown: () => this.#pan(0, -40),
      "+": () => this.#zoom(1.25, centre),
      "=": () => this.#zoom(1.25, centre),
      "-": () => this.#zoom(0.8, centre),
      0: () => this.#reset(),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  }

  // ---- hover and click

  #hover([x, y]) {
    const i = this.scatter.nearest(x, y, REACH);
    if (i < 0) return this.#hideCard();
    if (i === this.hovered) return;
    this.hovered = i;
    showCard(this.card, this.box, ...this.scatter.place(i), this.#cardOf(i));
    this.scatter.surface.redraw();
  }

  #click([x, y]) {
    this.#hover([x, y]); // a tap has no hover before it
    const i = this.scatter.nearest(x, y, REACH);
    if (i < 0) return;
    this.selected = i;
    this.scatter.surface.redraw();
    this.onClick(i);
  }

  #hideCard() {
    if (this.hovered < 0) return;
    this.hovered = -1;
    this.card.hidden = true;
    this.scatter.surface.redraw();
  }

  #cardOf(i) {
    const { data, scatter } = this;
    const parts = [];
    if (this.pictures) {
      drawPicture(this.picture, this.pictures, i);
      parts.push(this.picture);
    }
    const words = scatter.scale.wordsOf(i);
    if (words) parts.push(element("b", "", words));
    const lines = data.rows?.[i].split("\n") ?? [];
    lines.slice(0, LINES).forEach((line) => parts.push(element("div", "", line || " ")));
    if (lines.length > LINES) parts.push(element("div", "", `and ${lines.length - LINES} more`));
    parts.push(element("div", "place", this.#placeOf(i)));
    return parts;
  }

  #placeOf(i) {
    const { x_label, y_label } = this.data;
    const x = `${x_label} ${threeDigits(this.scatter.x[i])}`;
    return this.scatter.strip ? x : `${x}, ${y_label} ${threeDigits(this.scatter.y[i])}`;
  }

  // ---- rings and marks

  #paintOverlay(context, theme) {
    if (!this.data) return;
    for (const mark of this.data.marks ?? []) this.#paintMark(context, theme, mark);
    for (const [i, radius, width] of [[this.hovered, 6, 1.5], [this.selected, 8, 2.5]]) {
      if (i >= 0 && this.#isVisible(i)) paintRing(context, theme, this.scatter.place(i), radius, width);
    }
  }

  #isVisible(i) {
    const { hidden, scale } = this.scatter;
    return !hidden.has(scale.bins[i]) && this.#isInside(this.scatter.place(i));
  }

  #isInside([px, py]) {
    const { left, right, top, bottom } = this.scatter.plot;
    return px >= left && px <= right && py >= top && py <= bottom;
  }

  #paintMark(context, theme, { x, y = 0, label }) {
    const { axes, plot } = this.scatter;
    const [px, py] = [axes.x.at(x), axes.y.at(y)];
    if (!this.#isInside([px, py])) return;
    for (const [width, colour] of [[5, theme.background], [2, theme.text]]) paintCross(context, px, py, 8, width, colour);
    context.font = `600 12px ${theme.font}`;
    context.textBaseline = "alphabetic";
    const fits = px + 12 + context.measureText(label).width <= plot.right;
    context.textAlign = fits ? "left" : "right";
    haloText(context, theme, label, fits ? px + 10 : px - 10, py - 8);
  }
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** A ring in the text's colour with a rim in the page's, visible on any point. */
function paintRing(context, theme, [x, y], radius, width) {
  for (const [extra, colour] of [[2.5, theme.background], [0, theme.text]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = width + extra;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function paintCross(context, x, y, size, width, colour) {
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(x - size, y);
  context.lineTo(x + size, y);
  context.moveTo(x, y - size);
  context.lineTo(x, y + size);
  context.stroke();
  context.lineCap = "butt";
}
