// Originals and reconstructions: tiles of pictures, waves of series, or the features of a row side by side.

class SampleRows {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    [this.tiles, this.cards, this.card] = [".tile-grid", ".cards", ".card"].map(find);
    this.title = find(".samples-title");
    this.details = new RowTable(find(".row-table"), () => this.#open(-1));
    this.entries = [];
    this.opened = -1; // the sample whose table is open
    this.changes = new Changes();
  }

  setSamples({ samples, kind, unit, error_scale: scale }) {
    [this.unit, this.scale] = [unit, scale ?? null];
    if (!this.changes.of("samples", [samples, kind])) return;
    this.kind = kind;
    this.names = samples.feature_names;
    this.shape = samples.image_shape ?? null;
    this.x = unpack(samples.x);
    this.close();
    this.tiles.hidden = !this.shape;
    this.cards.hidden = Boolean(this.shape);
    this.root.hidden = kind === "points";
    this.entries = this.shape ? this.#makeTiles() : this.#makeCards();
    this.#open(-1);
  }

  show(frame) {
    this.frame = frame;
    this.#showTitle();
    this.entries.forEach((entry, i) => this.#showSample(entry, i));
    this.#showTable();
  }

  close() {
    this.entries.forEach(({ profile }) => profile?.surface.close());
  }

  #showTitle() {
    const made = { image: "originals and, below, their reconstructions", series: "originals (grey) and reconstructions (green line)" };
    const words = [made[this.kind] ?? "originals (grey bars) and reconstructions (green line)"];
    if (this.scale !== null) words.push(this.unit);
    if (this.frame?.table && this.kind === "table") words.push("click one for its columns, the worst first");
    const text = words.join(" · ");
    if (this.title.textContent !== text) this.title.textContent = text;
  }

  #showSample({ tile, profile, error, worst, button }, i) {
    const { frame } = this;
    if (tile && frame) drawPicture(tile, picturesOf(frame.xHat, this.shape), i);
    else if (tile) tile.width = tile.width; // blank
    profile?.show(frame ? rowOf(frame.xHat, i) : null);
    error.hidden = this.scale === null;
    error.textContent = this.#errorOf(i);
    const row = frame?.table?.[i];
    if (button) button.disabled = !row;
    if (worst) {
      worst.hidden = !row || this.kind !== "table";
      worst.textContent = row?.length ? `worst: ${wordsOfCell(row[0])}` : "";
      worst.title = worst.textContent;
    }
  }

  #errorOf(i) {
    if (this.scale === null) return "";
    const squares = this.frame?.squares[i];
    return threeDigits(squares == null ? null : squares * this.scale);
  }

  // ---- pictures

  #makeTiles() {
    const names = ["original", "reconstruction"];
    const columns = Array.from({ length: this.x.shape[0] }, (_, i) => {
      const column = element("div", "tile");
      const [original, tile] = names.map((name) => this.#makeTile(name, i));
      const error = element("span", "error");
      column.append(original, tile, error);
      drawPicture(original, picturesOf(this.x, this.shape), i);
      return { column, tile, error };
    });
    this.tiles.replaceChildren(...columns.map(({ column }) => column));
    return columns;
  }

  #makeTile(name, i) {
    const tile = labelledCanvas(`Sample ${i + 1}, ${name}`, `pixels ${name}`);
    [tile.height, tile.width] = this.shape;
    return tile;
  }

  // ---- rows and series

  #makeCards() {
    const range = padded(bulk(this.x.values), 0.12);
    const cards = Array.from({ length: this.x.shape[0] }, (_, i) => this.#makeCard(i, range));
    this.cards.replaceChildren(...cards.map(({ button }) => button));
    return cards;
  }

  #makeCard(i, range) {
    const button = element("button", "sample");
    const box = element("span", "box");
    const canvas = labelledCanvas(`Sample ${i + 1}: features of original and reconstruction`);
    const [error, worst] = [element("span", "error"), element("span", "worst")];
    button.type = "button";
    button.onclick = () => this.#open(this.opened === i ? -1 : i);
    button.setAttribute("aria-label", `Sample ${i + 1}`);
    box.append(canvas);
    button.append(box, error, worst);
    const profile = new Profile(canvas, rowOf(this.x, i), range, this.kind === "series");
    canvas.onpointermove = canvas.onpointerdown = (event) => this.#hover(profile, event);
    canvas.onpointerleave = () => (this.card.hidden = true);
    return { button, profile, error, worst };
  }

  #hover(profile, event) {
    const feature = profile.featureAt(pointIn(profile.surface.canvas, event)[0]);
    const lines = [element("b", "", this.names[feature] || `feature ${feature + 1}`)];
    lines.push(element("div", "", `original ${threeDigits(profile.original[feature])}`));
    lines.push(element("div", "", `reconstruction ${threeDigits(profile.made?.[feature])}`));
    if (this.frame?.table) lines.push(element("div", "", "in scaled units"));
    showCard(this.card, this.root, ...pointIn(this.root, event), lines);
  }

  // ---- the table of one row

  #open(i) {
    if (i < 0 && this.opened >= 0) this.entries[this.opened]?.button?.focus();
    this.opened = i;
    this.entries.forEach(({ button }, place) => button?.setAttribute("aria-expanded", String(place === i)));
    this.#showTable();
  }

  #showTable() {
    const row = this.opened < 0 ? null : this.frame?.table?.[this.opened];
    const error = this.scale === null ? "" : `, ${this.unit} ${this.#errorOf(this.opened)}`;
    this.details.show(row ?? null, row ? `Sample ${this.opened + 1} at epoch ${this.frame.epoch}${error}` : "");
  }
}

