// A sample, corrupted by a strength, and what the autoencoders and PCA make of it; all of it here while the slider moves.

const MS_TILL_ASKED = 150; // after a release, where the server computes: arrow keys release at every press
const MOST_LINES = 40; // of a table
const PANELS = ["corrupted", "autoencoder", "twin", "pca", "clean"]; // those that have a title
const REPAIRS = ["autoencoder", "twin", "pca"];

export default function ({ data, parentElement, setTriggerValue }) {
  const [view, unmount] = mounted(Corrupt, parentElement);
  view.update(data, setTriggerValue);
  return unmount;
}

/** A sample in its panel's colour; a series with the clean one behind it. */
class OwnLook extends Look {
  constructor(payload, colour, shown) {
    super({ ...payload, palette: { ...payload.palette, reconstruction: colour } });
    this.shown = shown;
  }

  paint(context, box, x, theme) {
    if (this.kind === "series" && this.shown.x) super.paint(context, box, this.shown.x, theme, this.palette.mean);
    super.paint(context, box, x, theme);
  }
}

class Corrupt {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    [this.words, this.slider, this.panels, this.rows, this.note] = [".words", ".strength", ".panels", ".rows", ".note"].map(find);
    this.slider.oninput = () => this.#slide();
    this.slider.onchange = () => this.#askSoon();
    this.changes = new Changes();
    this.networks = {};
    this.stops = {};
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.root.style.setProperty("--code", data.palette.code);
    if (this.changes.of("look", [data.look, data.titles])) this.#build();
    if (this.changes.of("x", data.x)) this.x = unpack(data.x).values;
    if (this.changes.of("damage", data.damage)) this.damage = new DAMAGES[data.damage.type](data.damage);
    this.#waitFor("autoencoder", data.network);
    this.#waitFor("twin", data.twin ?? null);
    this.#waitFor("pca", data.pca);
    if (this.changes.of("computed", data.computed ?? null)) this.computed = data.computed ? unpackComputed(data.computed) : null;
    if (this.changes.of("start", data.strength) && shared.corruptStrength === undefined) shared.corruptStrength = data.strength;
    this.slider.value = shared.corruptStrength;
    this.#show();
    if (this.#serverIsBehind && this.strength !== data.strength) this.#askSoon();
  }

  close() {
    clearTimeout(this.timer);
    Object.values(this.stops).forEach((stop) => stop?.());
    this.#closeViews();
  }

  get strength() {
    return Number(this.slider.value);
  }

