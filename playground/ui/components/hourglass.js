// The hourglass at one epoch: columns to scale, every layer's units shaded by how active they are.

const LEAST_COLUMN = 10; // pixels; a shorter column could not be seen beside a tall one
const ROOM_ABOVE = 24; // pixels of the row of symbols
const ROOM_BELOW = 44; // pixels of the two rows of words
const LEAST_MARKS = 4; // pixels between the marks of dead cells
const DEAD = 255; // the level that stands for "all units dead"
const MOST_CELLS = 48;

class Hourglass {
  constructor(figure) {
    this.figure = figure;
    this.box = figure.querySelector(".box");
    this.canvas = figure.querySelector("canvas");
    this.card = figure.querySelector(".card");
    this.at = null; // the cell under pointer or keys: {layer, cell}
    this.surface = new Surface(this.canvas, (context, theme) => this.#paint(context, theme));
    this.canvas.onpointermove = this.canvas.onpointerdown = (event) => this.#point(pointIn(this.box, event));
    this.canvas.onpointerleave = this.canvas.onblur = () => this.#look(null);
    this.canvas.onkeydown = (event) => this.#key(event);
  }

  setLayers({ layers, palette }) {
    this.figure.hidden = !layers;
    if (layers) Object.assign(this, { layers, palette });
  }

  show(frame) {
    if (!this.layers) return;
    this.activity = frame?.activity ? this.#unpacked(frame) : null;
    this.canvas.setAttribute("aria-label", this.#summary(frame));
    if (this.at) this.#showCard();
    this.surface.redraw();
  }

  close() {
    this.surface.close();
  }

  /** Levels per layer, unpacked once a frame. */
  #unpacked(frame) {
    if (frame.layerLevels) return frame.layerLevels;
    const { levels, dead, most } = frame.activity;
    const { values } = unpack(levels);
    let from = 0;
    frame.layerLevels = this.layers.units.map((units, i) => {
      const n = Math.min(units, MOST_CELLS);
      from += n;
      return { levels: values.subarray(from - n, from), dead: dead[i], most: most[i] };
    });
    return frame.layerLevels;
  }

  // ---- words

  #nameOf(layer) {
    const { units, latent_index: latent } = this.layers;
    if (layer === 0) return "input x";
    if (layer === latent) return "bottleneck z";
    if (layer === units.length - 1) return "output, the reconstruction x̂";
    return layer < latent ? `layer ${layer} of the encoder` : `layer ${layer - latent} of the decoder`;
  }

