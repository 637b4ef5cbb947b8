// Originals and reconstructions: tiles of pictures, or the features of a sample side by side.

class SampleRows {
  constructor(root) {
    this.root = root;
    this.card = root.querySelector(".card");
    this.firstName = root.querySelector(".row-name.original span");
    this.originals = root.querySelector(".originals");
    this.reconstructions = root.querySelector(".reconstructions");
    this.profileBox = root.querySelector(".profiles");
    this.profiles = [];
    this.changes = new Changes();
  }

  setSamples(samples) {
    if (!this.changes.of("samples", samples)) return;
    this.names = samples.feature_names;
    this.shape = samples.image_shape ?? null;
    this.x = unpack(samples.x);
    this.shown = undefined;
    this.close();
    this.profiles = [];
    [this.originals, this.reconstructions, this.profileBox].forEach((box) => box.replaceChildren());
    this.root.classList.toggle("as-profiles", !this.shape);
    this.originals.hidden = this.reconstructions.hidden = !this.shape;
    this.firstName.textContent = this.shape ? "original" : "original (bars)";
    this.root.querySelector(".made span").textContent = this.shape ? "reconstruction" : "reconstruction (line)";
    if (this.shape) this.#makeTiles();
    else this.#makeProfiles();
  }

  show(frame) {
    this.profiles.forEach((profile) => profile.surface.redraw()); // the theme may have changed
    if (this.shown === frame) return;
    this.shown = frame;
    if (!this.shape) this.profiles.forEach((profile) => profile.show(frame?.xHat ?? null));
    else if (frame) this.#drawRow(this.reconstructions, frame.xHat);
    else this.reconstructions.querySelectorAll("canvas").forEach((tile) => (tile.width = tile.width)); // blank
  }

  close() {
    this.profiles.forEach((profile) => profile.surface.close());
  }

  #makeTiles() {
    for (const [row, name] of [[this.originals, "original"], [this.reconstructions, "reconstruction"]]) {
      for (let i = 0; i < this.x.shape[0]; i++) {
        const tile = element("canvas", "pixels");
        [tile.height, tile.width] = this.shape;
        tile.setAttribute("role", "img");
        tile.setAttribute("aria-label", `Sample ${i + 1}, ${name}`);
        row.append(tile);
      }
    }
    this.#drawRow(this.originals, this.x);
  }

  #drawRow(row, { values, shape }) {
    const pictures = { values, shape: [shape[0], ...this.shape] };
    row.querySelectorAll("canvas").forEach((tile, i) => drawPicture(tile, pictures, i));
  }

  #makeProfiles() {
    const range = padded(bulk(this.x.values), 0.12);
    for (let i = 0; i < this.x.shape[0]; i++) {
      const box = element("div", "box");
      const canvas = element("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Sample ${i + 1}: features of original and reconstruction`);
      box.append(canvas);
      this.profileBox.append(box);
      const profile = new Profile(canvas, rowOf(this.x, i), i, range);
      canvas.onpointermove = canvas.onpointerdown = (event) => this.#hover(profile, event);
      canvas.onpointerleave = () => (this.card.hidden = true);
      this.profiles.push(profile);
    }
  }

  #hover(profile, event) {
    const feature = profile.featureAt(pointIn(profile.surface.canvas, event)[0]);
    const lines = [element("b", "", this.names[feature] || `feature ${feature + 1}`)];
    lines.push(element("div", "", `original ${threeDigits(profile.original[feature])}`));
    lines.push(element("div", "", `reconstruction ${threeDigits(profile.made?.[feature])}`));
    showCard(this.card, this.root, ...pointIn(this.root, event), lines);
  }
}

const rowOf = ({ values, shape }, i) => values.subarray(i * shape[1], (i + 1) * shape[1]);

/** One sample that is no picture: its features side by side, original as grey bars, reconstruction as a green line. */
class Profile {
  constructor(canvas, original, index, range) {
    this.original = original;
    this.index = index;
    this.range = range;
    this.made = null;
    this.surface = new Surface(canvas, (context) => this.#paint(context));
  }

  show(xHat) {
    this.made = xHat ? rowOf(xHat, this.index) : null;
    this.surface.redraw();
  }

  featureAt(x) {
    return clamp(Math.floor((x / this.surface.width) * this.original.length), 0, this.original.length - 1);
  }

  #paint(context) {
    const { width, height } = this.surface;
    const style = getComputedStyle(this.surface.canvas);
    const slot = width / this.original.length;
    const y = (value) => height - ((value - this.range[0]) / (this.range[1] - this.range[0])) * height;
    const zero = y(clamp(0, ...this.range));
    context.fillStyle = style.getPropertyValue("--mean");
    context.globalAlpha = 0.6;
    this.original.forEach((value, f) => context.fillRect(f * slot + slot * 0.15, Math.min(zero, y(value)), slot * 0.7, Math.abs(zero - y(value))));
    context.fillRect(0, zero - 0.5, width, 1);
    context.globalAlpha = 1;
    if (this.made) this.#paintMade(context, style.getPropertyValue("--reconstruction"), slot, y);
  }

  #paintMade(context, colour, slot, y) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.beginPath();
    this.made.forEach((value, f) => context.lineTo((f + 0.5) * slot, y(value)));
    context.stroke();
    if (slot < 6) return;
    this.made.forEach((value, f) => {
      context.beginPath();
      context.arc((f + 0.5) * slot, y(value), 2.25, 0, 2 * Math.PI);
      context.fill();
    });
  }
}