const wordsOfCell = ([column, original, made]) => `${column} ${original} → ${made}`;

/** The columns of one row with what became of them, the worst first. */
class RowTable {
  constructor(root, onClose) {
    this.root = root;
    this.caption = element("caption");
    this.body = element("tbody");
    const [table, head, close] = [element("table"), element("thead"), element("button", "close", "close")];
    const names = ["column", "original", "reconstruction", "share of the error"].map((name) => element("th", "", name));
    names.forEach((name) => (name.scope = "col"));
    names.at(-1).className = "share";
    head.append(element("tr"));
    head.firstChild.append(...names);
    close.type = "button";
    close.onclick = onClose;
    root.onkeydown = (event) => event.key === "Escape" && onClose();
    table.append(this.caption, head, this.body);
    root.append(table, close);
  }

  show(row, words) {
    this.root.hidden = !row;
    if (!row) return;
    this.caption.textContent = words;
    this.body.replaceChildren(...row.map((cell) => this.#line(cell)));
  }

  #line([column, original, made, share]) {
    const line = element("tr");
    const name = element("th", "", column);
    name.scope = "row";
    const last = element("td", "share", share === null ? "–" : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`);
    const bar = element("i");
    bar.style.width = `${60 * clamp(share ?? 0, 0, 1)}%`;
    last.append(bar);
    line.append(name, element("td", "", original), element("td", "", made), last);
    return line;
  }
}

/**
 * One sample that is no picture: its features side by side, original as grey bars, reconstruction as a green line;
 * of a series, both as lines.
 */
class Profile {
  constructor(canvas, original, range, isWave) {
    Object.assign(this, { original, range, isWave, made: null });
    this.surface = new Surface(canvas, (context) => this.#paint(context));
  }

  show(made) {
    this.made = made;
    this.surface.redraw(); // even for the same: the theme may have changed
  }

  featureAt(x) {
    return clamp(Math.floor((x / this.surface.width) * this.original.length), 0, this.original.length - 1);
  }

  #paint(context) {
    const { width, height, canvas } = this.surface;
    const style = getComputedStyle(canvas);
    const [grey, green] = ["--mean", "--reconstruction"].map((name) => style.getPropertyValue(name));
    const box = { left: 0, top: 0, width, height };
    if (this.isWave) paintWave(context, this.original, this.range, box, grey, 2.5);
    else paintBars(context, this.original, this.range, box, grey, 0.6);
    if (!this.made) return;
    paintWave(context, this.made, this.range, box, green, 1.75);
    if (!this.isWave && width / this.made.length >= 6) paintBeads(context, this.made, this.range, box, green);
  }
}
