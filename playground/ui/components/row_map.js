// What maps of single rows share: the card of the row under the pointer, its ring, and the limits of all rows.

const LINES = 12; // of a row's text that the card shows

/** What the hover card says of a row: its picture, what it is coloured by and the first lines of its text. */
class RowCards {
  #picture = element("canvas", "pixels");
  #changes = new Changes();

  /** Takes over the data of an update; new pictures are there a moment later. */
  async update(data) {
    this.data = data;
    const packed = data.pictures;
    if (!this.#changes.of("pictures", packed)) return;
    this.pictures = null;
    if (!packed) return;
    const pictures = await unpackDeflated(packed);
    if (this.data.pictures?.deflated === packed.deflated) this.pictures = pictures; // else a newer update came first
  }

  linesOf(i) {
    return this.data.rows?.[i].split("\n") ?? [];
  }

  partsOf(i, scale) {
    const parts = [];
    if (this.pictures) {
      drawPicture(this.#picture, this.pictures, i);
      parts.push(this.#picture);
    }
    const words = scale.wordsOf(i);
    if (words) parts.push(element("b", "", words));
    const lines = this.linesOf(i).slice(0, LINES);
    return [...parts, ...lines.map((line) => element("div", "", line || " "))];
  }
}

/** Where point `i` lies, in words. */
function placeOf(i, { x, y, strip }, { x_label, y_label }) {
  const across = `${x_label} ${threeDigits(x[i])}`;
  return strip ? across : `${across}, ${y_label} ${threeDigits(y[i])}`;
}

/** The limits of all points; `ys` is null on a strip. */
const homeOf = (xs, ys) => ({ x: padded(bulk(xs), 0.05), y: ys ? padded(bulk(ys), 0.05) : [-1, 1] });

const isInside = ([x, y], { left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom;

/** A ring in the text's colour with a rim in the page's, visible on any point. */
function paintRing(context, theme, [x, y], radius, width) {
  for (const [extra, colour] of [[2.5, theme.background], [0, theme.text]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = width + extra;
    context.strokeStyle = colour;
    context.stroke();
  }
}
