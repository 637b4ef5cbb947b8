// The bench: one sample is edited, drawn or has come from elsewhere; its code, what the autoencoder, PCA and the mean
// make of it and what that costs follow in the same frame. Python hears of an edit when the visitor lets go.

export default function ({ data, parentElement, setTriggerValue }) {
  const [bench, unmount] = mounted(Bench, parentElement);
  bench.update(data, setTriggerValue);
  return unmount;
}

const REST = 300; // milliseconds without a change before Python is told
const PAUSE = 120; // and before the passes begin
const MOST_TIMES = 240; // from an event to what it has painted, for whoever measures
const MOST_BARS = 64; // units of the code
const MOST_NAMED = 3; // columns said to cost most
const MOST_OUTSIDE = 6; // columns said to lie outside of the training rows' range
const LEAST_SCALE = 1e-6;
const ROUNDING = 1e-5; // relative, as strange.py
const ROUND = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

class Bench {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, { root, find });
    root.latencies = [];
    root.bench = this; // for whoever measures
    this.changes = new Changes();
    this.instance = Math.random().toString(36).slice(2);
    this.edits = 0;
    this.mode = "edit";
    this.past = [];
    this.codeBars = new Surface(find(".code canvas"), (context, theme) => this.#paintBars(context, theme));
    this.map = new Surface(find(".place canvas"), (context, theme) => this.#paintMap(context, theme));
    this.blend = new Surface(find(".blend canvas"), (context, theme) => this.#paintBlend(context, theme));
    this.slider = find(".blend input");
    this.slider.setAttribute("aria-label", "From the input, 0, to its reconstruction, 100");
    this.slider.oninput = () => this.#showBlend();
    this.passes = new Passes(find(".passes"));
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    if (this.changes.of("known", data.known)) this.#awaitKnown(data.known);
    if (this.changes.of("network", data.network)) this.#awaitNetwork(data.network);
    if (this.changes.of("x", [data.run, data.x]) && !this.#isOurs) this.#take();
    setText(this.find(".what"), data.words);
    if (this.known) this.#showServers();
    for (const each of this.#surfaces()) each.redraw();
  }

  /** Whether the sample that Python has sent is one that it has from here. */
  get #isOurs() {
    return this.data.token.startsWith(`${this.instance}.`);
  }

  close() {
    for (const stop of [this.stopKnown, this.stopNetwork]) stop?.();
    for (const each of this.#surfaces()) each.close();
    this.editor?.close();
    this.passes.close();
    for (const timer of [this.resting, this.pausing]) clearTimeout(timer);
  }

  #surfaces() {
    const ofViews = Object.values(this.views ?? {}).flatMap(({ surfaces }) => surfaces);
    return [this.codeBars, this.map, this.blend, ...ofViews];
  }

  // ---- what has come

  #awaitKnown(key) {
    this.stopKnown?.();
    this.known = null;
    this.stopKnown = knownRun(key, (known) => {
      this.known = known;
      this.x = new Float32Array(known.look.n_features);
      this.root.dataset.kind = known.look.kind;
      this.drawing = null;
      this.#makeViews();
      this.tools = new Tools(this);
      this.passes.setLook(known.look);
      this.find(".blend canvas").style.aspectRatio = String(known.look.aspect);
      this.find(".blend canvas").classList.toggle("pixels", known.look.kind === "image");
      this.layer = null;
      this.#take();
    });
  }

  #awaitNetwork(key) {
    this.stopNetwork?.();
    this.net = null;
    if (!key) return;
    this.stopNetwork = networkOf(key, (net) => {
      this.net = net;
      if (this.own) this.changed();
    });
  }

  /** A sample that has come from elsewhere. */
  #take() {
    if (!this.known || !this.data) return;
    const sent = new Float64Array(bytesOf(this.data.x).buffer);
    this.own = this.known.own(sent.length);
    this.own.set(sent);
    this.start = this.own.slice();
    this.startsHeldOut = this.data.is_held_out;
    this.origin = "edited";
    this.past = [];
    clearTimeout(this.resting);
    this.cells = new Cells(this, this.find(".cells"));
    this.#setMode("edit");
    if (!this.net) this.made = this.served = null;
    this.changed();
    this.#showServers();
  }

  /** Another way of changing the input. */
  #setMode(mode) {
    this.mode = mode;
    this.editor?.close();
    this.editor = null;
    const { kind } = this.known.look;
    const box = this.find(".editor");
    box.hidden = kind === "table";
    const Made = mode === "draw" ? DrawEditor : { image: PictureEditor, series: WaveEditor, points: PlaceEditor }[kind];
    if (Made) this.editor = new Made(this, box);
    this.#showModes();
    this.tools.show();
  }

  #showModes() {
    const root = this.find(".modes");
    root.hidden = this.known.look.kind !== "image";
    const ways = { edit: "edit the pixels", draw: "draw a new one" };
    const buttons = Object.entries(ways).map(([mode, words]) => {
      const made = button(words, () => this.#choose(mode));
      made.setAttribute("aria-pressed", String(this.mode === mode));
      made.dataset.testid = `mode ${mode}`;
      return made;
    });
    root.replaceChildren(...buttons);
  }

  #choose(mode) {
    if (mode === this.mode) return;
    this.remember();
    this.#setMode(mode);
    if (mode === "draw") {
      this.editor.see(); // a blank sheet, or what was drawn before
      this.changed();
    }
  }

  // ---- the sample changes

  /** What an undo goes back to. */
  remember() {
    const last = this.past.at(-1);
    if (last && sameNumbers(last.own, this.own) && last.mode === this.mode) return;
    const strokes = this.drawing?.strokes.slice() ?? [];
    const isInverted = this.drawing?.isInverted ?? false;
    this.past.push({ own: this.own.slice(), origin: this.origin, mode: this.mode, strokes, isInverted });
    if (this.past.length > UNDO) this.past.shift();
    this.tools.showUndo();
  }

  undo() {
    let last = this.past.pop();
    if (last && sameNumbers(last.own, this.own) && last.mode === this.mode && this.past.length) last = this.past.pop();
    if (!last) return;
    this.own.set(last.own);
    this.origin = last.origin;
    if (this.drawing) {
      this.drawing.strokes = last.strokes;
      this.drawing.isInverted = last.isInverted;
      this.drawing.repaint();
    }
    if (last.mode !== this.mode) this.#setMode(last.mode);
    this.tools.showUndo();
    this.changed();
    this.rest();
  }

  /** Another sample made of this one by `change(own)`. */
  apply(change) {
    this.remember();
    change(this.own);
    this.origin = "edited";
    this.changed();
    this.rest();
  }

  goBack() {
    clearTimeout(this.resting);
    if (!this.#isOurs) this.#take(); // of edits that Python has not heard of; else it sends the picked row
    this.tell("back", this.data.run);
  }

  /** Own units have changed: everything that follows from them, now; `started` is when the event came. */
  changed(started = null) {
    if (!this.known || !this.own) return;
    const { known, net } = this;
    known.forward(this.own, this.x);
    this.made = { ...this.made, mean: known.mean }; // what the server has made stays until it makes another
    if (known.pca) this.made.pca = known.pca.reconstruct(this.x);
    if (net) {
      this.z = Float32Array.from(net.encode(this.x));
      this.made.autoencoder = (this.output ??= new Float32Array(this.x.length));
      if (this.output.length !== this.x.length) this.made.autoencoder = this.output = new Float32Array(this.x.length);
      this.output.set(net.decode(this.z));
      clearTimeout(this.pausing);
      this.pausing = setTimeout(() => this.net && this.passes.start(this.net, this.x), PAUSE);
    } else this.root.classList.toggle("stale", started !== null);
    this.#show();
    if (started !== null) requestAnimationFrame(() => this.#note(started)); // after the painting, asked for before
  }

  #note(started) {
    const { latencies } = this.root;
    latencies.push(performance.now() - started);
    if (latencies.length > MOST_TIMES) latencies.shift();
  }

  /** Python is told once the visitor rests. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (this.editor?.last) return this.rest(); // still at it
      this.token = `${this.instance}.${++this.edits}`;
      const { origin, token } = this;
      setText(this.find(".told"), this.errorWords);
      this.tell("edited", { run: this.data.run, x: base64Of(Float64Array.from(this.own)), origin, token });
    }, REST);
  }

  /** Where there is no network here, what the server has made of the sample. */
  #showServers() {
    const { results, token } = this.data;
    if (this.net || !results || !this.own) return;
    if (this.#isOurs && token !== this.token) return; // of an edit before the last
    if (this.served === results.x_hat.base64) return;
    this.served = results.x_hat.base64;
    const of = (name) => unpack(results[name]).values;
    this.z = of("z");
    this.root.classList.remove("stale");
    this.made = { ...this.made, autoencoder: of("x_hat"), pca: of("pca"), mean: this.known.mean };
    this.passes.show(rowsOf(unpack(results.passes)), of("changes"));
    this.#show();
  }

  // ---- what is shown

  #makeViews() {
    const root = this.find(".codecs");
    root.replaceChildren();
    this.views = {};
    const { look, colours } = this.known;
    const isDrawn = look.kind === "image" || look.kind === "series";
    for (const name of CODECS) {
      const view = { figure: element("figure", name), surfaces: [] };
      const caption = element("figcaption", "", CODEC_NAMES[name]);
      caption.style.setProperty("--codec", colours[name]);
      view.figure.append(caption);
      const called = name === "pca" ? "PCA" : `the ${CODEC_NAMES[name]}`;
      const labels = { made: `What ${called} makes of it`, away: "Its difference from the input" };
      const shown = isDrawn ? labels : {};
      for (const [part, label] of Object.entries(shown)) {
        const canvas = labelledCanvas(label, `${part} ${look.kind === "image" ? "pixels" : ""}`);
        canvas.dataset.testid = `${part} ${name}`;
        canvas.style.aspectRatio = String(look.aspect);
        view.figure.append(canvas);
        const surface = new Surface(canvas, (context, theme) => this.#paintMade(context, theme, name, part, surface));
        view.surfaces.push(surface);
      }
      view.error = element("output", "error");
      view.error.dataset.testid = `error ${name}`;
      view.bar = element("span", "bar-of-error");
      [view.fill, view.mark] = [element("i", "fill"), element("i", "usual")];
      view.fill.style.background = colours[name];
      view.bar.append(view.fill, view.mark);
      view.stands = element("span", "stands");
      view.figure.append(view.error, view.bar, view.stands);
      root.append(view.figure);
      this.views[name] = view;
    }
  }

  #show() {
    const { known, made, x } = this;
    const errors = {};
    for (const name of CODECS) if (made[name]) errors[name] = squaredError(x, made[name]);
    const most = Math.max(LEAST_SCALE, ...Object.values(errors), ...Object.values(known.usual));
    for (const name of CODECS) {
      const view = this.views[name];
      view.figure.hidden = !(name in errors) && name !== "autoencoder";
      setText(view.error, name in errors ? `error ${threeDigits(errors[name])}` : "…");
      view.fill.style.width = `${(100 * (errors[name] ?? 0)) / most}%`;
      view.mark.style.left = `${(100 * known.usual[name]) / most}%`;
    }
    if (made.autoencoder) setText(this.views.autoencoder.stands, this.#stands(errors.autoencoder));
    const words = Object.entries(errors).map(([name, error]) => `${CODEC_NAMES[name]} ${threeDigits(error)}`);
    this.errorWords = `errors: ${words.join(", ")}`;
    this.fitRange();
    this.#setScale();
    this.cells.show();
    this.#showCosts();
    this.#showOutside();
    this.#showBlend();
    this.editor?.surface.redraw();
    this.editor?.look();
    for (const each of this.#surfaces()) each.redraw();
  }

  /** Waves are drawn on what holds the input and all that is made of it; never another while one is dragged. */
  fitRange() {
    const { look, bulk } = this.known;
    if (look.kind !== "series" || this.editor?.last) return;
    const made = CODECS.map((name) => this.made[name]).filter(Boolean);
    look.range = rangeHolding(bulk, [this.own, ...made.map((each) => look.own(each))]);
    this.passes.redraw();
  }

  /** The visitor has let go. */
  letGo() {
    this.fitRange();
    this.editor.surface.redraw();
    for (const each of this.#surfaces()) each.redraw();
    this.rest();
  }

  #stands(error) {
    const { errors } = this.known; // from the smallest
    const isOne = this.startsHeldOut && sameNumbers(this.own, this.start);
    const n = errors.length - isOne;
    const below = errors.findLastIndex((known) => known < error * (1 - ROUNDING)) + 1;
    const others = `${isOne ? "other " : ""}held-out row`;
    if (!below) return `no ${others} has a smaller one`;
    if (below >= n) return `larger than that of every ${others}`;
    const share = `${Math.round((100 * below) / n)} %`;
    return `larger than that of ${whole(below)} of ${isOne ? "the " : ""}${whole(n)} ${others}s (${share})`;
  }

  #showCosts() {
    const costs = this.cells.costs ?? [];
    const total = this.made.autoencoder ? squaredError(this.x, this.made.autoencoder) : 0;
    const line = this.find(".costs");
    line.hidden = !costs.length || !(total > 0);
    if (line.hidden) return;
    const named = costs.slice(0, MOST_NAMED).filter(([, cost]) => cost > 0);
    const words = named.map(([name, cost]) => `${name} (${Math.round((100 * cost) / total)} %)`);
    setText(line, `What costs the autoencoder most: ${words.join(", ")}.`);
  }

  #showOutside() {
    const { outside } = this.cells;
    const line = this.find(".outside");
    line.hidden = !outside?.length;
    if (line.hidden) return;
    const [named, more] = [outside.slice(0, MOST_OUTSIDE).join(", "), outside.length - MOST_OUTSIDE];
    setText(line, `Outside of what the training rows had: ${named}${more > 0 ? ` and ${whole(more)} more` : ""}.`);
  }

  /** One scale for all three differences, in own units: a round number that the largest stays below. */
  #setScale() {
    const { look } = this.known;
    const line = this.find(".scale");
    line.hidden = look.kind !== "image" && look.kind !== "series";
    if (line.hidden) return;
    let rough = LEAST_SCALE;
    for (const made of CODECS.map((name) => this.made[name]).filter(Boolean))
      for (let i = 0; i < made.length; i++)
        rough = Math.max(rough, Math.abs(made[i] - this.x[i]) * at(look.scale, i));
    const power = 10 ** Math.floor(Math.log10(rough));
    this.reach = ROUND.find((factor) => factor * power >= rough * 0.999) * power;
    const unit = at(look.units ?? "", 0) || "";
    const reach = threeDigits(this.reach);
    const ends = `from −${reach} (blue) over 0 to ${reach} (red) ${unit}`.trim();
    setText(line, `Below each: reconstruction less input, on one scale ${ends}.`);
  }

  #paintMade(context, theme, name, part, surface) {
    const made = this.made?.[name];
    if (!made) return;
    const { look } = this.known;
    const box = { left: 0, top: 0, width: surface.width, height: surface.height };
    if (part === "made") {
      if (look.kind === "series") paintWave(context, this.own, look.range, box, look.palette.mean, 1);
      return look.paint(context, box, made, theme, this.known.colours[name]);
    }
    if (look.kind === "image") return this.#paintDifference(context, box, made);
    this.#paintAway(context, theme, box, made);
  }

  #paintDifference(context, box, made) {
    const { look } = this.known;
    const [height, width, channels] = look.shape;
    if (!this.difference || this.difference.width !== width || this.difference.height !== height) {
      this.difference = document.createElement("canvas");
      [this.difference.width, this.difference.height] = [width, height];
      this.image = new ImageData(width, height);
    }
    const pixels = new Uint32Array(this.image.data.buffer);
    const shades = (this.shades ??= shadesOf(look.palette.diverging));
    for (let p = 0, f = 0; p < width * height; p++) {
      let away = 0;
      for (let c = 0; c < channels; c++, f++) away += (made[f] - this.x[f]) * at(look.scale, f);
      const level = clamp(away / channels / this.reach, -1, 1);
      pixels[p] = shades[Math.round(((level + 1) / 2) * (shades.length - 1))];
    }
    this.difference.getContext("2d").putImageData(this.image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.difference, box.left, box.top, box.width, box.height);
  }

  #paintAway(context, theme, box, made) {
    const { look } = this.known;
    const y = heightIn(box, [-this.reach, this.reach]);
    const slot = box.width / made.length;
    const [low, , , , high] = look.palette.diverging;
    for (let i = 0; i < made.length; i++) {
      const away = (made[i] - this.x[i]) * at(look.scale, i);
      context.fillStyle = away < 0 ? low : high;
      context.fillRect(box.left + i * slot, Math.min(y(0), y(away)), Math.max(slot, 1), Math.abs(y(away) - y(0)));
    }
    context.fillStyle = theme.border;
    context.fillRect(box.left, y(0) - 0.5, box.width, 1);
  }

  #paintBars(context, theme) {
    if (!this.z || !this.known) return;
    const { ranges, names, look } = this.known;
    const n = Math.min(this.z.length, MOST_BARS);
    const { width, height } = this.codeBars;
    const room = { left: 38, top: 6, width: width - 44, height: height - 28 };
    const ends = [0, ...this.z.subarray(0, n), ...ranges.slice(0, n).flatMap((range) => Array.from(range))];
    const [low, high] = padded([Math.min(...ends), Math.max(...ends)], 0.05);
    const y = linearAxis([low, high], room.top + room.height, room.top, 3);
    const none = { ticks: [], labels: [] };
    const { left, top } = room;
    drawAxes(context, theme, { left, right: left + room.width, top, bottom: top + room.height }, none, y);
    const slot = room.width / n;
    for (let unit = 0; unit < n; unit++) {
      const x = room.left + unit * slot;
      const [from, to] = ranges[unit];
      context.fillStyle = theme.border;
      context.fillRect(x + slot * 0.1, y.at(to), slot * 0.8, y.at(from) - y.at(to));
      context.fillStyle = look.palette.code;
      const [zero, value] = [y.at(0), y.at(this.z[unit])];
      context.fillRect(x + slot * 0.25, Math.min(zero, value), slot * 0.5, Math.max(1.5, Math.abs(zero - value)));
      if (slot < 18 && unit % Math.ceil(18 / slot)) continue;
      [context.textAlign, context.textBaseline, context.fillStyle] = ["center", "top", theme.text];
      faintText(context, names[unit], x + slot / 2, room.top + room.height + 6);
    }
    if (!this.changes.of("code", Array.from(this.z))) return;
    const words = Array.from(this.z.subarray(0, 8), threeDigits).join(", ");
    this.codeBars.canvas.setAttribute("aria-label", `The code: ${words}. Grey: 98 % of the training codes.`);
  }

  #paintMap(context, theme) {
    if (!this.z || !this.known) return;
    const { codes, units, names, look, levels } = this.known;
    const { width, height, ratio } = this.map;
    const room = { left: 6, top: 6, right: width - 6, bottom: height - 22 };
    const flat = codes.shape[1] === 1;
    const [xs, ys] = (this.columns ??= new Map()).get(codes) ?? this.#columnsOf(codes);
    const x = linearAxis(padded(bulk(xs), 0.06), room.left, room.right, 4);
    const y = linearAxis(flat ? [-1, 1] : padded(bulk(ys), 0.06), room.bottom, room.top, 4);
    const stamp = [width, height, ratio, theme.text, theme.background].join();
    if (this.layer?.stamp !== stamp) {
      const layer = document.createElement("canvas");
      [layer.width, layer.height] = [width * ratio, height * ratio];
      const under = layer.getContext("2d");
      under.scale(ratio, ratio);
      const { classes } = look.palette;
      const bins = levels ? (this.bins ??= unpack(levels).values) : null;
      under.globalAlpha = 0.7;
      for (let i = 0; i < xs.length; i++) {
        under.fillStyle = bins?.[i] >= 0 ? classes[bins[i] % classes.length] : look.palette.mean;
        under.fillRect(x.at(xs[i]) - 1.25, y.at(ys[i]) - 1.25, 2.5, 2.5);
      }
      this.layer = { stamp, canvas: layer };
    }
    context.drawImage(this.layer.canvas, 0, 0, width, height);
    context.strokeStyle = theme.border;
    context.strokeRect(room.left - 0.5, room.top - 0.5, room.right - room.left + 1, room.bottom - room.top + 1);
    const [zx, zy] = [this.z[units[0]], flat ? 0 : this.z[units[1]]];
    const here = [clamp(x.at(zx), room.left, room.right), clamp(y.at(zy), room.top, room.bottom)];
    context.fillStyle = look.palette.code;
    dot(context, ...here, 5);
    ring(context, here, 6.5);
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    [context.textAlign, context.textBaseline] = ["left", "bottom"];
    const isOut = here[0] !== x.at(zx) || here[1] !== y.at(zy);
    const words = flat ? names[units[0]] : `across ${names[units[0]]}, up ${names[units[1]]}`;
    context.fillText(words + (isOut ? " · beyond the edge" : ""), room.left, height - 2);
  }

  #columnsOf(codes) {
    const xs = column(codes, 0);
    const both = [xs, codes.shape[1] > 1 ? column(codes, 1) : jitter(xs.length)];
    this.columns.clear();
    this.columns.set(codes, both);
    this.bins = null;
    return both;
  }

  #showBlend() {
    const share = Number(this.slider.value);
    const onTheWay = `${share} % of the way from input to reconstruction`;
    const words = { 0: "the input itself", 100: "the reconstruction itself" }[share] ?? onTheWay;
    setText(this.find(".blend figcaption"), words);
    this.slider.setAttribute("aria-valuetext", words);
    this.blend.redraw();
  }

  #paintBlend(context, theme) {
    const made = this.made?.autoencoder;
    if (!made || !this.known) return;
    const share = Number(this.slider.value) / 100;
    const mixed = (this.mixed = this.mixed?.length === made.length ? this.mixed : new Float32Array(made.length));
    for (let i = 0; i < made.length; i++) {
      mixed[i] = Number.isNaN(this.x[i]) ? made[i] : this.x[i] + share * (made[i] - this.x[i]);
    }
    const box = { left: 0, top: 0, width: this.blend.width, height: this.blend.height };
    const { look } = this.known;
    look.paint(context, box, mixed, theme, share < 0.5 ? theme.text : look.palette.reconstruction);
  }
}

