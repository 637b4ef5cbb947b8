// Slow motion: one observed training step in five phases. Python sends the numbers and the sentences, this shows them.

const SECONDS_PER_PHASE = 2.5;
const SWEEP_SECONDS = 0.9; // of the light that runs through the hourglass when a phase begins
const LEAST_COLUMN = 9; // px of a layer in the hourglass, as in Python's drawing
const DIM = 0.16;
const AZIMUTH = 0.42; // from where points in space are looked at, in radians, as in the thumbnails
const ELEVATION = 0.24;

const [BATCH, ENCODE, DECODE, ERROR, UPDATE] = [0, 1, 2, 3, 4];

export default function ({ data, parentElement }) {
  const [slow, unmount] = mounted(SlowMotion, parentElement);
  slow.update(data);
  return unmount;
}

class SlowMotion {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.list = find(".phases");
    this.sentence = find(".sentence");
    this.glass = new Glass(find(".glass canvas"));
    this.grid = new StepGrid(find(".grid"));
    [this.backButton, this.nextButton, this.playButton] = [".back", ".next", ".play"].map(find);
    this.backButton.onclick = () => this.#visit(this.phase - 1);
    this.nextButton.onclick = () => this.#visit(this.phase + 1);
    this.playButton.onclick = () => (this.playing ? this.#pause() : this.#play());
    root.onkeydown = (event) => this.#key(event);
    this.changes = new Changes();
    this.phase = BATCH;
    this.playing = false;
  }

  update(data) {
    const { palette } = data;
    for (const name of ["encoder", "decoder", "code", "mean"]) this.root.style.setProperty(`--${name}`, palette[name]);
    const another = this.changes.of("step", data.step);
    if (this.changes.of("data", data)) {
      this.data = data;
      this.#makePhases();
      this.glass.set(data);
      this.grid.set(data);
    }
    if (another) {
      this.#goTo(BATCH);
      if (this.playing) this.#wait(); // on by itself through the new step
    } else {
      this.#show(); // the theme may have changed
    }
  }

  close() {
    clearTimeout(this.timer);
    this.glass.close();
    this.grid.close();
  }

  #makePhases() {
    const parts = ["mean", "encoder", "decoder", "encoder", "code"];
    const made = this.data.phases.map(({ name }, phase) => {
      const button = element("button");
      button.type = "button";
      button.dataset.testid = `phase-${phase + 1}`;
      button.style.setProperty("--part", `var(--${parts[phase]})`);
      button.append(element("b", "", `${phase + 1}`), element("span", "", name));
      button.onclick = () => this.#visit(phase);
      const item = element("li");
      item.append(button);
      return item;
    });
    this.list.replaceChildren(...made);
  }

  // ---- moving through the phases

  #key(event) {
    const goal = { ArrowRight: this.phase + 1, ArrowLeft: this.phase - 1, Home: BATCH, End: UPDATE }[event.key];
    if (goal === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#visit(goal);
  }

  /** The visitor chose a phase. */
  #visit(phase) {
    this.#pause();
    this.#goTo(clamp(phase, BATCH, UPDATE));
  }

  #goTo(phase) {
    this.phase = phase;
    this.#show();
    this.glass.sweep(phase);
  }

  #play() {
    this.playing = true;
    if (this.phase === UPDATE) this.#goTo(BATCH);
    else this.#show();
    this.#wait();
  }

  /** Let the next phase come; after the last one stay there, still playing, until another step arrives. */
  #wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.phase === UPDATE) return;
      this.#goTo(this.phase + 1);
      this.#wait();
    }, 1000 * SECONDS_PER_PHASE);
  }

  #pause() {
    clearTimeout(this.timer);
    this.playing = false;
    this.#show();
  }

  // ---- showing

  #show() {
    const { words, name } = this.data.phases[this.phase];
    if (this.sentence.textContent !== words) this.sentence.textContent = words;
    this.list.querySelectorAll("button").forEach((button, phase) => {
      button.classList.toggle("done", phase < this.phase);
      if (phase === this.phase) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    this.backButton.disabled = this.phase === BATCH;
    this.nextButton.disabled = this.phase === UPDATE;
    this.playButton.setAttribute("aria-pressed", String(this.playing));
    this.glass.show(this.phase, name);
    this.grid.show(this.phase);
  }
}

