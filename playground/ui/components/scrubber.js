// The scrubber: one epoch on show, by hand, as a film, or the newest as they come.

const FILM_SECONDS = 12; // a whole replay
const SLOWEST = 0.6; // seconds per frame, for runs of few frames
const PLAY_ICON = "M4 2.5 13 8 4 13.5Z";
const PAUSE_ICON = "M3.5 2.5h3v11h-3ZM9.5 2.5h3v11h-3Z";

class Scrubber {
  /** `show(epoch)` draws an epoch (null: none yet). */
  constructor(root, show) {
    const find = (selector) => root.querySelector(selector);
    this.show = show;
    [this.range, this.text, this.playButton, this.liveButton, this.bestButton] = ["input", "output", ".play", ".live", ".best"].map(find);
    this.range.oninput = () => this.#choose(Number(this.range.value));
    this.playButton.onclick = () => (this.playing ? this.#pause() : this.#play());
    this.liveButton.onclick = () => this.#choose(this.epochs.length - 1);
    this.bestButton.onclick = () => this.visit(this.best);
    this.#clear();
  }

  /** `epochs` are those there are, `planned` is how many there are to be; `best` may be null. */
  update({ epochs, planned, alive, best, opened, autoplay }) {
    if (opened) this.#clear();
    const shown = this.epochs[this.index];
    Object.assign(this, { epochs, planned, alive, best });
    if (shown !== undefined) this.index = epochs.indexOf(shown);
    if (opened && autoplay && !alive && motionIsWelcome()) this.#play();
    else if (this.following && !this.playing) this.index = epochs.length - 1;
    this.#draw();
  }

  /** Go to the frame nearest to an epoch. */
  visit(epoch) {
    const away = this.epochs.map((one) => Math.abs(one - epoch));
    this.#choose(away.indexOf(Math.min(...away)));
  }

  close() {
    this.#pause();
  }

  #clear() {
    this.#pause();
    this.epochs = [];
    this.index = -1;
    this.following = true; // at the newest frame, and staying there as more come
  }

  #choose(index) {
    if (!this.epochs.length) return;
    this.#pause();
    this.#goTo(index);
  }

  #goTo(index) {
    this.index = clamp(index, 0, this.epochs.length - 1);
    this.following = this.index === this.epochs.length - 1;
    this.#draw();
  }

  #play() {
    if (this.epochs.length < 2) return;
    this.playing = true;
    const first = this.index < 0 || this.index >= this.epochs.length - 1 ? 0 : this.index;
    const began = performance.now();
    const step = 1000 * Math.min(SLOWEST, FILM_SECONDS / this.epochs.length);
    this.#goTo(first);
    const tick = (now) => {
      const index = first + Math.max(0, Math.floor((now - began) / step));
      if (index !== this.index) this.#goTo(index);
      if (index >= this.epochs.length - 1) this.#pause();
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  #pause() {
    cancelAnimationFrame(this.timer);
    if (!this.playing) return;
    this.playing = false;
    this.#drawControls();
  }

  #draw() {
    this.#drawControls();
    this.show(this.epochs[this.index] ?? null);
  }

  #drawControls() {
    const { epochs, index } = this;
    const words = this.#words();
    this.range.max = Math.max(0, epochs.length - 1);
    this.range.value = Math.max(0, index);
    this.range.disabled = epochs.length < 2;
    this.range.setAttribute("aria-valuetext", words);
    if (this.text.textContent !== words) this.text.textContent = words;
    this.playButton.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.playButton.disabled = epochs.length < 2;
    this.playButton.querySelector("path").setAttribute("d", this.playing ? PAUSE_ICON : PLAY_ICON);
    this.liveButton.hidden = !this.alive;
    this.liveButton.setAttribute("aria-pressed", String(this.following && !this.playing));
    this.bestButton.hidden = this.best === null || epochs.length < 2;
    this.bestButton.setAttribute("aria-pressed", String(epochs[index] === this.best));
  }

  /** Which epoch is on show, and why. */
  #words() {
    const { epochs, planned, alive, best } = this;
    const epoch = epochs[this.index];
    if (epoch === undefined) return "waiting for epoch 1";
    const [isBest, isNewest] = [epoch === best, epoch === epochs.at(-1)];
    const why = () => {
      if (isBest && isNewest) return alive ? "newest, and best so far: kept" : "the last and the best: kept";
      if (isBest) return alive ? "best so far: kept" : "the best: kept";
      if (isNewest) return alive ? "newest" : "the last";
      if (alive) return "you are looking back; press live";
      return best === null ? "looking back" : `looking back; the best is epoch ${best}`;
    };
    return `epoch ${epoch} of ${planned} · ${why()}`;
  }
}

/** Frames with the packed ones that were not among them, by epoch; the same list where there are none. */
function withNew(frames, packed, unpackOne) {
  const known = new Set(frames.map(({ epoch }) => epoch));
  const added = packed.filter(({ epoch }) => !known.has(epoch)).map(unpackOne);
  return added.length ? [...frames, ...added].sort((a, b) => a.epoch - b.epoch) : frames;
}
