// The units: what each explains, a slider and a strip of decoded samples for each, and a switch that holds it at its mean.

const STEPS_OF_A_STRIP = 7;
const STEPS_OF_A_SLIDER = 200;
const FEW_LINES = 8;
const MS_FOR_STRIPS = 5; // of a frame; what is left over is decoded in the next
const MS_TILL_TOLD = 350; // after a release: arrow keys release at every press
const REMEMBERED = 8; // points told to Python that may still come back
const SIDE = 9; // px from the end of the slider to the middle of its thumb there
const BARS_HEIGHT = 26;
const STRIP_TOP = 60;

export default function ({ data, parentElement, setTriggerValue }) {
  const [units, unmount] = mounted(Units, parentElement);
  units.update(data, setTriggerValue);
  return unmount;
}

class Units {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    const parts = [".lines", ".errors", ".key", ".more", ".mean", ".own"];
    [this.list, this.errors, this.key, this.more, this.meanButton, this.ownButton] = parts.map(find);
    this.sample = find(".sample");
    this.meanButton.onclick = () => this.#goTo(this.mean);
    this.ownButton.onclick = () => this.#goTo(this.own);
    this.more.onclick = () => this.#showLines(!this.all);
    this.changes = new Changes();
    this.lines = [];
    this.sent = [];
    this.off = new Set();
    this.all = false;
    this.seen = new IntersectionObserver((entries) => this.#see(entries));
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    for (const name of ["code", "decoder"]) this.root.style.setProperty(`--${name}`, data.palette[name]);
    if (this.changes.of("look", data.look)) this.#setLook(data.look);
    [this.mean, this.own] = [data.mean, data.own].map((packed) => unpack(packed).values);
    if (this.changes.of("units", data.units)) this.#makeLines(data.units);
    if (this.changes.of("point", data.point)) this.#follow(data.point);
    if (this.changes.of("network", data.network)) this.#waitFor(data.network);
    if (this.changes.of("off", data.off)) this.#setOff(data.off);
    if (this.changes.of("z", data.z)) this.#adopt(unpack(data.z).values);
    if (this.changes.of("decoded", data.decoded ?? null)) this.#setDecoded(data.decoded);
    this.#say();
    this.lines.forEach((line) => line.surface.redraw()); // the theme may have changed
  }

