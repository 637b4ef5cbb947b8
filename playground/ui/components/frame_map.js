// The codes at one epoch.

class FrameMap {
  constructor(figure) {
    this.canvas = figure.querySelector("canvas");
    this.title = figure.querySelector(".title");
    this.scatter = new Scatter(this.canvas);
    this.legend = new Legend(figure.querySelector(".legend"), this.scatter);
    this.changes = new Changes();
    this.clear();
  }

  clear() {
    this.limits = { x: null, y: null };
    this.scatter.setPoints(new Float32Array(0), new Float32Array(0));
  }

  setColour({ colour, palette, latent_dim: units }, n) {
    const codes = n ? `codes of ${n.toLocaleString("en-US")} held-out samples` : "codes of held-out samples";
    this.title.textContent = units > 2 ? `${codes}, units 1 and 2 of ${units}` : codes;
    this.scatter.labels = { x: "z1", y: units > 1 ? "z2" : "" };
    if (!this.changes.of("colour", [colour, palette, n])) return;
    this.scatter.scale = new ColourScale(colour, palette, n);
    this.legend.show(this.scatter.scale);
  }

  /** Widen the limits, which all frames share, by what new frames need. */
  include(frames) {
    for (const { z1, z2 } of frames) {
      this.limits.x = widened(this.limits.x, bulk(z1));
      this.limits.y = z2 ? widened(this.limits.y, bulk(z2)) : [-1, 1];
    }
  }

  show(frame) {
    const { scatter, limits } = this;
    if (frame) {
      scatter.view = { x: padded(limits.x, 0.04), y: frame.z2 ? padded(limits.y, 0.04) : limits.y };
      scatter.setPoints(frame.z1, frame.z2);
    }
    this.legend.paint();
    scatter.surface.redraw();
    this.canvas.setAttribute("aria-label", `Map: ${this.title.textContent}${frame ? ` at epoch ${frame.epoch}` : ""}`);
  }

  close() {
    this.scatter.surface.close();
  }
}

/** `limits` if they hold `range`; otherwise wide enough, with room to spare so that the next frame rarely asks again. */
function widened(limits, range) {
  if (!limits) return range;
  const [low, high] = [Math.min(limits[0], range[0]), Math.max(limits[1], range[1])];
  const spare = 0.12 * (high - low);
  return [low < limits[0] ? low - spare : low, high > limits[1] ? high + spare : high];
}
