// How a sample in scaled units is drawn, small into a box and large with its columns in words. Needs shared.js,
// features.js and (for large views) look.css. What is known of the data comes from Python's looks.py.

const DAY_SECONDS = 86400;
const LARGEST = 1e30; // as table_scaler.py
const MOST_CELLS = 64;
const MOST_KEYED = 30; // cells told in words
const MOST_LEVELS = 6; // of a category, in words
const MOST_ROWS = 40; // of a table in words
const CUT_OFF = 3; // pixels: the bar where a wave runs beyond its range
const TURNED = [0.7, 0.35]; // how a space of three dimensions is looked at: radians around and above

/** What a sample of a run looks like; `payload` is that of looks.py. */
class Look {
  constructor(payload) {
    Object.assign(this, payload);
    this.columns ??= [];
    for (const name of ["shift", "scale"]) if (this[name]?.base64) this[name] = unpack(this[name]).values;
    if (this.kind === "image") this.#startPicture();
    if (this.kind === "points") this.cloud = rowsOf(unpack(this.points));
  }

  /** Numbers in the visitor's own units, one per column; NaN where one is missing. */
  own(x) {
    if (this.columns.length) return this.columns.map((column) => BACK[column.type](column, x));
    return Float32Array.from({ length: this.n_features }, (_, i) => this.ownAt(x, i));
  }

  /** Feature i in own units, as float32, where every feature is a column of its own. */
  ownAt(x, i) {
    return Math.fround(Math.fround(x[i] * at(this.scale, i)) + at(this.shift, i));
  }

  /** [name, words with unit, share of a category's level or null] of the first columns, at most `most`. */
  words(x, most = Infinity) {
    if (this.columns.length) return this.columns.slice(0, most).map((column) => wordsOfColumn(column, x));
    const n = Math.min(this.n_features, most);
    const name = (i) => this.names[i] ?? `feature ${i + 1}`;
    const words = (i) => withUnit(threeDigits(this.ownAt(x, i)), at(this.units, i));
    return Array.from({ length: n }, (_, i) => [name(i), words(i), null]);
  }

  /** Draw sample x small into box {left, top, width, height}; a colour of one's own is for waves, bars and dots. */
  paint(context, box, x, theme, colour = this.palette.reconstruction) {
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    PAINT[this.kind](this, context, box, x, theme, colour);
    context.restore();
  }

  /** Which cell of a table's sample is which column, in words; "" of data that are drawn otherwise. */
  get cellWords() {
    if (this.kind !== "table") return "";
    const cells = this.cells.slice(0, MOST_CELLS);
    const across = cellsAcross(cells.length);
    const names = cells.slice(0, MOST_KEYED).map((cell, i) => this.#nameOfCell(cell, i));
    const lines = Array.from({ length: Math.ceil(names.length / across) }, (_, row) => names.slice(row * across, (row + 1) * across).join(", "));
    const left = cells.length - names.length;
    const unseen = (this.columns.length || this.n_features) - cells.length;
    const more = left > 0 ? `; and ${whole(left)} more in the table's order` : "";
    const rest = unseen > 0 ? ` ${whole(unseen)} more columns have no cell.` : "";
    const how = "A number is blue below its column's mean, red above it, in full colour from two standard deviations on.";
    return `A decoded row is drawn as cells, a column each and ${across} to a line, from the top left: ${lines.join("; ")}${more}. ${how}${rest}`;
  }

  #nameOfCell({ stop }, i) {
    const name = this.columns[i]?.name ?? this.names?.[i] ?? `feature ${i + 1}`;
    const levels = this.columns[i]?.levels;
    if (stop === undefined || !levels) return name;
    const shown = levels.slice(0, MOST_LEVELS).join(", ") + (levels.length > MOST_LEVELS ? ", …" : "");
    return `${name} (stripes from dark to light: ${shown})`;
  }

