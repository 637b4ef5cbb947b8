// The film: a training run epoch by epoch. Python sends frames, this keeps them and moves plot, map and tiles together.

const FILM_SECONDS = 12; // a whole replay
const SLOWEST = 0.6; // seconds per frame, for runs of few frames
const PLAY_ICON = "M4 2.5 13 8 4 13.5Z";
const PAUSE_ICON = "M3.5 2.5h3v11h-3ZM9.5 2.5h3v11h-3Z";

const films = new WeakMap(); // mount point -> Film; the same for every update of one mounted component

export default function ({ data, parentElement }) {
  if (!films.has(parentElement)) films.set(parentElement, new Film(parentElement.querySelector(".film")));
  const film = films.get(parentElement);
  film.update(data);
  return () => {
    film.close();
    films.delete(parentElement);
  };
}

class Film {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.loss = new LossPlot(find(".loss"), (epoch) => this.#visit(this.#frameNearest(epoch)));
    this.map = new FrameMap(find(".map"));
    this.samples = new SampleRows(find(".samples"));
    this.range = find("input");
    this.text = find("output");
    this.playButton = find(".play");
    this.liveButton = find(".live");
    this.range.oninput = () => this.#visit(Number(this.range.value));
    this.playButton.onclick = () => (this.playing ? this.#pause() : this.#play());
    this.liveButton.onclick = () => this.#follow();
    this.changes = new Changes();
  }

  update(data) {
    const opened = this.changes.of("run", data.run);
    if (opened) this.#clear();
    this.data = data;
    this.#setPalette(data.palette);
    const added = this.#keep(data.frames);
    this.samples.setSamples(data.samples);
    this.map.setColour(data, this.frames[0]?.n ?? 0);
    this.map.include(added);
    if (opened && data.autoplay && !data.alive && this.#motionIsWelcome()) this.#play();
    else if (this.following) this.index = this.frames.length - 1;
    this.#show();
  }

  close() {
    this.#pause();
    [this.loss, this.map, this.samples].forEach((part) => part.close());
  }

  #clear() {
    this.#pause();
    this.frames = [];
    this.index = -1;
    this.following = true; // at the newest frame, and staying there as more come
    this.map.clear();
  }

  /** Add packed frames by epoch; gives those that were new, unpacked. */
  #keep(packed) {
    const shown = this.frames[this.index]?.epoch;
    const known = new Set(this.frames.map((frame) => frame.epoch));
    const added = packed.filter((frame) => !known.has(frame.epoch)).map(unpackFrame);
    if (!added.length) return added;
    this.frames = [...this.frames, ...added].sort((a, b) => a.epoch - b.epoch);
    if (shown !== undefined) this.index = this.frames.findIndex((frame) => frame.epoch === shown);
    return added;
  }

  #setPalette(palette) {
    for (const name of ["autoencoder", "reconstruction", "pca", "mean"]) this.root.style.setProperty(`--${name}`, palette[name]);
  }

  #motionIsWelcome() {
    return !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // ---- moving through the frames

  #frameNearest(epoch) {
    let best = 0;
    this.frames.forEach((frame, i) => {
      if (Math.abs(frame.epoch - epoch) < Math.abs(this.frames[best].epoch - epoch)) best = i;
    });
    return best;
  }

  /** The visitor chose frame `index`. */
  #visit(index) {
    if (!this.frames.length) return;
    this.#pause();
    this.#goTo(index);
  }

  #goTo(index) {
    this.index = clamp(index, 0, this.frames.length - 1);
    this.following = this.index === this.frames.length - 1;
    this.#show();
  }

  #follow() {
    this.#pause();
    this.#goTo(this.frames.length - 1);
  }

  #play() {
    if (this.frames.length < 2) return;
    this.playing = true;
    const first = this.index < 0 || this.index >= this.frames.length - 1 ? 0 : this.index;
    const began = performance.now();
    const step = 1000 * Math.min(SLOWEST, FILM_SECONDS / this.frames.length);
    this.#goTo(first);
    const tick = (now) => {
      const index = first + Math.floor((now - began) / step);
      if (index !== this.index) this.#goTo(index);
      if (index >= this.frames.length - 1) this.#pause();
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
    this.#showControls();
  }

  #pause() {
    cancelAnimationFrame(this.timer);
    if (!this.playing) return;
    this.playing = false;
    this.#showControls();
  }

  // ---- showing

  #show() {
    const frame = this.frames[this.index] ?? null;
    this.#showControls();
    this.loss.show(this.data, frame?.epoch ?? null);
    this.map.show(frame);
    this.samples.show(frame);
  }

  #showControls() {
    const { frames, index, data } = this;
    const words = frames[index] ? `epoch ${frames[index].epoch} of ${data.epochs}` : "waiting for epoch 1";
    this.range.max = Math.max(0, frames.length - 1);
    this.range.value = Math.max(0, index);
    this.range.disabled = frames.length < 2;
    this.range.setAttribute("aria-valuetext", words);
    if (this.text.textContent !== words) this.text.textContent = words;
    this.playButton.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.playButton.disabled = frames.length < 2;
    this.playButton.querySelector("path").setAttribute("d", this.playing ? PAUSE_ICON : PLAY_ICON);
    this.liveButton.hidden = !data.alive;
    this.liveButton.setAttribute("aria-pressed", String(this.following && !this.playing));
  }
}

function unpackFrame({ epoch, z, x_hat }) {
  const codes = unpack(z);
  const [n, units] = codes.shape;
  return { epoch, n, z1: column(codes, 0), z2: units > 1 ? column(codes, 1) : null, xHat: unpack(x_hat) };
}