// ---------------------------------------------------------------- tools

/** What stands below the editor: the brush, and what changes the whole sample. */
class Tools {
  constructor(bench) {
    this.bench = bench;
    this.root = bench.find(".tools");
    const { look, placement } = bench.known;
    this.isPlaced = placement?.is_centred ?? false;
    this.isErasing = false;
    this.width = look.kind === "image" ? Math.max(1, Math.round(Math.max(...look.shape.slice(0, 2)) * 0.1)) : 9;
    if (placement) this.value = placement.ink[0];
    if (placement) this.colour = hexOf(placement.ink, look);
  }

  show() {
    const { kind, shape } = this.bench.known.look;
    this.root.replaceChildren();
    this.invertButton = null;
    const add = (...nodes) => this.root.append(...nodes);
    if (kind === "image") {
      add(this.#brush(shape[2]));
      add(this.#toggle("eraser", "isErasing", "The brush paints the ground of the training pictures"));
    }
    if (kind === "image" || kind === "series") add(this.#widths(kind, shape));
    const draws = this.bench.mode === "draw";
    if (draws) add(this.#placed(), this.#inverted());
    if (kind === "image") add(this.#button("clear", () => this.#clear()));
    this.undoButton = this.#button("undo", () => this.bench.undo());
    add(this.undoButton);
    if (kind === "image" && !draws) {
      const { low, high } = this.bench.known.look;
      add(this.#button("invert", () => this.bench.apply((own) => mirror(own, low + high))));
      add(this.#button("upside down", () => this.bench.apply((own) => flipRows(own, shape))));
    }
    if (kind === "series") {
      const [low, high] = this.bench.known.bulk;
      add(this.#button("upside down", () => this.bench.apply((own) => mirror(own, low + high))));
      add(this.#button("backwards", () => this.bench.apply((own) => own.reverse())));
    }
    add(this.#button("back to the picked row", () => this.bench.goBack()));
    this.showUndo();
  }

  showUndo() {
    if (this.undoButton) this.undoButton.disabled = !this.bench.past.length;
    const { drawing } = this.bench;
    if (drawing) this.invertButton?.setAttribute("aria-pressed", String(drawing.isInverted));
  }

  /** The brush's own units, one per channel. */
  levels(channels) {
    const { look, placement } = this.bench.known;
    if (this.isErasing) return placement.ground;
    if (channels === 1) return [this.value];
    return rgbOf(this.colour).map((byte) => look.low + (byte / 255) * (look.high - look.low));
  }

  /** The brush's colour on the canvas of a drawing. */
  css(drawing) {
    if (this.isErasing) return drawing.ground;
    const { look } = this.bench.known;
    if (look.shape[2] === 3) return this.colour;
    const byte = Math.round((255 * (this.value - look.low)) / (look.high - look.low));
    return `rgb(${byte} ${byte} ${byte})`;
  }

  #brush(channels) {
    const { low, high } = this.bench.known.look;
    const label = element("label", "", channels === 3 ? "colour" : "value");
    const input = element("input");
    if (channels === 3) {
      Object.assign(input, { type: "color", value: this.colour });
      input.setAttribute("aria-label", "Colour of the brush");
      input.oninput = () => (this.colour = input.value);
    } else {
      Object.assign(input, { type: "range", min: low, max: high, step: (high - low) / 100 });
      input.value = this.value;
      const said = element("output", "", threeDigits(this.value));
      input.oninput = () => {
        this.value = Number(input.value);
        setText(said, threeDigits(this.value));
      };
      input.dataset.testid = "brush value";
      input.setAttribute("aria-label", "Value of the brush");
      label.append(input, said);
      return label;
    }
    label.append(input);
    return label;
  }

  #widths(kind, shape) {
    const label = element("label", "", "width");
    const input = element("input");
    const most = kind === "image" ? Math.max(4, Math.round(Math.max(...shape.slice(0, 2)) / 3)) : 41;
    Object.assign(input, { type: "range", min: 1, max: most, step: kind === "image" ? 0.5 : 2 });
    input.value = this.width;
    input.setAttribute("aria-label", "Width of the brush");
    const said = element("output", "", threeDigits(this.width));
    input.oninput = () => {
      this.width = Number(input.value);
      setText(said, threeDigits(this.width));
      this.bench.editor?.surface.redraw();
    };
    label.append(input, said);
    return label;
  }

  #placed() {
    const [label, input] = [element("label", "placed"), element("input")];
    Object.assign(input, { type: "checkbox", checked: this.isPlaced });
    input.onchange = () => {
      this.isPlaced = input.checked;
      if (!this.bench.drawing.strokes.length) return;
      this.bench.editor.see();
      this.bench.changed();
      this.bench.rest();
    };
    input.dataset.testid = "placed";
    label.append(input, "sized and centred as the training pictures");
    return label;
  }

  /** What the network sees of a drawing, light and dark the other way round. */
  #inverted() {
    const { bench } = this;
    this.invertButton = this.#button("invert", () => {
      bench.remember();
      bench.drawing.isInverted = !bench.drawing.isInverted;
      this.showUndo();
      bench.editor.see();
      bench.changed();
      bench.rest();
    });
    return this.invertButton;
  }

  #toggle(words, name, title) {
    const made = this.#button(words, () => {
      this[name] = !this[name];
      made.setAttribute("aria-pressed", String(this[name]));
    });
    made.setAttribute("aria-pressed", String(this[name]));
    made.title = title;
    return made;
  }

  #button(words, act) {
    const made = button(words, act);
    made.dataset.testid = words;
    return made;
  }