  /** Width over height that suits a picture of a sample. */
  get aspect() {
    if (this.kind === "image") return this.shape[1] / this.shape[0];
    return this.kind === "series" ? 1.8 : 1;
  }

  /** Sample x as pixels of its own size, the same canvas at every call; images only. */
  picture(x) {
    const { pixels, low, high } = this;
    const [height, width, channels] = this.shape;
    const steps = 255 / (high - low);
    for (let p = 0, f = 0; p < height * width; p++, f += channels) {
      const red = this.#level(x, f, steps);
      const [green, blue] = channels === 3 ? [this.#level(x, f + 1, steps), this.#level(x, f + 2, steps)] : [red, red];
      pixels[p] = 0xff000000 | (blue << 16) | (green << 8) | red;
    }
    this.canvas.getContext("2d").putImageData(this.image, 0, 0);
    return this.canvas;
  }

  #level(x, f, steps) {
    const value = (x[f] * at(this.scale, f) + at(this.shift, f) - this.low) * steps;
    return value > 0 ? Math.min(255, Math.round(value)) : 0; // nan too
  }

  #startPicture() {
    const [height, width] = this.shape;
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = [width, height];
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }
}

/** Of a list the i-th, of a single value that value: what is the same for all features is sent once. */
const at = (values, i) => (typeof values === "object" ? values[i] : values);

const withUnit = (words, unit) => (unit ? `${words} ${unit}` : words);

// ---------------------------------------------------------------- small

const PAINT = {
  image(look, context, box, x) {
    context.imageSmoothingEnabled = false;
    const fitted = fit(box, look.aspect);
    context.drawImage(look.picture(x), fitted.left, fitted.top, fitted.width, fitted.height);
  },
  series(look, context, box, x, theme, colour) {
    const own = look.own(x);
    paintWave(context, own, look.range, box, colour, box.height > 120 ? 2 : 1.5);
    paintCutOff(context, own, look.range, box, colour);
  },
  points: (look, context, box, x, theme, colour) => paintPlace(look, context, box, x, theme, colour),
  table: (look, context, box, x, theme) => paintCells(look, context, box, x, theme),
};

/** Where a wave runs beyond the range, a bar on that edge. */
function paintCutOff(context, values, [low, high], { left, top, width, height }, colour) {
  const slot = width / values.length;
  context.fillStyle = colour;
  values.forEach((value, i) => {
    if (value < low) context.fillRect(left + i * slot, top + height - CUT_OFF, Math.max(slot, 1), CUT_OFF);
    if (value > high) context.fillRect(left + i * slot, top, Math.max(slot, 1), CUT_OFF);
  });
}