// ---------------------------------------------------------------- the hourglass

/** The layers to scale; what the phase is about is lit, by a light that runs through it when the phase begins. */
class Glass {
  constructor(canvas) {
    this.surface = new Surface(canvas, (context, theme) => this.#paint(context, theme));
    this.phase = BATCH;
    this.share = 1; // of the sweep
  }

  set({ layers, latent_index: latent, palette }) {
    Object.assign(this, { layers, latent, palette });
  }

  show(phase, name) {
    this.phase = phase;
    this.surface.canvas.setAttribute("aria-label", `Hourglass of ${this.layers.join(" → ")} units; lit: ${name}`);
    this.surface.redraw();
  }

  sweep(phase) {
    cancelAnimationFrame(this.asked);
    this.share = 1;
    if (!motionIsWelcome()) return;
    this.share = 0;
    const began = performance.now();
    const tick = (now) => {
      this.share = clamp((now - began) / (1000 * SWEEP_SECONDS), 0, 1);
      this.surface.redraw();
      if (this.share < 1) this.asked = requestAnimationFrame(tick);
    };
    this.asked = requestAnimationFrame(tick);
  }

  close() {
    cancelAnimationFrame(this.asked);
    this.surface.close();
  }

  #columns() {
    const { width, height } = this.surface;
    const { layers, latent, palette } = this;
    const last = layers.length - 1;
    const [left, right, top, bottom] = [28, width - 28, 20, height - 22];
    const tallest = Math.max(...layers);
    return layers.map((units, i) => {
      const tall = Math.max(LEAST_COLUMN, ((bottom - top) * units) / tallest);
      const end = i === 0 ? palette.mean : palette.decoder;
      const colour = i === latent ? palette.code : i === 0 || i === last ? end : i < latent ? palette.encoder : palette.decoder;
      const x = left + ((right - left) * i) / Math.max(1, last);
      return { units, x, tall, colour, middle: (top + bottom) / 2 };
    });
  }

