// The columns of a row: each in its own units to be edited, beside it what every codec makes of it and what it costs.

const CODECS = ["autoencoder", "pca", "mean"];
const CODEC_NAMES = { autoencoder: "autoencoder", pca: "PCA", mean: "mean" };

class Cells {
  constructor(bench, root) {
    this.bench = bench;
    this.root = root;
    root.replaceChildren();
    const { cells, look, colours } = bench.known;
    root.hidden = !cells.length;
    if (!cells.length) return;
    const head = element("div", "row head");
    head.append(element("span", "name", "column"), element("span", "edit", "input"));
    for (const name of CODECS) head.append(element("span", "made", CODEC_NAMES[name]));
    head.append(element("span", "bars", "error"));
    root.append(head);
    this.rows = cells.map((cell, c) => this.#row(cell, c, colours));
    root.append(...this.rows.map((row) => row.line));
    this.most = look.columns.length || cells.length;
  }

  #row(cell, c, colours) {
    const line = element("div", "row");
    const edit = element("span", "edit");
    const row = { line, cell, c, made: {}, bars: {} };
    const name = element("span", "name", cell.unit ? `${cell.name} (${cell.unit})` : cell.name);
    row.field = this.#field(cell, c);
    edit.append(row.field);
    if ((cell.type ?? "number") === "number") {
      row.slider = element("input", "slide");
      Object.assign(row.slider, { type: "range", min: cell.low, max: cell.high, step: "any" });
      row.slider.setAttribute("aria-label", `${cell.name}, over the training rows' range`);
      row.slider.oninput = () => this.#set(c, Number(row.slider.value), row.slider);
      this.#ends(row.slider);
      edit.append(row.slider);
    }
    if (cell.may_miss) {
      row.missing = element("input");
      row.missing.type = "checkbox";
      row.missing.onchange = () => this.#set(c, row.missing.checked ? NaN : this.#usual(row), row.missing, true);
      const label = element("label", "missing");
      label.append(row.missing, "missing");
      row.missing.setAttribute("aria-label", `${cell.name} is missing`);
      edit.append(label);
    }
    line.append(name, edit);
    for (const codec of CODECS) {
      row.made[codec] = element("span", `made ${codec}`);
      row.made[codec].dataset.name = CODEC_NAMES[codec];
      line.append(row.made[codec]);
    }
    const bars = element("span", "bars");
    for (const codec of CODECS) {
      row.bars[codec] = element("i");
      row.bars[codec].style.background = colours[codec];
      bars.append(row.bars[codec]);
    }
    line.append(bars);
    return row;
  }

  #field(cell, c) {
    const kind = cell.type ?? "number";
    if (kind === "category") {
      const field = element("select");
      field.append(...cell.levels.map((level, i) => Object.assign(element("option", "", level), { value: i })));
      field.onchange = () => field.value !== "" && this.#set(c, Number(field.value), field, true);
      return this.#named(field, cell);
    }
    const field = element("input");
    const type = { number: "number", time: "time", date: cell.has_time ? "datetime-local" : "date" }[kind];
    Object.assign(field, { type, step: kind === "number" ? "any" : "1" });
    field.oninput = () => {
      const value = kind === "number" ? field.valueAsNumber : field.valueAsNumber / 1000;
      if (Number.isFinite(value)) this.#set(c, clamp(value, -LARGEST, LARGEST), field);
    };
    this.#ends(field);
    return this.#named(field, cell);
  }

  #named(field, cell) {
    field.setAttribute("aria-label", cell.name);
    field.dataset.testid = `cell ${cell.name}`;
    return field;
  }

  /** Python hears of it when the visitor lets go. */
  #ends(field) {
    field.onchange = () => this.bench.rest();
    field.onfocus = () => this.bench.remember();
  }

  #set(c, value, by, isDone = false) {
    const started = performance.now();
    if (isDone) this.bench.remember();
    this.bench.own[c] = value;
    this.by = by;
    this.bench.changed(started);
    this.by = null;
    if (isDone) this.bench.rest();
  }

  /** What a cell that was missing becomes: what the autoencoder would fill in. */
  #usual({ cell, c }) {
    const value = this.bench.made ? this.bench.known.look.own(this.bench.made.autoencoder)[c] : NaN;
    return Number.isFinite(value) ? value : (cell.low ?? 0);
  }

  /** The fields follow a sample that has come from elsewhere, or from another field; then all the rest. */
  show() {
    if (!this.rows) return;
    const { own, made, x, known } = this.bench;
    const words = {};
    for (const codec of CODECS) words[codec] = made?.[codec] ? known.look.words(made[codec], this.rows.length) : null;
    const errors = this.rows.map(({ cell }) => this.#errors(cell, x, made));
    const most = Math.max(1e-12, ...errors.flatMap((each) => Object.values(each)));
    this.rows.forEach((row, i) => {
      this.#fill(row, own[row.c]);
      for (const codec of CODECS) {
        const [, said, share] = words[codec]?.[i] ?? [null, "", null];
        setText(row.made[codec], share === null ? said : `${said} ${Math.round(100 * share)} %`);
        row.bars[codec].style.width = `${(100 * (errors[i][codec] ?? 0)) / most}%`;
      }
    });
    const isOutside = ({ cell, c }) => own[c] < cell.low || own[c] > cell.high; // never of what is missing or no number
    this.outside = this.rows.filter(isOutside).map(({ cell }) => cell.name);
    this.costs = this.rows.map((row, i) => [row.cell.name, errors[i].autoencoder ?? 0]).sort((a, b) => b[1] - a[1]);
  }

  #errors({ start, stop }, x, made) {
    const errors = {};
    for (const codec of CODECS) {
      if (!made?.[codec]) continue;
      errors[codec] = squaredError(x, made[codec], start, stop ?? start + 1);
    }
    return errors;
  }

  #fill({ cell, field, slider, missing }, value) {
    const isMissing = Number.isNaN(value);
    if (missing && missing !== this.by) missing.checked = isMissing;
    field.disabled = isMissing;
    if (slider) slider.disabled = isMissing;
    if (slider && slider !== this.by && !isMissing) slider.value = value;
    if (field === this.by || field.getRootNode().activeElement === field) {
      if (field.tagName === "INPUT" && !slider) return;
      if (field === this.by) return;
    }
    const text = isMissing ? "" : this.#text(cell, value);
    if (field.value !== text) field.value = text;
  }

  #text(cell, value) {
    const kind = cell.type ?? "number";
    const isFixed = (cell.decimals ?? -1) >= 0;
    if (kind === "number") return String(Number(isFixed ? value.toFixed(cell.decimals) : value.toPrecision(6)));
    if (kind === "category") return String(value);
    if (kind === "time") return new Date(Math.round(value) * 1000).toISOString().slice(11, 19);
    const moment = new Date(Math.round(value) * 1000);
    if (Number.isNaN(moment.getTime())) return "";
    return moment.toISOString().slice(0, cell.has_time ? 19 : 10);
  }
}

/** Sum of squared differences over features start to stop; a missing entry of x counts for nothing. */
function squaredError(x, made, start = 0, stop = x.length) {
  let sum = 0;
  for (let i = start; i < stop; i++) {
    const away = x[i] - made[i];
    if (away === away) sum += away * away;
  }
  return sum;
}