  close() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.stopListening?.();
    this.stopWaiting?.();
    this.view?.close?.();
    this.seen.disconnect();
    this.lines.forEach((line) => line.close());
  }

  // ---- what Python says

  #setLook(look) {
    this.view?.close?.();
    this.sample.replaceChildren();
    this.look = new Look(look);
    this.root.dataset.kind = this.look.kind;
    this.key.textContent = this.look.cellWords;
    this.key.hidden = !this.look.cellWords;
    this.view = new SampleView(this.sample, this.look);
    this.lines.forEach((line) => (line.look = this.look));
    this.isStale = true;
  }

  #makeLines(units) {
    this.lines.forEach((line) => line.close());
    this.seen.disconnect();
    const on = {
      move: (unit, value) => this.#move(unit, value),
      release: () => this.#tellSoon(),
      turn: (unit) => this.#turn(unit),
    };
    this.lines = units.map((unit) => new UnitLine(unit, this.look, this.data.palette, on));
    this.list.replaceChildren(...this.lines.map((line) => line.node));
    this.lines.forEach((line) => this.seen.observe(line.node));
    this.#showLines(this.all);
    this.#show();
  }

  #showLines(all) {
    this.all = all;
    this.lines.forEach((line, place) => (line.node.hidden = !all && place >= FEW_LINES));
    this.list.classList.toggle("all", all && this.lines.length > FEW_LINES);
    this.more.hidden = this.lines.length <= FEW_LINES;
    this.more.textContent = all ? `show the first ${FEW_LINES} only` : `show all ${whole(this.lines.length)} units`;
    this.more.title = `Now ${all ? "all units are shown" : `the ${FEW_LINES} units that explain most`}.`;
  }

  #follow(key) {
    this.stopListening?.();
    this.point = codePointOf(key);
    this.stopListening = this.point.listen((z, source) => this.#moved(source));
  }

  #waitFor(network) {
    this.stopWaiting?.();
    this.net = this.stopWaiting = null;
    if (!network) return;
    this.stopWaiting = networkOf(network, (net) => {
      this.net = net;
      this.lines.forEach((line) => line.forget());
      this.isStale = true;
      this.#ask();
    });
  }

  #setOff(off) {
    this.off = new Set(off);
    this.isStale = true;
    this.#show();
  }

  /** Where Python puts the point, unless it only gives back where the visitor left it, which may be long ago. */
  #adopt(z) {
    if (this.point.z && this.sent.some((told) => told.every((value, i) => value === z[i]))) return;
    this.point.set(z, "python");
  }

  /** Samples that Python decoded, where the browser has no network. */
  #setDecoded(decoded) {
    if (!decoded) return;
    const { values } = unpack(decoded.values);
    const n = decoded.n_features;
    this.view.show(values.subarray(0, n), this.#caption());
    const strip = n * STEPS_OF_A_STRIP;
    decoded.units.forEach((unit, place) => {
      const line = this.lines.find((line) => line.unit.unit === unit);
      line?.take(values.subarray(n + place * strip, n + (place + 1) * strip));
    });
  }

  // ---- the point of the code

  /** The point with the units that are off at their means. */
  get #z() {
    const z = Float32Array.from(this.point.z);
    this.off.forEach((unit) => (z[unit] = this.mean[unit]));
    return z;
  }

  #move(unit, value) {
    const z = Float32Array.from(this.point.z);
    z[unit] = value;
    this.point.set(z, "units");
  }

  #goTo(z) {
    this.point.set(Float32Array.from(z), "units");
    this.#tellSoon();
  }

  #moved(source) {
    this.isStale = true;
    this.#show();
    if (!this.data.network && source !== "python") this.#tellSoon(); // only Python can decode it
  }

  #tellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const z = Float32Array.from(this.point.z);
      this.sent = [...this.sent, z].slice(-REMEMBERED);
      this.tell("moved", Array.from(z));
    }, MS_TILL_TOLD);
  }

  #turn(unit) {
    if (!this.off.delete(unit)) this.off.add(unit);
    this.isStale = true;
    this.#show();
    this.#say();
    this.tell("off", [...this.off]);
  }

  // ---- showing

  #show() {
    if (!this.point?.z) return;
    const z = this.#z;
    for (const line of this.lines) line.show(z[line.unit.unit], this.off.has(line.unit.unit));
    const { currentTime } = document.timeline;
    if (currentTime !== this.lastFrame) this.#showSample(z); // at once, so that it is painted in this very frame
    this.lastFrame = currentTime;
    this.#ask();
  }

  #say() {
    const known = new Set(this.data.off);
    const isKnown = known.size === this.off.size && [...this.off].every((unit) => known.has(unit));
    const words = isKnown ? this.data.error_words : "The error with these units off is being computed …";
    if (this.errors.textContent !== words) this.errors.textContent = words;
    this.ownButton.textContent = this.data.own_name;
    this.ownButton.title = "Moves every unit to the code of the sample on show.";
    this.meanButton.title = `Moves every unit to its mean over the ${this.data.n_train} training codes.`;
  }

  #caption() {
    const off = this.lines.filter((line) => this.off.has(line.unit.unit)).map((line) => line.unit.name);
    const words = `decoded from ${this.#whichPoint()}`;
    if (!off.length) return words;
    return `${words}, ${off.length > 4 ? `${off.length} units` : off.join(", ")} off`;
  }

  #whichPoint() {
    const isAt = (z) => z.every((value, unit) => value === this.point.z[unit]);
    if (isAt(this.own)) return `the ${this.data.own_name}`;
    return isAt(this.mean) ? "the mean code" : "a moved point of the code";
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      const line = this.lines.find((line) => line.node === target);
      if (line) line.isSeen = isIntersecting;
    }
    this.#ask();
  }

  #ask() {
    this.frame ||= requestAnimationFrame(() => this.#decode());
  }

  /** The sample on show first, then as many steps of the strips as fit into this frame; each line its turn. */
  #decode() {
    this.frame = 0;
    if (!this.net || !this.point?.z || !this.lines.length) return;
    const z = this.#z;
    const until = performance.now() + MS_FOR_STRIPS;
    this.#showSample(z);
    let line = this.#nextStale(z);
    while (line && performance.now() < until) {
      line.decodeStep(this.net, z);
      if (!line.isHalfway) line = this.#nextStale(z);
    }
    if (line) this.#ask();
  }

  #showSample(z) {
    if (!this.isStale || !this.net) return;
    this.isStale = false;
    this.view.show(this.net.decode(z), this.#caption());
  }

  #nextStale(z) {
    const n = this.lines.length;
    const from = this.turn ?? 0;
    for (let i = 0; i < n; i++) {
      const place = (from + i) % n;
      if (!this.lines[place].isStale(z)) continue;
      this.turn = this.lines[place].isHalfway ? place : (place + 1) % n;
      return this.lines[place];
    }
    return null;
  }
}

