// What the decoder makes of points all over the map, at one epoch.

class LatentGrid {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    this.title = figure.querySelector(".title");
    this.picture = document.createElement("canvas"); // all pictures in one, a pixel for each of theirs
    this.surface = new Surface(this.canvas, (context, theme) => this.#paint(context, theme));
    this.changes = new Changes();
  }

  setLook({ latent, kind, latent_dim: units, palette, samples }) {
    this.figure.hidden = !latent || kind === "points";
    if (this.figure.hidden) return;
    [this.rows, this.columns] = latent.shape;
    this.imageShape = latent.image_shape ?? null;
    Object.assign(this, { kind, palette });
    if (this.changes.of("samples", samples)) this.range = this.imageShape ? null : padded(bulk(unpack(samples.x).values), 0.12);
    this.figure.classList.toggle("strip", this.rows === 1);
    const over = units > 1 ? "the map" : "the strip";
    this.title.textContent = `what the decoder makes of codes over ${over}`;
    const what = this.rows > 1 ? "across and up the map above" : "across the map above";
    this.canvas.setAttribute("aria-label", `Grid of ${this.rows * this.columns} decoded codes; ${what}`);
  }

  show(frame) {
    if (this.figure.hidden) return;
    const isNew = this.frame !== frame;
    this.frame = frame?.latent ? frame : null;
    if (this.frame) this.frame.latentValues ??= unpack(this.frame.latent);
    if (this.frame && this.imageShape && isNew) this.#compose(this.frame.latentValues);
    this.surface.redraw();
  }

  close() {
    this.surface.close();
  }

  /** Put all pictures side by side. */
  #compose({ values, shape }) {
    const [, height, width, channels = 1] = shape;
    const image = new ImageData(this.columns * width, this.rows * height);
    const pixels = new Uint32Array(image.data.buffer);
    let from = 0;
    for (let i = 0; i < this.rows * this.columns; i++) {
      const corner = Math.floor(i / this.columns) * height * image.width + (i % this.columns) * width;
      for (let p = 0; p < height * width; p++, from += channels) {
        const [red, green, blue] = channels === 3 ? [values[from], values[from + 1], values[from + 2]] : [values[from], values[from], values[from]];
        pixels[corner + Math.floor(p / width) * image.width + (p % width)] = (255 << 24) | (blue << 16) | (green << 8) | red;
      }
    }
    [this.picture.width, this.picture.height] = [image.width, image.height];
    this.picture.getContext("2d").putImageData(image, 0, 0);
  }

  /** Size and place of the cells, with room for the axes' names. */
  #layout() {
    const { width, height } = this.surface;
    const [below, beside] = [20, this.rows > 1 ? 22 : 0];
    const [roomX, roomY] = [(width - beside) / this.columns, (height - below) / this.rows];
    const shape = this.imageShape ? this.imageShape[1] / this.imageShape[0] : 1.6;
    const cell = roomX / shape <= roomY ? [roomX, roomX / shape] : [Math.min(roomX, roomY * shape), roomY];
    const left = beside + (width - beside - cell[0] * this.columns) / 2;
    return { left, top: 0, cell, beside };
  }

  #paint(context, theme) {
    if (!this.frame) return;
    const { left, top, cell } = this.#layout();
    for (let i = 0; i < this.rows * this.columns; i++) {
      const box = { left: left + (i % this.columns) * cell[0], top: top + Math.floor(i / this.columns) * cell[1], width: cell[0] - 2, height: cell[1] - 2 };
      if (this.imageShape) this.#paintPicture(context, i, box);
      else this.#paintFeatures(context, theme, i, box);
    }
    this.#paintNames(context, theme, left, cell);
  }

  #paintPicture(context, i, { left, top, width, height }) {
    const [h, w] = this.imageShape;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.picture, (i % this.columns) * w, Math.floor(i / this.columns) * h, w, h, left, top, width, height);
  }

  #paintFeatures(context, theme, i, box) {
    const { frame, kind, palette, range } = this;
    const values = rowOf(frame.latentValues, i);
    context.strokeStyle = theme.border;
    context.lineWidth = 1;
    context.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    if (kind === "series") paintWave(context, values, range, box, palette.reconstruction, 1.5);
    else paintBars(context, values, range, box, palette.reconstruction, 0.6);
    context.restore();
  }

  #paintNames(context, theme, left, cell) {
    const [bottom, middle] = [cell[1] * this.rows, left + (cell[0] * this.columns) / 2];
    context.font = `12px ${theme.font}`;
    context.fillStyle = theme.text;
    context.textBaseline = "top";
    context.textAlign = "center";
    context.fillText("across →", middle, bottom + 4);
    if (this.rows === 1) return;
    context.save();
    context.translate(left - 8, bottom / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = "alphabetic";
    context.fillText("up →", 0, 0);
    context.restore();
  }
}
