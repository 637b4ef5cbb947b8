// The code map: held-out codes to zoom, pan, hover and click. A click tells Python the point's index.

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
    this.cards = new RowCards();
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
    this.cards.update(data);
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
    this.panZoom.setHome(homeOf(xs, ys));
  }

  #setColour({ colour, palette }) {
    this.scatter.scale = new ColourScale(colour, palette, this.scatter.x.length);
    this.legend.show(this.scatter.scale);
    const what = colour ? `, coloured by ${colour.name}` : "";
    this.canvas.setAttribute("aria-label", `Map of ${this.scatter.x.length} codes${what}. Arrow keys move it, plus and minus zoom, 0 resets.`);
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
    const { cards, data, scatter } = this;
    const parts = cards.partsOf(i, scatter.scale);
    const more = cards.linesOf(i).length - LINES;
    if (more > 0) parts.push(element("div", "", `and ${more} more`));
    parts.push(element("div", "place", placeOf(i, scatter, data)));
    return parts;
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
    const { hidden, plot, scale } = this.scatter;
    return !hidden.has(scale.bins[i]) && isInside(this.scatter.place(i), plot);
  }

  #paintMark(context, theme, { x, y = 0, label }) {
    const { axes, plot } = this.scatter;
    const [px, py] = [axes.x.at(x), axes.y.at(y)];
    if (!isInside([px, py], plot)) return;
    for (const [width, colour] of [[5, theme.background], [2, theme.text]]) paintCross(context, px, py, 8, width, colour);
    context.font = `600 12px ${theme.font}`;
    context.textBaseline = "alphabetic";
    const fits = px + 12 + context.measureText(label).width <= plot.right;
    context.textAlign = fits ? "left" : "right";
    haloText(context, theme, label, fits ? px + 10 : px - 10, py - 8);
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