/** One unit: its name and share, the bars of its training codes over the slider, the strip below, and the switch. */
class UnitLine {
  constructor(unit, look, palette, on) {
    Object.assign(this, { unit, look, palette, on });
    this.bars = unpack(unit.bars).values;
    this.isSeen = false;
    this.isHalfway = false;
    this.node = element("li", "line");
    this.node.dataset.testid = `unit-${unit.unit + 1}`;
    this.value = element("output", "value");
    this.node.append(this.#name(), this.#axis(), this.value, this.#switch());
  }

  close() {
    this.surface.close();
  }

  forget() {
    this.samples = this.base = null;
    this.isHalfway = false;
  }

  // ---- parts

  #name() {
    const { name, share, share_words: words, rise_words: rise, idle } = this.unit;
    const box = element("div", "name");
    const bar = element("span", "share");
    const filled = element("i");
    filled.style.width = `${100 * clamp(share ?? 0, 0, 1)}%`;
    bar.append(filled);
    box.append(element("b", "", name), element("span", "", words));
    if (idle) box.append(Object.assign(element("span", "idle", "idle"), { title: idle }));
    box.append(bar, element("span", "rise", rise));
    return box;
  }

  #axis() {
    const { unit } = this;
    const box = element("div", "axis");
    const canvas = labelledCanvas(`Training codes of ${unit.name} as bars, and decoded samples along it`);
    this.surface = new Surface(canvas, (context, theme) => this.#paint(context, theme));
    this.slider = element("input");
    this.slider.type = "range";
    this.slider.min = unit.low;
    this.slider.max = unit.high;
    this.slider.step = (unit.high - unit.low) / STEPS_OF_A_SLIDER;
    this.slider.setAttribute("aria-label", `Unit ${unit.unit + 1}, ${unit.name}`);
    this.slider.oninput = () => this.on.move(unit.unit, Number(this.slider.value));
    this.slider.onchange = () => this.on.release();
    canvas.onclick = (event) => {
      if (this.isOff) return;
      this.on.move(unit.unit, this.#valueAt(pointIn(canvas, event)));
      this.on.release();
    };
    const ends = element("div", "ends");
    ends.append(...[unit.low, unit.high].map((end) => element("span", "", threeDigits(end))));
    box.append(canvas, this.slider, ends);
    return box;
  }

  #switch() {
    this.button = element("button", "off");
    this.button.type = "button";
    this.button.onclick = () => this.on.turn(this.unit.unit);
    return this.button;
  }

