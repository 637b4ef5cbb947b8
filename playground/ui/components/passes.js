// The output passed through again and again: pictures after 1, 2, 4, … passes, and whether it comes to rest.

const SHOWN = [1, 2, 4, 8, 16, 32, 64];
const STILL = 0.01; // of the first pass's step: what a pass that changes nothing may still move
const MOST_SHARE = 1000; // percent of the first pass's step that are told
const A_SLICE = 6; // milliseconds of work per frame

class Passes {
  constructor(root) {
    this.strip = root.querySelector(".strip");
    this.words = root.querySelector(".settles");
    this.tiles = SHOWN.map((pass) => {
      const [figure, caption] = [element("figure"), element("figcaption")];
      const canvas = labelledCanvas(`After ${passesInWords(pass)}`, "tile");
      figure.append(canvas, caption);
      const tile = { pass, figure, caption, x: null };
      tile.surface = new Surface(canvas, (context, theme) => {
        const { width, height } = tile.surface;
        if (tile.x && this.look) this.look.paint(context, { left: 0, top: 0, width, height }, tile.x, theme);
      });
      tile.canvas = canvas;
      this.strip.append(figure);
      return tile;
    });
  }

  setLook(look) {
    this.look = look;
    for (const { canvas } of this.tiles) {
      canvas.style.aspectRatio = String(look.aspect);
      canvas.classList.toggle("pixels", look.kind === "image");
    }
  }

  /** Begin anew from x; the network does a slice per frame. */
  start(net, x) {
    this.stop();
    let now = Float32Array.from(x);
    const changes = [];
    const work = () => {
      const until = performance.now() + A_SLICE;
      while (changes.length < SHOWN.at(-1)) {
        const after = net.decode(net.encode(now));
        changes.push(squaredError(now, after));
        now.set(after);
        const tile = this.tiles.find(({ pass }) => pass === changes.length);
        if (tile) this.#show(tile, now, changes);
        if (performance.now() > until) break;
      }
      this.frame = changes.length < SHOWN.at(-1) ? requestAnimationFrame(work) : 0;
      if (!this.frame) setText(this.words, settles(changes));
    };
    this.frame = requestAnimationFrame(work);
  }

  /** What the server has made of it: (k, n) and every pass's change. */
  show(rows, changes) {
    this.stop();
    this.tiles.forEach((tile, i) => this.#show(tile, rows[i], Array.from(changes).slice(0, tile.pass)));
    setText(this.words, settles(Array.from(changes)));
  }

  #show(tile, x, changes) {
    tile.x = Float32Array.from(x);
    const change = changes.length > 1 ? `, moved ${shareOfFirst(changes)}` : "";
    setText(tile.caption, `${passesInWords(tile.pass)}${change}`);
    tile.surface.redraw();
  }

  redraw() {
    for (const { surface } of this.tiles) surface.redraw();
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }

  close() {
    this.stop();
    for (const { surface } of this.tiles) surface.close();
  }
}

/** How far the last pass went, of what the first did. */
function shareOfFirst(changes) {
  if (!(changes[0] > 0)) return "0 %";
  const share = 100 * Math.sqrt(changes.at(-1) / changes[0]);
  if (!(share <= MOST_SHARE)) return `more than ${whole(MOST_SHARE)} %`; // what is no number has run away
  return share < 0.1 ? "< 0.1 %" : `${share < 10 ? share.toFixed(1) : whole(Math.round(share))} %`;
}

const passesInWords = (n) => `${n} ${n === 1 ? "pass" : "passes"}`;

/** Whether it comes to rest, in words; `changes` are squared, one for each pass. */
function settles(changes) {
  const still = STILL * STILL * changes[0];
  const last = changes.findLastIndex((change) => change > still);
  if (!(changes[0] > 0)) return "The first pass already changes nothing.";
  if (last < changes.length - 1) {
    const passes = last + 1;
    return `It settles: after ${passesInWords(passes)} a further one moves it by less than 1 % of what the first did.`;
  }
  return `It has not settled: pass ${changes.length} still moves it by ${shareOfFirst(changes)} of what the first did.`;
}