/** The range, grown with a little room to hold rows of own units; by at most so many times its length at each end. */
function rangeHolding([low, high], rows, most = Infinity) {
  const length = high - low;
  let [least, largest] = [low, high];
  for (const row of rows)
    for (const value of row) {
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  const room = (beyond) => (beyond > 0 ? Math.min(1.05 * beyond, most * length) : 0);
  const held = [low - room(low - least), high + room(largest - high)];
  return held.every(Number.isFinite) ? held : [low, high];
}

/** The largest box of this shape in the middle of a box. */
function fit({ left, top, width, height }, aspect) {
  const [w, h] = width / height > aspect ? [height * aspect, height] : [width, width / aspect];
  return { left: left + (width - w) / 2, top: top + (height - h) / 2, width: w, height: h };
}

/** Cells of a row of them: the same in every box, so that a column is found where it was. */
const cellsAcross = (n) => Math.ceil(Math.sqrt(n));

/** One cell per column: numbers below the mean blue, above it red; of a category the levels' shares. */
function paintCells(look, context, box, x, theme) {
  const cells = look.cells.slice(0, MOST_CELLS);
  const across = cellsAcross(cells.length);
  const down = Math.ceil(cells.length / across);
  const [width, height] = [box.width / across, box.height / down];
  const gap = Math.min(width, height) > 6 ? 1 : 0;
  cells.forEach((cell, i) => {
    const [left, top] = [box.left + (i % across) * width, box.top + Math.floor(i / across) * height];
    paintCell(look, context, cell, x, left, top, width - gap, height - gap, theme);
  });
}

function paintCell(look, context, cell, x, left, top, width, height, theme) {
  if (cell.stop === undefined) {
    const away = (x[cell.start] - cell.centre) / cell.spread;
    context.fillStyle = Number.isFinite(away) ? look.colourOf(away) : theme.border;
    context.fillRect(left, top, width, height);
    if (Math.min(width, height) < 8) return;
    context.strokeStyle = theme.border; // the mean's colour is near that of a light page
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    return;
  }
  let sum = 0;
  for (let f = cell.start; f < cell.stop; f++) sum += Math.max(0, x[f]);
  for (let f = cell.start, from = 0; f < cell.stop; f++) {
    const share = sum > 0 ? Math.max(0, x[f]) / sum : 0;
    context.fillStyle = between(look.palette.levels, (f - cell.start) / Math.max(1, cell.stop - cell.start - 1));
    context.fillRect(left + from * width, top, share * width, height);
    from += share;
  }
}

const SHADES = 32;

/** The colour of a number so many standard deviations from the mean; two and more are the ends of the scale. */
Look.prototype.colourOf = function (away) {
  this.shades ??= Array.from({ length: SHADES + 1 }, (_, i) => between(this.palette.diverging, i / SHADES));
  return this.shades[Math.round(((clamp(away, -2, 2) + 2) / 4) * SHADES)];
};

/** The space of the data with the data's points in grey and the sample as a dot. */
function paintPlace(look, context, box, x, theme, colour) {
  const place = placeIn(look, box);
  context.fillStyle = look.palette.mean;
  context.globalAlpha = 0.45;
  const size = box.width > 120 ? 2 : 1;
  for (const point of look.cloud) {
    const [px, py] = place(point);
    context.fillRect(px - size / 2, py - size / 2, size, size);
  }
  context.globalAlpha = 1;
  const [px, py] = place(look.own(x));
  context.fillStyle = theme.background;
  dot(context, px, py, box.width > 120 ? 6.5 : 3.5);
  context.fillStyle = colour;
  dot(context, px, py, box.width > 120 ? 5 : 2.5);
}

/** Pixel of a point in own units; both axes have one scale. */
function placeIn(look, box) {
  const flat = look.n_features === 3 ? turned : (point) => point;
  const points = (look.flat ??= look.cloud.map((point) => Array.from(flat(point))));
  const ends = (look.ends ??= [0, 1].map((c) => padded(bulk(Float32Array.from(points, (point) => point[c])), 0.08)));
  const [[left, right], [low, high]] = ends;
  const unit = Math.max((right - left) / box.width, (high - low) / box.height);
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  return (point) => {
    const [across, up] = flat(point);
    return [x + (across - (left + right) / 2) / unit, y - (up - (low + high) / 2) / unit];
  };
}

function turned([x, y, z]) {
  const [around, above] = TURNED;
  const deep = -Math.sin(around) * x + Math.cos(around) * y;
  return [Math.cos(around) * x + Math.sin(around) * y, Math.sin(above) * deep + Math.cos(above) * z];
}

// ---------------------------------------------------------------- own units (the way back of table_scaler.py)

const BACK = {
  number(column, x) {
    const bent = (x[column.start] / column.root) * column.spread + column.shift;
    const own = column.typical === null ? bent : Math.expm1(bent) * column.typical;
    return clamp(own, -LARGEST, LARGEST);
  },
  category({ start, stop }, x) {
    let best = start;
    for (let f = start; f < stop; f++) {
      if (Number.isNaN(x[f])) return NaN;
      if (x[f] > x[best]) best = f;
    }
    return best - start;
  },
  time(column, x) {
    const [sine, cosine] = [0, 1].map((i) => (x[column.start + i] / column.root) * column.spread + column.shift[i]);
    const turn = Math.atan2(sine, cosine) / (2 * Math.PI);
    return roundEven((((turn % 1) + 1) % 1) * DAY_SECONDS) % DAY_SECONDS;
  },
  date(column, x) {
    const feature = (i) => x[column.start + i] / column.root / column.day_root;
    const days = roundEven(feature(0) * column.spread + column.shift);
    if (!column.has_time) return days * DAY_SECONDS;
    const clock = roundEven((feature(1) / Math.sqrt(12) + 0.5) * DAY_SECONDS);
    return days * DAY_SECONDS + clamp(clock, 0, DAY_SECONDS - 1);
  },
};

/** [name, words with unit, share of the level or null] of one column of a sample. */
function wordsOfColumn(column, x) {
  const value = BACK[column.type](column, x);
  if (Number.isNaN(value)) return [column.name, "(missing)", null];
  const words = WORDS[column.type](column, value);
  const share = column.type === "category" ? x[column.start + value] / column.height : NaN;
  return [column.name, withUnit(words, column.unit), share >= 0 && share <= 1.001 ? Math.min(1, share) : null];
}

const WORDS = {
  number: ({ decimals }, value) => (decimals === null ? sixDigits(value) : fixed(value, decimals)),
  category: ({ levels }, value) => levels[value],
  time: (_, value) => clockWords(value),
  date: ({ has_time }, value) => dateWords(value, has_time),
};

/** A half is rounded to the even side, as numpy does. */
function roundEven(value) {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2 === 0 ? 0 : 1) : Math.round(value);
}

