// Where no training code is near: the nearest one of a point, and the holes of the square on show.

const CELL = 5; // pixels on a side of what is looked at for holes

/** Place and Euclidean distance of the code nearest to `z`, in all units; place -1 where there are none. */
function nearestCode({ values, shape: [n, m] }, z) {
  let [place, closest] = [-1, Infinity];
  for (let i = 0, from = 0; i < n; i++, from += m) {
    let square = 0;
    for (let u = 0; u < m && square < closest; u++) square += (values[from + u] - z[u]) ** 2;
    if (square < closest) [place, closest] = [i, square];
  }
  return { place, distance: Math.sqrt(closest) };
}

/** Which cells of the square on show are further than `reach` from every code; found row by row, as time allows. */
class HoleGrid {
  constructor() {
    this.picture = document.createElement("canvas");
    this.done = null; // {x, y, share}: limits of the finished picture, and the share of it that is hole
    this.next = null;
  }

  /**
   * Begin anew for a view {x, y} of `width` by `height` pixels.
   *
   * `colour` (hex) is that of a hole; `codes` as unpacked; `units` [across, up], up null on a strip; `z` the point whose other units the square has.
   */
  start(view, [width, height], codes, units, z, reach, colour) {
    const [columns, rows] = [Math.max(1, Math.round(width / CELL)), units[1] === null ? 1 : Math.max(1, Math.round(height / CELL))];
    this.next = { view, columns, rows, row: 0, holes: 0, ...projected(codes, units, z), limit: reach * reach, image: new ImageData(columns, rows) };
    this.pixels = new Uint32Array(this.next.image.data.buffer);
    const [red, green, blue] = rgbOf(colour);
    this.colour = ((0xff << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }

  /** Works until `deadline` (of performance.now); whether a picture is finished by it. */
  work(deadline) {
    const { next } = this;
    if (!next) return false;
    while (next.row < next.rows) {
      this.#row(next);
      if (performance.now() >= deadline && next.row < next.rows) return false;
    }
    [this.picture.width, this.picture.height] = [next.columns, next.rows];
    this.picture.getContext("2d").putImageData(next.image, 0, 0);
    this.done = { ...next.view, share: next.holes / (next.columns * next.rows) };
    this.next = null;
    return true;
  }

  #row(next) {
    const { view, columns, rows, across, up, base, limit, row } = next;
    const y = view.y[1] - ((row + 0.5) / rows) * (view.y[1] - view.y[0]);
    // Only codes whose other units and height are near enough count in this row.
    const [xs, rest] = [[], []];
    for (let i = 0; i < across.length; i++) {
      const square = base[i] + (up ? (up[i] - y) ** 2 : 0);
      if (square <= limit) xs.push(across[i]), rest.push(limit - square);
    }
    const near = new Uint8Array(columns);
    const step = (view.x[1] - view.x[0]) / columns;
    for (let i = 0; i < xs.length; i++) {
      const half = Math.sqrt(rest[i]);
      const from = Math.max(0, Math.ceil((xs[i] - half - view.x[0]) / step - 0.5));
      const to = Math.min(columns - 1, Math.floor((xs[i] + half - view.x[0]) / step - 0.5));
      if (from <= to) near.fill(1, from, to + 1);
    }
    for (let c = 0; c < columns; c++) {
      if (near[c]) continue;
      next.holes++;
      this.pixels[row * columns + c] = this.colour;
    }
    next.row++;
  }
}

/** The codes along the two units on show, and their squared distance from the square in all the others. */
function projected({ values, shape: [n, m] }, [a, b], z) {
  const across = Float32Array.from({ length: n }, (_, i) => values[i * m + a]);
  const up = b === null ? null : Float32Array.from({ length: n }, (_, i) => values[i * m + b]);
  const base = new Float32Array(n);
  for (let u = 0; u < m; u++) {
    if (u === a || u === b) continue;
    for (let i = 0; i < n; i++) base[i] += (values[i * m + u] - z[u]) ** 2;
  }
  return { across, up, base };
}