  #clear() {
    const { bench } = this;
    if (bench.mode !== "draw") {
      const { ground } = bench.known.placement;
      return bench.apply((own) => own.forEach((_, i) => (own[i] = ground[i % ground.length])));
    }
    bench.remember();
    bench.drawing.clear();
    bench.editor.see();
    bench.changed();
    bench.rest();
  }
}

function button(words, act) {
  const made = element("button", "", words);
  made.type = "button";
  made.onclick = act;
  return made;
}

function mirror(own, sum) {
  own.forEach((value, i) => (own[i] = sum - value));
}

function flipRows(own, [height, width, channels]) {
  const row = width * channels;
  const old = own.slice();
  for (let y = 0; y < height; y++) own.set(old.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
}

/** Own units, one or three, as a colour of an input. */
function hexOf(levels, { low, high }) {
  const byte = (value) => clamp(Math.round((255 * (value - low)) / (high - low)), 0, 255);
  const digits = [0, 1, 2].map((c) => byte(levels[c] ?? levels[0]).toString(16).padStart(2, "0"));
  return `#${digits.join("")}`;
}

/** A diverging palette in 201 steps, as pixels of a canvas. */
function shadesOf(palette) {
  return Uint32Array.from({ length: 201 }, (_, i) => {
    const [red, green, blue] = rgbOf(between(palette, i / 200));
    return 0xff000000 | (blue << 16) | (green << 8) | red;
  });
}

/** Equal numbers at every place; missing ones are equal too. */
function sameNumbers(a, b) {
  return a.every((value, i) => value === b[i] || (Number.isNaN(value) && Number.isNaN(b[i])));
}

function base64Of(values) {
  const bytes = new Uint8Array(values.buffer);
  let text = "";
  const some = 8192; // more would be too many arguments
  for (let from = 0; from < bytes.length; from += some)
    text += String.fromCharCode(...bytes.subarray(from, from + some));
  return btoa(text);
}