  /** Whether what is on show waits for the server. */
  get #serverIsBehind() {
    return !this.data.network && this.computed?.strength !== this.strength;
  }

  #waitFor(name, key) {
    if (!this.changes.of(`network ${name}`, key)) return;
    this.stops[name]?.();
    this.networks[name] = this.stops[name] = null;
    if (!key) return;
    this.stops[name] = networkOf(key, (net) => {
      this.networks[name] = net;
      if (this.damage) this.#show();
    });
  }

  // ---- the page

  #build() {
    this.#closeViews();
    this.look = new Look(this.data.look);
    this.root.dataset.kind = this.look.kind;
    const isTable = this.look.kind === "table";
    [this.panels.hidden, this.rows.hidden] = [isTable, !isTable];
    this.names = PANELS.filter((name) => this.data.titles[name]);
    this.root.dataset.panels = this.names.length;
    this.views = null;
    if (isTable) this.#buildTable();
    else this.#buildPanels();
  }

  #buildPanels() {
    this.panels.replaceChildren();
    this.views = this.names.map((name) => {
      const panel = element("div", "panel");
      panel.style.setProperty("--own", this.data.palette[name]);
      const [title, error, sample] = [element("b", ""), element("span", "error"), element("div", "")];
      title.textContent = this.data.titles[name];
      error.dataset.testid = `error-${name}`;
      panel.append(title, error, sample);
      this.panels.append(panel);
      const view = new SampleView(sample, new OwnLook(this.data.look, this.data.palette[name], this));
      view.canvas.setAttribute("aria-label", `The sample: ${this.data.titles[name]}`);
      return { name, error, show: (x) => view.show(x), close: () => view.close(), hide: (is) => (sample.style.opacity = is ? 0.3 : 1) };
    });
  }

  #buildTable() {
    const head = this.rows.querySelector("tr");
    const corner = element("th", "");
    corner.textContent = "column";
    head.replaceChildren(corner);
    this.views = this.names.map((name) => {
      const cell = element("th", "");
      cell.style.setProperty("--own", this.data.palette[name]);
      const error = element("small", "");
      error.dataset.testid = `error-${name}`;
      cell.append(this.data.titles[name], error);
      head.append(cell);
      return { name, error, close() {}, hide: () => {}, show: (x) => this.#showColumn(name, x) };
    });
    this.lines = null;
  }

  #showColumn(name, x) {
    const words = this.look.words(x, MOST_LINES);
    if (!this.lines) this.#makeLines(words.map(([title]) => title));
    const place = this.names.indexOf(name) + 1;
    words.forEach(([, value, share], i) => {
      const cell = this.lines[i].children[place];
      const { start, stop = start + 1 } = this.look.cells[i];
      const isRepair = REPAIRS.includes(name);
      setText(cell, isRepair && share !== null ? `${value} (${Math.round(100 * share)} %)` : value);
      const off = isRepair ? Math.min(1, squaresOf(x, this.x, start, stop)) : 0;
      cell.style.background = off > 0.02 ? `color-mix(in srgb, ${this.data.palette.off} ${Math.round(60 * off)}%, transparent)` : "";
      cell.classList.toggle("hit", name === "corrupted" && !same(x, this.x, start, stop));
    });
  }

  #makeLines(names) {
    this.lines = names.map((name) => {
      const line = element("tr", "");
      line.append(...Array.from({ length: this.names.length + 1 }, () => element("td", "")));
      line.firstChild.textContent = name;
      return line;
    });
    this.rows.querySelector("tbody").replaceChildren(...this.lines);
  }

  #closeViews() {
    this.views?.forEach((view) => view.close());
  }

  // ---- at work

  #slide() {
    shared.corruptStrength = this.strength;
    const { currentTime } = document.timeline;
    if (currentTime !== this.lastFrame) this.#show(); // at once, so that it is painted in this very frame
    else this.frame ||= requestAnimationFrame(() => this.#show());
    this.lastFrame = currentTime;
  }

  #askSoon() {
    if (!this.#serverIsBehind) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell("strength", this.strength), MS_TILL_ASKED);
  }

  #show() {
    this.frame = 0;
    const { strength, x } = this;
    setText(this.words, `Strength ${strength.toFixed(2)}: ${this.data.says}`);
    const corrupted = this.damage.at(strength, x);
    const shown = { corrupted, clean: x };
    for (const name of REPAIRS) shown[name] = this.#repaired(name, corrupted);
    const before = errorOf(corrupted, x, unpackedFill(this));
    for (const view of this.views) {
      const values = shown[view.name];
      view.hide(!values);
      if (values) view.show(values);
      setText(view.error, this.#errorWords(view.name, values, before));
    }
    setText(this.note, this.#serverIsBehind ? "The server computes what you see when you let go." : (this.data.note ?? ""));
  }

  #repaired(name, corrupted) {
    if (!this.data.network) return this.#serverIsBehind ? null : (this.computed?.[name] ?? null);
    const net = this.networks[name];
    return net ? net.decode(net.encode(corrupted)) : null;
  }

  #errorWords(name, values, before) {
    if (name === "clean") return "what it should become";
    if (name === "corrupted") return `error ${threeDigits(before)}`;
    if (!values) return "…";
    const error = errorOf(values, this.x);
    const share = before > 0 ? error / before : NaN;
    return `error ${threeDigits(error)}${Number.isFinite(share) ? `\n${timesWords(share)} the corrupted one’s` : ""}`;
  }
}

