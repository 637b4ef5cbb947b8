// A lasso: a sheet above the map on which a line is drawn around points, by mouse, touch or keys.

const KEY_STEP = 14; // pixels an arrow key moves the corner to come

class Lasso {
  /** `done(polygon)` gets the corners [[x, y], …] in CSS pixels; `said(words)` what to do. */
  constructor(sheet, box, button, { done, said }) {
    Object.assign(this, { box, button, done, said });
    this.sheet = new Surface(sheet, (context, theme) => this.#paint(context, theme));
    this.line = [];
    this.cursor = null; // of the keys
    this.#listen(sheet);
  }

  get isOn() {
    return !this.sheet.canvas.hidden;
  }

  close() {
    this.sheet.close();
  }

  set(isOn) {
    const { canvas } = this.sheet;
    canvas.hidden = !isOn;
    this.button.setAttribute("aria-pressed", String(isOn));
    [this.line, this.cursor, this.held] = [[], null, null];
    this.said(isOn ? "Draw a line around points (keys: arrows move, space sets a corner, Enter closes); Escape leaves." : "");
    if (isOn) canvas.focus({ preventScroll: true });
    this.sheet.redraw();
  }

  #listen(sheet) {
    sheet.setAttribute("role", "application");
    sheet.setAttribute("aria-label", "Sheet to draw on. Arrow keys move, space sets a corner, Enter closes the line, Escape leaves.");
    this.button.onclick = () => this.set(!this.isOn);
    sheet.onpointerdown = (event) => {
      if (event.button !== 0 || this.held != null) return;
      sheet.setPointerCapture(event.pointerId);
      [this.held, this.line, this.cursor] = [event.pointerId, [pointIn(this.box, event)], null];
    };
    sheet.onpointermove = (event) => this.#drag(event);
    sheet.onpointerup = (event) => {
      if (event.pointerId !== this.held) return;
      this.held = null;
      this.#finish();
    };
    sheet.onpointercancel = () => {
      [this.held, this.line] = [null, []];
      this.sheet.redraw();
    };
    sheet.onkeydown = (event) => this.#key(event);
    this.button.onkeydown = (event) => {
      if (event.key === "Escape" && this.isOn) this.#leave();
    };
  }

  #drag(event) {
    if (event.pointerId !== this.held) return;
    const at = pointIn(this.box, event);
    if (distance(at, this.line[this.line.length - 1]) < 3) return;
    this.line.push(at);
    this.sheet.redraw();
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step) this.#step(step, event.shiftKey ? 5 * KEY_STEP : KEY_STEP);
    else if (event.key === " ") this.line.push([...(this.cursor ??= this.#centre())]);
    else if (event.key === "Enter") this.#finish();
    else if (event.key === "Escape") this.#leave();
    else return;
    event.preventDefault();
    this.sheet.redraw();
  }

  #centre() {
    return [this.sheet.width / 2, this.sheet.height / 2];
  }

  #step([x, y], size) {
    const [left, top] = (this.cursor ??= this.#centre());
    this.cursor = [clamp(left + x * size, 0, this.sheet.width), clamp(top + y * size, 0, this.sheet.height)];
  }

  #leave() {
    this.set(false);
    this.button.focus({ preventScroll: true });
  }

  #finish() {
    const { line } = this;
    if (line.length >= 3) {
      this.#leave();
      this.done(line);
    } else this.line = [];
    this.sheet.redraw();
  }

  #paint(context, theme) {
    const { line, cursor } = this;
    if (line.length) {
      context.beginPath();
      line.forEach(([x, y]) => context.lineTo(x, y));
      if (cursor) context.lineTo(...cursor);
      context.closePath();
      context.globalAlpha = 0.1;
      context.fillStyle = theme.text;
      context.fill();
      context.globalAlpha = 1;
      for (const [width, colour] of [[4, theme.background], [2, theme.text]]) {
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.setLineDash(colour === theme.text ? [6, 4] : []);
        context.stroke();
      }
      context.setLineDash([]);
    }
    if (cursor) paintRing(context, theme, cursor, 6, 2);
  }
}

/** Whether (x, y) lies inside the polygon: a ray to the right crosses its sides an odd number of times. */
function isWithin(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]];
    if (yi > y !== yj > y && x < xi + ((y - yi) / (yj - yi)) * (xj - xi)) inside = !inside;
  }
  return inside;
}

/** Bits as `bits` in cloud_payload.py packs them, eight points a byte, from the indices that are set. */
function packedBits(rows, n) {
  const bytes = new Uint8Array(Math.ceil(n / 8));
  for (const i of rows) bytes[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let from = 0; from < bytes.length; from += 8192) text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return btoa(text);
}

/** The mask (n,) of 0 and 1 that base64 bits hold. */
function unpackedBits(base64, n) {
  const bytes = bytesOf(base64);
  return Uint8Array.from({ length: n }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}
