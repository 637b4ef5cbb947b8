// The codes at one epoch.

const LATE = 0.1; // share of the frames, the newest ones, that say how wide the map has become
const MOST_LATE = 5;
const STRIP = [-0.5, 0.5]; // the height of a strip

class FrameMap {
  constructor(figure, ...others) {
    const find = (selector) => figure.querySelector(selector);
    [this.box, this.canvas, this.title, this.card] = [".box", "canvas", ".title", ".card"].map(find);
    this.scatter = new Scatter(this.canvas);
    this.legend = new Legend(find(".legend"), this.scatter, ...others);
    this.panZoom = new PanZoom(this.scatter, this.box, find(".reset"), {
      hover: (at) => this.#hover(at),
      click: (at) => this.#hover(at),
      leave: () => (this.card.hidden = true),
      look: () => (this.card.hidden = true),
    });
    this.changes = new Changes();
    this.clear();
  }

  clear() {
    this.late = { x: null, y: null };
    this.panZoom.zoomed = false;
    this.scatter.setPoints(new Float32Array(0), new Float32Array(0));
  }

  setColour({ colour, palette, latent_dim: units }, n) {
    const codes = n ? `codes of ${whole(n)} held-out samples` : "codes of held-out samples";
    this.title.textContent = `${codes}${units > 2 ? `, units 1 and 2 of ${units}` : ""}, turned to keep still`;
    this.scatter.labels = { x: "", y: "" }; // the map is turned: its directions are no units
    if (!this.changes.of("colour", [colour, palette, n])) return;
    this.scatter.scale = new ColourScale(colour, palette, n);
    this.legend.show(this.scatter.scale);
  }

  /** Take over how wide the newest frames are: a map that shrinks while it trains is not to end as a speck. */
  include(frames) {
    if (!frames.length) return;
    const newest = frames.slice(-clamp(Math.round(LATE * frames.length), 1, MOST_LATE)).map(widthOf);
    this.late.x = settled(this.late.x, newest.map(({ x }) => x).reduce(union));
    this.late.y = settled(this.late.y, newest.map(({ y }) => y).reduce(union));
  }

  show(frame) {
    const { scatter } = this;
    if (frame) {
      // At least as wide as the map ends, so that it is seen to unfold; wider where the frame itself is.
      const own = widthOf(frame);
      const y = frame.z2 ? padded(union(this.late.y, own.y), 0.04) : own.y;
      scatter.setPoints(frame.z1, frame.z2);
      this.panZoom.setHome({ x: padded(union(this.late.x, own.x), 0.04), y });
    }
    this.legend.paint();
    scatter.surface.redraw();
    const now = frame ? ` at epoch ${frame.epoch}` : "";
    this.canvas.setAttribute("aria-label", `Map: ${this.title.textContent}${now}. Arrow keys move it, plus and minus zoom, 0 resets.`);
  }

  close() {
    this.scatter.surface.close();
  }

  #hover(at) {
    const { scatter } = this;
    const i = scatter.scale ? scatter.nearest(...at, REACH) : -1;
    this.card.hidden = i < 0;
    if (i < 0) return;
    const words = scatter.scale.wordsOf(i);
    const place = `${threeDigits(scatter.x[i])} across${scatter.strip ? "" : `, ${threeDigits(scatter.y[i])} up`}`;
    showCard(this.card, this.box, ...scatter.place(i), [...(words ? [element("b", "", words)] : []), element("div", "", place)]);
  }
}

/** The limits of a frame's bulk, found once. */
function widthOf(frame) {
  frame.width ??= { x: bulk(frame.z1), y: frame.z2 ? bulk(frame.z2) : STRIP };
  return frame.width;
}

const union = ([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)];

/** `limits` as long as `range` fits in without being lost in them; else `range` with room to spare. */
function settled(limits, range) {
  const fits = limits && limits[0] <= range[0] && limits[1] >= range[1];
  const lost = limits && limits[1] - limits[0] > 1.5 * (range[1] - range[0]);
  return fits && !lost ? limits : padded(range, 0.1);
}
