// The code map: held-out codes to zoom, pan, hover and click. A click tells Python the point's index.

const LINES = 12; // of a row's text that the card shows

export default function ({ data, parentElement, setTriggerValue }) {
  const [map, unmount] = mounted(CodeMap, parentElement);
  map.update(data, (point) => setTriggerValue("point", point));
  return unmount;
}

class CodeMap {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    [this.box, this.canvas, this.card] = [".box", "canvas", ".card"].map(find);
    this.scatter = new Scatter(this.canvas);
    this.scatter.overlay = (context, theme) => this.#paintOverlay(context, theme);
    this.legend = new Legend(find(".legend"), this.scatter);
    this.picture = element("canvas", "pixels");
    this.changes = new Changes();
    this.hovered = -1;
    this.panZoom = new PanZoom(this.scatter, this.box, find(".reset"), {
      hover: (at) => this.#hover(at),
      leave: () => this.#hideCard(),
      click: (at) => this.#click(at),
      look: () => this.#hideCard(),
    });
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
      this.panZoom.zoomed = false;
      this.selected = this.data.selected ?? -1;
    }
    this.scatter.labels = { x: x_label, y: y_label };
    this.scatter.setPoints(xs, ys);
    this.panZoom.setHome({ x: padded(bulk(xs), 0.05), y: ys ? padded(bulk(ys), 0.05) : [-1, 1] });
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
