// The decoded surface: small decoded samples all over the map, finer where it is zoomed, decoded as time allows.

const MOST_TILES = 1500; // kept
const COARSER = 2; // levels that are decoded first and stand until the fine ones have come

class TileGrid {
  constructor() {
    this.tiles = new Map(); // "level:column:row" -> canvas
    this.queue = [];
    this.stamp = null;
  }

  clear() {
    this.tiles.clear();
    this.queue = [];
    this.stamp = null;
  }

  /**
   * What is on show now. `home` and `view` {x, y}; `size` of the plot and `cell` of a tile in pixels, with a `gap`
   * after it; `stamp` names all else a tile depends on; `tileOf(x, y, width, height)` decodes and draws one, in units of
   * the code and in pixels.
   */
  look({ home, view, size, cell, gap, strip, stamp, tileOf }) {
    if (this.stamp !== stamp) this.clear();
    Object.assign(this, { home, view, cell, gap, strip, stamp, tileOf });
    const zoom = (home.x[1] - home.x[0]) / (view.x[1] - view.x[0]);
    const [wide, high] = [home.x[1] - home.x[0], home.y[1] - home.y[0]];
    this.step = [(wide * cell[0]) / size[0], strip ? high : (high * cell[1]) / size[1]];
    this.level = Math.max(-3, Math.floor(Math.log2(zoom) + 0.25));
    this.queue = [];
    for (let level = this.#first(); level <= this.level; level++) {
      const wanted = this.#places(level).filter((place) => !this.tiles.has(place.key));
      this.queue.push(...wanted.sort((a, b) => a.far - b.far));
    }
    this.#forget();
  }

  /** Works until `deadline`; whether there are new tiles. */
  work(deadline) {
    let made = 0;
    while (this.queue.length && (made === 0 || performance.now() < deadline)) {
      const { key, x, y } = this.queue.shift();
      this.tiles.set(key, this.tileOf(x, y, ...this.cell));
      made++;
    }
    return made > 0;
  }

  /** The coarse ones first, the fine ones over them. */
  paint(context, axes) {
    context.imageSmoothingEnabled = false;
    for (let level = this.#first(); level <= this.level; level++) {
      for (const { key, left, right, low, high } of this.#places(level)) {
        const tile = this.tiles.get(key);
        if (!tile) continue;
        const [x, y] = [axes.x.at(left), axes.y.at(high)].map(Math.round); // no seams between whole pixels
        const [width, height] = [Math.round(axes.x.at(right)) - x, Math.round(axes.y.at(low)) - y];
        context.clearRect(x, y, width, height); // no coarse one shows through the gap
        context.drawImage(tile, x, y, width - this.gap, height - this.gap);
      }
    }
  }

  /** A strip has no coarser ones: they would be wider, but no higher. */
  #first() {
    return this.strip ? this.level : this.level - COARSER;
  }

  /** Tiles of a level that the view meets; anchored in the code, so that a moved map finds them again. */
  #places(level) {
    const { view, home } = this;
    const [width, height] = this.step.map((step) => step / 2 ** level);
    const across = view.x.map((end) => Math.floor((end - home.x[0]) / width));
    const up = this.strip ? [0, 0] : view.y.map((end) => Math.floor((end - home.y[0]) / height));
    const middle = [(view.x[0] + view.x[1]) / 2, (view.y[0] + view.y[1]) / 2];
    const places = [];
    for (let column = across[0]; column <= across[1]; column++) {
      for (let row = up[0]; row <= up[1]; row++) {
        const [left, low] = [home.x[0] + column * width, this.strip ? home.y[0] : home.y[0] + row * height];
        const high = this.strip ? home.y[1] : low + height;
        const [x, y] = [left + width / 2, (low + high) / 2];
        const far = ((x - middle[0]) / width) ** 2 + ((y - middle[1]) / height) ** 2;
        places.push({ key: `${level}:${column}:${row}`, left, right: left + width, low, high, x, y, far });
      }
    }
    return places;
  }

  /** The oldest go where there are too many. */
  #forget() {
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= MOST_TILES) return;
      this.tiles.delete(key);
    }
  }
}