/** As Python writes f"{round(value, decimals):.{decimals}f}"; decimals may be below 0. */
function fixed(value, decimals) {
  if (Math.abs(value) >= 1e15) return wholeWords(value) + (decimals > 0 ? `.${"0".repeat(decimals)}` : "");
  if (decimals <= 0) {
    const unit = 10 ** -decimals;
    return wholeWords(roundEven(value / unit) * unit);
  }
  const power = 10 ** decimals;
  const middle = Math.abs(Math.abs((value * power) % 1) - 0.5) < 1e-6;
  const isTie = middle && /^50*$/.test(value.toFixed(60).split(".")[1].slice(decimals));
  const words = (isTie ? roundEven(value * power) / power : value).toFixed(decimals);
  return words.replace(/^-(0(\.0*)?)$/, "$1");
}

const wholeWords = (value) => BigInt(Math.round(value)).toString();

/** As Python's f"{value:.6g}". */
function sixDigits(value) {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa, exponent] = value.toExponential(5).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return trimmed(fixed(value, 5 - power));
  return `${trimmed(mantissa)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

const trimmed = (digits) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);

const two = (value) => String(value).padStart(2, "0");

function clockWords(seconds) {
  const all = roundEven(seconds) % DAY_SECONDS;
  const text = `${two(Math.floor(all / 3600))}:${two(Math.floor(all / 60) % 60)}`;
  return all % 60 ? `${text}:${two(all % 60)}` : text;
}

function dateWords(seconds, hasTime) {
  const moment = hasTime ? roundEven(seconds) : Math.floor(seconds / DAY_SECONDS + 0.5) * DAY_SECONDS;
  const date = new Date(moment * 1000);
  if (Number.isNaN(date.getTime())) return "beyond all dates";
  const year = date.getUTCFullYear();
  const years = year < 0 ? `-${String(-year).padStart(3, "0")}` : String(year).padStart(4, "0");
  const day = `${years}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return hasTime ? `${day} ${clockWords(((moment % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS)}` : day;
}

// ---------------------------------------------------------------- large