  #deadWords(layer) {
    const dead = this.activity?.[layer].dead;
    if (!dead) return "";
    return `${whole(dead)} ${layer === 0 ? "constant" : "dead"}`;
  }

  #summary(frame) {
    const parts = this.layers.units.map((units, i) => `${this.#nameOf(i)}: ${units} units${this.#deadWords(i) ? `, ${this.#deadWords(i)}` : ""}`);
    return `Hourglass${frame ? ` at epoch ${frame.epoch}` : ""}; ${parts.join("; ")}. Arrow keys go from cell to cell.`;
  }

  #cardOf({ layer, cell }) {
    const units = this.layers.units[layer];
    const n = Math.min(units, MOST_CELLS);
    const [first, last] = [Math.floor((cell * units) / n) + 1, Math.floor(((cell + 1) * units) / n)];
    const which = first === last ? `unit ${first} of ${units}` : `units ${first} to ${last} of ${units}`;
    const lines = [element("b", "", this.#nameOf(layer)), element("div", "", which)];
    const seen = this.activity?.[layer];
    if (seen) lines.push(element("div", "", activityWords(seen.levels[cell], seen.most, layer === 0, first !== last)));
    return lines;
  }

  // ---- pointer and keys

  #point([x, y]) {
    const columns = this.#columns();
    const layer = columns.findIndex((column) => Math.abs(column.x - x) <= column.reach);
    const column = columns[layer];
    if (!column || y < column.top - 4 || y > column.top + column.height + 4) return this.#look(null);
    const cell = clamp(Math.floor(((y - column.top) / column.height) * column.cells), 0, column.cells - 1);
    this.#look({ layer, cell });
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (!step || !this.layers) return;
    event.preventDefault();
    const layer = clamp((this.at?.layer ?? -1) + step[0], 0, this.layers.units.length - 1);
    const cells = Math.min(this.layers.units[layer], MOST_CELLS);
    this.#look({ layer, cell: clamp((this.at?.cell ?? 0) + step[1], 0, cells - 1) });
  }

  #look(at) {
    if (at?.layer === this.at?.layer && at?.cell === this.at?.cell) return;
    this.at = at;
    this.card.hidden = !at;
    if (at) this.#showCard();
    this.surface.redraw();
  }

  #showCard() {
    const column = this.#columns()[this.at.layer];
    const y = column.top + ((this.at.cell + 0.5) / column.cells) * column.height;
    showCard(this.card, this.box, column.x + column.wide / 2, y, this.#cardOf(this.at));
  }

  // ---- painting

  /** Where each column stands, in CSS pixels. */
  #columns() {
    const { width, height } = this.surface;
    const { units } = this.layers;
    const tallest = height - ROOM_ABOVE - ROOM_BELOW;
    const margin = Math.min(44, width * 0.11);
    const gap = (width - 2 * margin) / Math.max(1, units.length - 1);
    const wide = clamp(gap * 0.42, 6, 40);
    return units.map((n, i) => {
      const tall = Math.max(LEAST_COLUMN, (tallest * n) / Math.max(...units));
      const top = ROOM_ABOVE + (tallest - tall) / 2;
      return { x: margin + gap * i, top, height: tall, wide, reach: Math.max(wide / 2, Math.min(14, gap / 2)), cells: Math.min(n, MOST_CELLS) };
    });
  }

  #colourOf(layer) {
    const { latent_index: latent } = this.layers;
    if (layer === 0) return this.palette.mean;
    if (layer === latent) return this.palette.code;
    return layer < latent ? this.palette.autoencoder : this.palette.reconstruction;
  }

  #paint(context, theme) {
    if (!this.layers) return;
    const columns = this.#columns();
    columns.slice(1).forEach((right, i) => this.#paintBetween(context, columns[i], right, i));
    columns.forEach((column, layer) => this.#paintColumn(context, theme, column, layer));
    this.#paintWords(context, theme, columns);
    if (this.at) paintOutline(context, theme, columns[this.at.layer], this.at.cell);
  }

  #paintBetween(context, left, right, i) {
    context.fillStyle = i < this.layers.latent_index ? this.palette.autoencoder : this.palette.reconstruction;
    context.globalAlpha = 0.2;
    context.beginPath();
    context.moveTo(left.x, left.top);
    context.lineTo(right.x, right.top);
    context.lineTo(right.x, right.top + right.height);
    context.lineTo(left.x, left.top + left.height);
    context.fill();
    context.globalAlpha = 1;
  }

  #paintColumn(context, theme, column, layer) {
    const [left, colour] = [column.x - column.wide / 2, this.#colourOf(layer)];
    const levels = this.activity?.[layer].levels;
    const tall = column.height / column.cells;
    const every = Math.ceil(LEAST_MARKS / tall); // a mark for each of many thin cells would be one black block
    context.fillStyle = theme.background;
    context.fillRect(left, column.top, column.wide, column.height);
    for (let cell = 0; cell < column.cells; cell++) {
      const level = levels?.[cell] ?? 150;
      const top = column.top + cell * tall;
      context.fillStyle = level === DEAD ? theme.text : colour;
      context.globalAlpha = level === DEAD ? 0.22 : 0.1 + 0.9 * (level / 254);
      context.fillRect(left, top, column.wide, tall > 5 ? tall - 1 : tall);
      context.globalAlpha = 1;
      if (level === DEAD && cell % every === 0) paintDead(context, theme, left, top, column.wide, tall);
    }
    context.strokeStyle = colour;
    context.lineWidth = layer === this.layers.latent_index ? 2.5 : 1.25;
    context.strokeRect(left - 1, column.top - 1, column.wide + 2, column.height + 2);
  }

  #paintWords(context, theme, columns) {
    const { units, latent_index: latent } = this.layers;
    const last = units.length - 1;
    const below = this.surface.height - ROOM_BELOW;
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    context.fillStyle = theme.text;
    context.font = `italic 15px ${theme.font}`;
    for (const [layer, symbol] of Object.entries({ 0: "x", [latent]: "z", [last]: "x̂" })) context.fillText(symbol, columns[layer].x, columns[layer].top - 7);
    context.font = `600 12px ${theme.font}`;
    this.#paintRow(context, columns, (layer) => this.#labelOf(layer), below + 19);
    context.font = `600 11px ${theme.font}`;
    this.#paintRow(context, columns, (layer) => this.#deadWords(layer) && `✕ ${this.#deadWords(layer)}`, below + 36);
  }

  #labelOf(layer) {
    const { units, latent_index: latent, names } = this.layers;
    const number = whole(units[layer]);
    if (layer === latent) return `m = ${number}`;
    return names?.[layer] ?? (layer === 0 ? `n = ${number}` : number);
  }

  /** A row of words below the columns: bottleneck first, then the ends, then pairs going inwards, as far as there is room. */
  #paintRow(context, columns, wordsOf, y) {
    const last = columns.length - 1;
    const pairs = Array.from({ length: Math.max(0, last - 1) }, (_, i) => [i + 1, last - 1 - i]);
    const taken = [];
    for (const group of [[this.layers.latent_index], [0], [last], ...pairs]) {
      const words = group.map((layer) => ({ layer, text: wordsOf(layer) })).filter(({ text }) => text);
      const spans = words.map(({ layer, text }) => spanOf(context, text, columns[layer].x, this.surface.width));
      if (spans.some((span, i) => [...taken, ...spans.slice(0, i)].some(({ from, to, x }) => x !== span.x && span.from < to && span.to > from))) continue;
      spans.filter((span) => !taken.some(({ x }) => x === span.x)).forEach((span) => context.fillText(span.text, span.x, y));
      taken.push(...spans);
    }
  }
}

