// The film: a training run epoch by epoch. Python sends frames, this keeps them and moves all its parts together.

export default function ({ data, parentElement, setTriggerValue }) {
  const [film, unmount] = mounted(Film, parentElement);
  film.update(data);
  if (film.misses(data)) setTriggerValue("missing", data.run);
  return unmount;
}

class Film {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.scrubber = new Scrubber(find(".controls"), (epoch) => this.#show(epoch));
    this.loss = new LossPlot(find(".loss"), (epoch) => this.scrubber.visit(epoch));
    this.space = new PointSpace(find(".space"));
    this.map = new FrameMap(find(".map"), this.space.scatter);
    this.samples = new SampleRows(find(".samples"));
    this.hourglass = new Hourglass(find(".units"));
    this.latent = new LatentGrid(find(".latent"));
    this.changes = new Changes();
  }

  update(data) {
    const opened = this.changes.of("run", data.run);
    if (opened) this.#clear();
    this.data = data;
    this.chart = chartOf(data);
    for (const name of ["autoencoder", "reconstruction", "pca", "mean"]) this.root.style.setProperty(`--${name}`, data.palette[name]);
    const known = this.frames;
    this.frames = withNew(known, data.frames, unpackFrame);
    this.samples.setSamples(data);
    this.map.setColour(data, this.frames[0]?.n ?? 0);
    this.space.setPoints(data, this.map.scatter.scale);
    this.hourglass.setLayers(data);
    this.latent.setLook(data);
    if (this.frames !== known) this.map.include(this.frames);
    if (data.arrives && this.arrived !== data.run) this.#arrive(data.run);
    const { epochs: planned, alive, best_epoch: best = null, autoplay } = data;
    this.scrubber.update({ epochs: this.frames.map(({ epoch }) => epoch), planned, alive, best, opened, autoplay });
  }

  /** Whether frames from before it was opened are missing, which it asks for once. */
  misses({ run, first }) {
    if (!first || this.asked === run || !this.frames.length || this.frames[0].epoch <= first) return false;
    this.asked = run;
    return true;
  }

  close() {
    this.scrubber.close();
    [this.loss, this.map, this.samples, this.hourglass, this.latent, this.space].forEach((part) => part.close());
  }

  /** Brings what moves into view: after a press of Train it may lie below the screen. */
  #arrive(run) {
    this.arrived = run;
    const behavior = motionIsWelcome() ? "smooth" : "auto";
    this.root.querySelector(".views").scrollIntoView({ block: "center", behavior });
  }

  #clear() {
    this.frames = [];
    this.map.clear();
  }

  #show(epoch) {
    const frame = this.frames.find((one) => one.epoch === epoch) ?? null;
    this.loss.show(this.chart, epoch);
    for (const part of [this.map, this.samples, this.hourglass, this.latent, this.space]) part.show(frame);
  }
}

function unpackFrame(packed) {
  const codes = unpack(packed.z);
  const [n, units] = codes.shape;
  return { ...packed, n, z1: column(codes, 0), z2: units > 1 ? column(codes, 1) : null, xHat: unpack(packed.x_hat) };
}

/** What the loss plot is to show of a run. */
function chartOf({ history, pca, mean, latent_dim: m, best_epoch: best, unit, epochs, palette, changes }) {
  const red = palette.autoencoder;
  const curves = [
    { key: "val", name: "validation", values: history.val, width: 2.5, dash: [], dot: true },
    { key: "train", name: "training", values: history.train, width: 1.25, dash: [2, 3] },
  ].map((curve) => ({ ...curve, epoch: history.epoch, colour: red }));
  const references = [
    { key: "pca", name: `PCA(${m})`, value: pca, colour: palette.pca },
    { key: "mean", name: "mean", value: mean, colour: palette.mean },
  ].filter(({ value }) => value !== undefined);
  return { unit, epochs, curves, references, changes, marks: marksOf(history, pca, `PCA(${m})`, best, palette) };
}

function marksOf(history, pca, name, best, { autoencoder, pca: blue }) {
  const marks = [];
  const at = history.epoch.indexOf(best ?? null);
  if (at >= 0 && history.val[at] !== null) marks.push({ epoch: best, value: history.val[at], words: `best: epoch ${best}`, rim: autoencoder });
  const passes = pca === undefined ? -1 : firstBelow(history.val, pca);
  if (passes >= 0) marks.push({ epoch: history.epoch[passes], value: history.val[passes], words: passingWords(history, name, pca), fill: blue });
  return marks;
}