/** One sample, large: a picture, a wave, a place in the space of the data, or its columns in the visitor's words. */
class SampleView {
  constructor(root, look) {
    this.root = root;
    this.figure = element("figure", "sample-view");
    this.caption = element("figcaption", "sample-caption");
    this.rows = element("div", "sample-rows");
    this.canvas = labelledCanvas("The decoded sample", "sample-canvas");
    this.surface = new Surface(this.canvas, (context, theme) => this.#paint(context, theme));
    this.figure.append(this.caption, this.canvas, this.rows);
    root.append(this.figure);
    this.setLook(look);
  }

  /** Another run's samples from now on. */
  setLook(look) {
    this.look = look;
    this.x = null;
    this.canvas.hidden = look.kind === "table";
    this.canvas.style.aspectRatio = String(look.kind === "series" ? 2 : look.kind === "points" ? 1.15 : look.aspect);
    this.canvas.classList.toggle("pixels", look.kind === "image");
    this.rows.hidden = look.kind === "image" || look.kind === "series";
    this.rows.replaceChildren();
    this.lines = this.more = null;
  }

  /** Show sample x (scaled units; it is copied) under a caption of plain text. */
  show(x, caption = "") {
    this.x ??= new Float32Array(x.length);
    this.x.set(x);
    if (this.caption.textContent !== caption) this.caption.textContent = caption;
    if (!this.canvas.hidden) this.surface.redraw();
    if (!this.rows.hidden) this.#showRows();
  }


  close() {
    this.surface.close();
    this.figure.remove();
  }

  #paint(context, theme) {
    if (!this.x) return;
    const { width, height } = this.surface;
    const isSeries = this.look.kind === "series";
    const [left, top, right, bottom] = isSeries ? [44, 6, 6, 18] : [0, 0, 0, 0]; // room for the axes
    const room = { left, top, width: width - left - right, height: height - top - bottom };
    if (isSeries) this.#paintAxes(context, theme, room);
    this.look.paint(context, room, this.x, theme);
  }

  #paintAxes(context, theme, { left, top, width, height }) {
    const { range, n_features: n, units } = this.look;
    const x = linearAxis([0.5, n + 0.5], left, left + width, Math.max(2, width / 80));
    const y = linearAxis(range, top + height, top, Math.max(2, height / 50));
    drawAxes(context, theme, { left, right: left + width, top, bottom: top + height }, x, y);
    context.textAlign = "left";
    context.textBaseline = "top";
    if (at(units, 0)) faintText(context, at(units, 0), left + 4, top);
  }

  #showRows() {
    const words = this.look.words(this.x, MOST_ROWS);
    this.lines ??= words.map(() => this.#makeLine());
    words.forEach(([name, value, share], i) => {
      const line = this.lines[i];
      setText(line.name, name);
      setText(line.value, value);
      setText(line.share, share === null ? "" : `${Math.round(100 * share)} %`);
      const cell = this.look.cells[i];
      const away = cell.stop === undefined ? (this.x[cell.start] - cell.centre) / cell.spread : null;
      line.mark.hidden = away === null || !Number.isFinite(away);
      if (!line.mark.hidden) line.mark.style.left = `${50 + 25 * clamp(away, -2, 2)}%`;
      line.level.hidden = away !== null;
      if (share !== null) line.level.style.width = `${100 * share}%`;
    });
    const left = (this.look.columns.length || this.look.n_features) - words.length;
    if (left <= 0) return;
    this.more ??= this.rows.appendChild(element("div", "sample-more"));
    setText(this.more, `and ${whole(left)} more`);
  }

  #makeLine() {
    const line = element("div", "sample-line");
    const [name, track] = [element("span", "sample-name"), element("span", "sample-track")];
    const [mark, level] = [element("i", "sample-mark"), element("i", "sample-level")];
    const [value, share] = [element("span", "sample-value"), element("span", "sample-share")];
    track.append(mark, level);
    line.append(name, track, value, share);
    this.rows.append(line);
    return { name, value, share, mark, level };
  }
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