/** Where a word centred on `x` lies, moved into the canvas where it would be cut off. */
function spanOf(context, text, x, width) {
  const half = context.measureText(text).width / 2 + 4;
  const centre = clamp(x, half, width - half);
  return { text, x: centre, from: centre - half, to: centre + half };
}

/** How active a cell is, in words. */
function activityWords(level, most, isInput, isMany) {
  if (level === DEAD && isInput) return "always the same";
  if (level === DEAD) return isMany ? "all dead: the same for every row" : "dead: the same for every row";
  const share = level / 254;
  const word = share > 0.75 ? "very active" : share > 0.4 ? "active" : share > 0.1 ? "a little active" : "hardly active";
  return `${word}: varies by ${threeDigits(share * most)} (standard deviation over the validation rows)`;
}

/** The mark of a dead cell: a stroke through it that stands out on both sides. */
function paintDead(context, theme, left, top, wide, tall) {
  context.strokeStyle = theme.text;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left - 4, top + tall / 2);
  context.lineTo(left + 2, top + tall / 2);
  context.moveTo(left + wide - 2, top + tall / 2);
  context.lineTo(left + wide + 4, top + tall / 2);
  if (tall >= 7) {
    const [x, size] = [left + wide / 2, Math.min(4, tall / 2 - 2)];
    context.moveTo(x - size, top + tall / 2 - size);
    context.lineTo(x + size, top + tall / 2 + size);
    context.moveTo(x + size, top + tall / 2 - size);
    context.lineTo(x - size, top + tall / 2 + size);
  }
  context.stroke();
}

function paintOutline(context, theme, column, cell) {
  const tall = column.height / column.cells;
  for (const [width, colour] of [[4, theme.background], [1.75, theme.text]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(column.x - column.wide / 2 - 2, column.top + cell * tall - 1, column.wide + 4, Math.max(3, tall) + 2);
  }
}