  /** A click on a picture of the strip means its value. */
  #valueAt([x, y]) {
    const { low, high } = this.unit;
    const share = clamp((x - SIDE) / (this.surface.width - 2 * SIDE), 0, 1);
    if (y < STRIP_TOP) return low + share * (high - low);
    return this.#stepValue(Math.min(STEPS_OF_A_STRIP - 1, Math.floor(share * STEPS_OF_A_STRIP)));
  }

  #stepValue(step) {
    const { low, high } = this.unit;
    return low + ((step + 0.5) / STEPS_OF_A_STRIP) * (high - low);
  }

  // ---- showing

  show(value, isOff) {
    if (value === this.now && isOff === this.isOff) return; // all lines are told of every move of one
    const { name, unit, says } = this.unit;
    const words = threeDigits(value);
    Object.assign(this, { now: value, isOff });
    this.slider.value = value;
    this.slider.disabled = isOff;
    this.slider.setAttribute("aria-valuetext", words);
    this.slider.title = `Moves ${name}. Now ${words}. ${says}`;
    this.value.textContent = words;
    this.node.classList.toggle("is-off", isOff);
    this.button.setAttribute("aria-pressed", String(isOff));
    this.button.textContent = isOff ? "switch on" : "switch off";
    this.button.setAttribute("aria-label", `Unit ${unit + 1}, ${name}, off`); // pressed or not says which
    this.button.title = `Holds ${name} at its mean over the training codes, for every row. Now ${isOff ? "off" : "on"}.`;
    this.surface.redraw();
  }

  // ---- the strip

  /** Whether another point than the strip was made for is on show; where the unit itself stands does not matter. */
  isStale(z) {
    if (!this.isSeen || this.node.hidden) return false;
    if (this.isHalfway || !this.base) return true;
    return this.base.some((value, i) => i !== this.unit.unit && value !== z[i]);
  }

  /** One more step of the strip; it is shown when all are there. */
  decodeStep(net, z) {
    if (!this.isHalfway) {
      this.base = Float32Array.from(z);
      this.coming ??= new Float32Array(STEPS_OF_A_STRIP * net.nFeatures);
      this.step = 0;
    }
    const point = Float32Array.from(this.base);
    point[this.unit.unit] = this.#stepValue(this.step);
    this.coming.set(net.decode(point), this.step * net.nFeatures);
    this.step += 1;
    this.isHalfway = this.step < STEPS_OF_A_STRIP;
    if (this.isHalfway) return;
    [this.samples, this.coming] = [this.coming, this.samples ?? null];
    this.surface.redraw();
  }

  take(samples) {
    this.samples = samples;
    this.surface.redraw();
  }

  #paint(context, theme) {
    const { width, height } = this.surface;
    const [left, right] = [SIDE, width - SIDE];
    this.#paintBars(context, left, right);
    if (!this.samples) return;
    const n = this.samples.length / STEPS_OF_A_STRIP;
    const wide = (right - left) / STEPS_OF_A_STRIP;
    const nearest = this.#nearestStep();
    for (let step = 0; step < STEPS_OF_A_STRIP; step++) {
      const box = { left: left + step * wide + 2, top: STRIP_TOP + 1, width: wide - 4, height: height - STRIP_TOP - 2 };
      this.look.paint(context, box, this.samples.subarray(step * n, (step + 1) * n), theme);
      if (step === nearest) this.#paintUnderline(context, box);
    }
  }

  #nearestStep() {
    const { low, high } = this.unit;
    const step = Math.floor(((this.now - low) / (high - low)) * STEPS_OF_A_STRIP);
    return this.now < low || this.now > high ? -1 : Math.min(step, STEPS_OF_A_STRIP - 1);
  }

  #paintUnderline(context, { left, top, width, height }) {
    context.fillStyle = this.palette.code;
    context.fillRect(left, top + height - 1, width, 2);
  }

  #paintBars(context, left, right) {
    const wide = (right - left) / this.bars.length;
    context.fillStyle = this.palette.code;
    context.globalAlpha = 0.55;
    this.bars.forEach((share, i) => {
      const tall = (share / 255) * BARS_HEIGHT;
      if (share > 0) context.fillRect(left + i * wide, 2 + BARS_HEIGHT - Math.max(tall, 1), Math.max(1, wide - 1), Math.max(tall, 1));
    });
    context.globalAlpha = 1;
  }
}