  #isLit(column) {
    const { phase, latent } = this;
    const last = this.layers.length - 1;
    if (phase === BATCH) return column === 0;
    if (phase === ENCODE) return column <= latent;
    if (phase === DECODE) return column >= latent;
    return phase === UPDATE || column === 0 || column === last;
  }

  #paint(context, theme) {
    if (!this.layers) return;
    const columns = this.#columns();
    this.#layer(context, theme, columns, () => false);
    context.save();
    this.#clip(context, columns);
    this.#layer(context, theme, columns, (i) => this.#isLit(i));
    context.restore();
    if (this.phase === ERROR) this.#arc(context, theme, columns);
    if (this.phase === UPDATE) this.#arrows(context, columns);
    this.#texts(context, theme, columns);
  }

  /** The light's reach: from where the phase starts to where it ends; an update runs backwards. */
  #clip(context, columns) {
    const { width, height } = this.surface;
    const [from, to] = [[0, width], [0, columns[this.latent].x + 12], [columns[this.latent].x - 12, width], [0, width], [width, 0]][this.phase];
    const now = from + (to - from) * this.share;
    context.beginPath();
    context.rect(Math.min(from, now), 0, Math.abs(now - from), height);
    context.clip();
  }

  #layer(context, theme, columns, isLit) {
    columns.slice(1).forEach((right, i) => {
      const left = columns[i];
      const through = this.phase !== ERROR && this.phase !== BATCH && isLit(i) && isLit(i + 1);
      context.globalAlpha = through ? 0.55 : DIM * 0.7;
      context.fillStyle = i < this.latent ? this.palette.encoder : this.palette.decoder;
      context.beginPath();
      context.moveTo(left.x, left.middle - left.tall / 2);
      context.lineTo(right.x, right.middle - right.tall / 2);
      context.lineTo(right.x, right.middle + right.tall / 2);
      context.lineTo(left.x, left.middle + left.tall / 2);
      context.fill();
    });
    columns.forEach(({ x, middle, tall, colour }, i) => {
      context.beginPath();
      context.roundRect(x - 6, middle - tall / 2, 12, tall, 4);
      context.globalAlpha = 1;
      context.fillStyle = theme.background; // a dim column must not let the shape behind it through
      context.fill();
      context.globalAlpha = isLit(i) ? 1 : 2 * DIM;
      context.fillStyle = colour;
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /** What came out is held against what went in. */
  #arc(context, theme, columns) {
    const [first, last] = [columns[0], columns.at(-1)];
    const y = first.middle;
    const reach = (last.x - 14 - (first.x + 14)) * this.share;
    context.strokeStyle = context.fillStyle = theme.text;
    context.lineWidth = 1.5;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(last.x - 14, y);
    context.lineTo(last.x - 14 - reach, y);
    context.stroke();
    context.setLineDash([]);
    context.font = `600 13px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const at = columns.length % 2 ? (columns[this.latent].x + last.x) / 2 : (first.x + last.x) / 2;
    haloText(context, theme, "x̂ − x", at, y);
  }

  /** The update runs back through the layers. */
  #arrows(context, columns) {
    context.fillStyle = "#ffffff";
    columns.slice(1).forEach((right, i) => {
      const left = columns[i];
      const x = (left.x + right.x) / 2;
      if (right.x - left.x < 24 || (columns.at(-1).x - x) / (columns.at(-1).x - columns[0].x) > this.share) return;
      const size = clamp(Math.min(left.tall, right.tall) / 2, 3, 7);
      context.beginPath();
      context.moveTo(x - size, left.middle);
      context.lineTo(x + size * 0.7, left.middle - size);
      context.lineTo(x + size * 0.7, left.middle + size);
      context.fill();
    });
  }

  #texts(context, theme, columns) {
    const { height } = this.surface;
    const said = new Map([[0, "x"], [this.latent, "z"], [columns.length - 1, "x̂"]]);
    context.textAlign = "center";
    said.forEach((symbol, i) => {
      const { x, middle, tall, units } = columns[i];
      context.globalAlpha = this.#isLit(i) ? 1 : 0.55;
      context.fillStyle = theme.text;
      context.textBaseline = "alphabetic";
      context.font = `italic 14px ${theme.font}`;
      context.fillText(symbol, x, middle - tall / 2 - 6);
      context.font = `12px ${theme.font}`;
      context.fillText(whole(units), x, height - 6);
    });
    context.globalAlpha = 1;
  }
}

// ---------------------------------------------------------------- the samples

/** A grid: one column for each sample, one row for each thing that the step makes of it. */
class StepGrid {
  constructor(root) {
    this.root = root;
    this.surfaces = [];
  }

  set(data) {
    this.close();
    this.data = data;
    this.shape = data.image_shape ?? null;
    for (const name of ["x", "x_clean", "x_hat", "z"]) this[name] = unpack(data[name]);
    this.k = data.names.length;
    this.parts = [];
    this.surfaces = [];
    this.root.dataset.kind = data.kind;
    this.root.replaceChildren(...this.#labels());
    this.reach = data.kind === "points" ? this.#pointLimits() : padded(bulk(this.x_clean.values), 0.12);
    this.#makeRows();
  }

  show(phase) {
    for (const { node, from } of this.parts) {
      node.classList.toggle("to-come", phase < from);
      node.classList.toggle("now", phase === from && node.classList.contains("cell"));
    }
    this.surfaces.forEach((surface) => surface.redraw());
  }

  close() {
    this.surfaces.forEach((surface) => surface.close());
  }

  #makeRows() {
    const { noisy } = this.data;
    const rows = [[noisy ? "seen, with noise" : "batch", "mean", BATCH, (i) => this.#drawn(this.x, i, "mean")]];
    if (noisy) rows.push(["target, clean", "mean", BATCH, (i) => this.#drawn(this.x_clean, i, "mean")]);
    rows.push(["code", "code", ENCODE, (i) => this.#code(i)]);
    rows.push(["recon\u00adstruction", "decoder", DECODE, (i) => this.#drawn(this.x_hat, i, "decoder")]);
    rows.push(["squared error", "encoder", ERROR, (i) => this.#error(i)]);
    this.root.style.setProperty("--samples", this.k);
    this.root.style.setProperty("--things", rows.length);
    rows.forEach(([words, part, from, make], r) => {
      this.#add(this.#name(words), r + 2, null, part, from);
      for (let i = 0; i < this.k; i++) this.#add(make(i), r + 2, i, part, from);
    });
    this.#add(this.#losses(), rows.length + 2, null, "code", UPDATE);
  }

  #add(node, row, i, part, from) {
    node.style.setProperty("--r", row);
    if (i !== null) node.style.setProperty("--i", i);
    node.style.setProperty("--part", `var(--${part})`);
    this.parts.push({ node, from });
    this.root.append(node);
  }

  #labels() {
    return this.data.names.map((name, i) => {
      const label = element("span", "label", name);
      label.style.setProperty("--i", i);
      label.title = name;
      return label;
    });
  }

  #name(words) {
    const name = element("div", "name");
    name.append(element("span", "", words));
    return name;
  }

  #cell(kind) {
    return element("div", `cell ${kind}`);
  }

  /** A canvas that is painted in its cell's own size. */
  #canvas(cell, label, paint) {
    const box = element("div", "box");
    const canvas = labelledCanvas(label);
    box.append(canvas);
    cell.append(box);
    const surface = new Surface(canvas, (context, theme) => paint(context, theme, surface));
    this.surfaces.push(surface);
  }

  #drawn(rows, i, part) {
    const cell = this.#cell("drawn");
    const label = `${this.data.names[i]}, ${rows === this.x_hat ? "reconstruction" : rows === this.x ? "as it comes in" : "target"}`;
    if (this.shape) {
      const canvas = labelledCanvas(label, "pixels");
      drawPicture(canvas, picturesOf(rows, this.shape), i);
      cell.append(canvas);
      return cell;
    }
    const colour = this.data.palette[part];
    const inSpace = this.data.kind === "points";
    this.#canvas(cell, label, (context, theme, surface) => {
      if (inSpace) this.#paintPoint(context, theme, surface, rows, i, colour);
      else this.#paintFeatures(context, surface, rows, i, colour);
    });
    return cell;
  }

  /** Features side by side: a line for series, bars for tables; a reconstruction lies over its grey target. */
  #paintFeatures(context, { width, height }, rows, i, colour) {
    const box = { left: 0, top: 0, width, height };
    const { kind, palette } = this.data;
    const draw = (values, colour, alpha) => {
      if (kind !== "series") return paintBars(context, values, this.reach, box, colour, alpha);
      context.globalAlpha = alpha;
      paintWave(context, values, this.reach, box, colour, 1.75);
      context.globalAlpha = 1;
    };
    if (rows !== this.x_hat) return draw(rowOf(rows, i), colour, 0.85);
    draw(rowOf(this.x_clean, i), palette.mean, 0.55);
    const made = rowOf(rows, i);
    paintWave(context, made, this.reach, box, colour, 1.75);
    if (kind !== "series" && width / made.length >= 6) paintBeads(context, made, this.reach, box, colour);
  }

  // ---- points in the plane or in space

  /** Where a point is seen: the plane itself, or space from a little above. */
  #seen(row) {
    if (row.length < 3) return [row[0], row[1] ?? 0];
    const along = row[0] * Math.cos(AZIMUTH) - row[1] * Math.sin(AZIMUTH);
    const away = row[0] * Math.sin(AZIMUTH) + row[1] * Math.cos(AZIMUTH);
    return [along, row[2] * Math.cos(ELEVATION) + away * Math.sin(ELEVATION)];
  }

  #pointLimits() {
    const seen = [this.x, this.x_clean].flatMap((rows) => rowsOf(rows).map((row) => this.#seen(row)));
    const limits = [0, 1].map((axis) => padded(bulk(Float32Array.from(seen, (place) => place[axis])), 0.2));
    const half = Math.max(...limits.map(([low, high]) => high - low)) / 2; // one scale for both axes
    return limits.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
  }

  #paintPoint(context, theme, { width, height }, rows, i, colour) {
    const [[left, right], [low, high]] = this.reach;
    const at = ([x, y]) => [((x - left) / (right - left)) * width, height - ((y - low) / (high - low)) * height];
    const place = (from, j) => at(this.#seen(rowOf(from, j)));
    context.fillStyle = this.data.palette.mean;
    context.globalAlpha = 0.35;
    for (let j = 0; j < this.k; j++) dot(context, ...place(this.x_clean, j), 2);
    context.globalAlpha = 1;
    const [x, y] = place(rows, i);
    if (rows === this.x_hat) {
      context.strokeStyle = this.data.palette.encoder;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(...place(this.x_clean, i));
      context.lineTo(x, y);
      context.stroke();
      dot(context, ...place(this.x_clean, i), 3);
    }
    context.fillStyle = rows === this.x_hat ? colour : theme.text;
    dot(context, x, y, 4);
  }

  // ---- code, error, loss

  #code(i) {
    const cell = this.#cell("code");
    const z = rowOf(this.z, i);
    const words = this.data.code_words[i];
    this.#canvas(cell, `${this.data.names[i]}, code ${[...z].slice(0, 8).map(threeDigits).join(", ")}`, (context, theme, surface) => this.#paintCode(context, theme, surface, z));
    if (words) cell.append(element("div", "number", words.join(", ")));
    return cell;
  }

  #paintCode(context, theme, { width, height }, z) {
    const most = Math.max(...this.z.values.filter(Number.isFinite).map(Math.abs), 1e-12);
    const slot = Math.min((width - 4) / z.length, 26);
    const start = (width - slot * z.length) / 2;
    context.fillStyle = this.data.palette.code;
    z.forEach((value, unit) => {
      if (!Number.isFinite(value)) return;
      const tall = Math.max(1, (Math.abs(value) / most) * (height / 2 - 2));
      context.fillRect(start + (unit + 0.12) * slot, value > 0 ? height / 2 - tall : height / 2, Math.max(0.75, slot * 0.76), tall);
    });
    context.fillStyle = theme.text;
    context.globalAlpha = 0.4;
    context.fillRect(start, height / 2 - 0.5, slot * z.length, 1);
    context.globalAlpha = 1;
  }

  #error(i) {
    const { errors, error_words: words } = this.data;
    const known = errors.filter((error) => error !== null);
    const most = Math.max(...known, 0);
    const cell = this.#cell("error");
    cell.append(element("div", "number", words[i]), track(most > 0 ? (errors[i] ?? 0) / most : 0));
    cell.classList.toggle("worst", known.length > 1 && errors[i] === most);
    return cell;
  }

  #losses() {
    const { loss, loss_words: words } = this.data;
    const most = Math.max(...loss.map((value) => Math.abs(value ?? 0)));
    const box = element("div", "loss");
    ["loss of the batch", "after the update"].forEach((name, i) => {
      const share = most > 0 ? clamp((loss[i] ?? 0) / most, 0, 1) : 0;
      const bar = track(share);
      if (i === 0) bar.classList.add("before");
      box.append(this.#name(name), bar, element("span", "number", words[i]));
    });
    return box;
  }
}

/** A bar of which `share` is filled. */
function track(share) {
  const bar = element("div", "track");
  const filled = element("i");
  filled.style.width = `${100 * share}%`;
  bar.append(filled);
  return bar;
}