function timesWords(share) {
  return share < 0.995 ? `${Math.max(share * 100, 0.1).toFixed(share < 0.1 ? 1 : 0)} % of` : `${threeDigits(share)} times`;
}

function unpackedFill(view) {
  if (view.changes.of("fill", view.data.fill)) view.fill = unpack(view.data.fill).values;
  return view.fill;
}

function unpackComputed({ strength, autoencoder, twin, pca }) {
  const values = (packed) => (packed ? unpack(packed).values : null);
  return { strength, autoencoder: values(autoencoder), twin: values(twin), pca: values(pca) };
}

/** Sum of squared errors against the clean sample; what is missing there counts for nothing, here it is the mean. */
function errorOf(values, clean, fill = null) {
  let sum = 0;
  for (let i = 0; i < clean.length; i++) {
    if (Number.isNaN(clean[i])) continue;
    const value = fill && Number.isNaN(values[i]) ? fill[i] : values[i];
    sum += (value - clean[i]) ** 2;
  }
  return sum;
}

function squaresOf(x, clean, start, stop) {
  let sum = 0;
  for (let f = start; f < stop; f++) if (!Number.isNaN(clean[f])) sum += (x[f] - clean[f]) ** 2;
  return sum;
}

function same(x, clean, start, stop) {
  for (let f = start; f < stop; f++) if (!Object.is(x[f], clean[f])) return false;
  return true;
}

// ---------------------------------------------------------------- damage, as analysis/corruption.py; one array at every call

class AddedField {
  constructor({ field }) {
    this.field = unpack(field).values;
    this.out = new Float32Array(this.field.length);
  }

  at(strength, x) {
    const by = Math.fround(strength);
    for (let i = 0; i < x.length; i++) this.out[i] = x[i] + Math.fround(by * this.field[i]);
    return this.out;
  }
}

class Replacement {
  constructor({ threshold, value }) {
    [this.threshold, this.value] = [unpack(threshold).values, unpack(value).values];
    this.out = new Float32Array(this.value.length);
  }

  at(strength, x) {
    const { threshold, value, out } = this;
    const limit = Math.fround(strength);
    for (let i = 0; i < x.length; i++) out[i] = threshold[i] < limit && !Number.isNaN(x[i]) ? value[i] : x[i];
    return out;
  }
}

class Blur {
  constructor({ grid, reach, kernel_reach: kernelReach }) {
    Object.assign(this, { grid, reach, kernelReach });
    const n = grid.reduce((product, side) => product * side, 1);
    [this.out, this.between] = [new Float32Array(n), new Float64Array(n)];
  }

  at(strength, x) {
    const { grid, out, between } = this;
    const sigma = strength * this.reach;
    out.set(x);
    if (sigma < 1e-3) return out;
    const kernel = bell(sigma, this.kernelReach);
    between.set(x);
    let stride = out.length;
    for (const side of grid.slice(0, -1)) {
      stride /= side;
      blurAlong(between, out, kernel, side, stride);
      between.set(out);
    }
    return out;
  }
}

function bell(sigma, kernelReach) {
  const reach = Math.ceil(kernelReach * sigma);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Weighted means along one axis of the grid; an edge goes on beyond itself. */
function blurAlong(from, to, kernel, side, stride) {
  const reach = (kernel.length - 1) / 2;
  for (let i = 0; i < from.length; i++) {
    const place = Math.floor(i / stride) % side;
    const first = i - place * stride;
    let sum = 0;
    for (let k = 0; k < kernel.length; k++) sum += kernel[k] * from[first + clamp(place + k - reach, 0, side - 1) * stride];
    to[i] = sum;
  }
}

const DAMAGES = { added: AddedField, replaced: Replacement, blurred: Blur };
