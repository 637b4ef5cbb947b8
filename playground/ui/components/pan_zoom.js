// Zoom, pan, hover and click on a Scatter, by mouse, touch and keys.

const REACH = 12; // pixels around the pointer in which the nearest point is found
const STILL = 4; // pixels a press may move and still be a click

class PanZoom {
  /**
   * `on` may have hover(at), leave(), click(at) and look(), called when the view has changed; with brush(from, at) a
   * drag calls that instead of moving the map (with the shift key it moves it still), and brushed(isKept) at its end.
   */
  constructor(scatter, box, resetButton, on) {
    Object.assign(this, { scatter, box, resetButton, on, canvas: scatter.surface.canvas });
    this.home = { x: [0, 1], y: [0, 1] };
    this.pointers = new Map(); // pressed pointers: id -> [x, y]
    this.zoomed = false;
    this.from = null; // where a brush began
    this.#listen();
  }

  /** New limits of everything: followed, unless the visitor looks at a part. */
  setHome(home) {
    this.home = home;
    if (!this.zoomed) this.reset();
    else this.#setScale();
  }

  reset() {
    this.#look({ x: [...this.home.x], y: [...this.home.y] }, false);
  }

  /** In or out by `factor` around the middle, as keys and buttons do. */
  zoomBy(factor) {
    const { left, right, top, bottom } = this.scatter.plot;
    this.#zoom(factor, [(left + right) / 2, (top + bottom) / 2]);
  }

  #look(view, zoomed) {
    this.zoomed = zoomed;
    this.scatter.view = view;
    this.#setScale();
    this.resetButton.hidden = !zoomed;
    this.on.look?.();
    this.scatter.surface.redraw();
  }

  #setScale() {
    const { home, scatter } = this;
    scatter.zoom = (home.x[1] - home.x[0]) / (scatter.view.x[1] - scatter.view.x[0]);
  }

  /** Zoom by `factor` around a pixel; false at the end of the range. */
  #zoom(factor, [px, py]) {
    const { x, y } = this.scatter.axes;
    const scaled = ({ low, high }, centre) => [centre - (centre - low) / factor, centre + (high - centre) / factor];
    const zoom = this.scatter.zoom * factor;
    if (zoom > 500 || zoom < 0.2) return false;
    this.#look({ x: scaled(x, x.back(px)), y: this.scatter.strip ? this.home.y : scaled(y, y.back(py)) }, true);
    return true;
  }

  #pan(dx, dy) {
    const { x, y } = this.scatter.axes;
    const shifted = (axis, from, by) => {
      const shift = axis.back(from) - axis.back(from + by);
      return [axis.low + shift, axis.high + shift];
    };
    this.#look({ x: shifted(x, 0, dx), y: this.scatter.strip ? this.home.y : shifted(y, 0, dy) }, true);
  }

  // ---- pointer and keys

  #listen() {
    const { canvas } = this;
    canvas.classList.add("zooms");
    canvas.onpointerdown = (event) => this.#press(event);
    canvas.onpointermove = (event) => this.#move(event);
    canvas.onpointerup = (event) => this.#release(event);
    canvas.onpointercancel = (event) => this.#forget(event);
    canvas.onpointerleave = (event) => {
      this.awake = false;
      this.lastScreen = null;
      if (event.pointerType === "mouse") this.on.leave?.();
    };
    canvas.onwheel = (event) => this.#wheel(event);
    canvas.onkeydown = (event) => this.#key(event);
    this.resetButton.onclick = () => this.reset();
  }

  #press(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    const at = pointIn(this.box, event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 1) this.pressed = at;
    else this.pressed = null; // two fingers are never a click
    this.mayBrush = this.on.brush && this.pointers.size === 1 && !event.shiftKey;
    if (!this.mayBrush) this.#endBrush(false);
  }

  #move(event) {
    const at = pointIn(this.box, event);
    // Content scrolled under a resting mouse also sends moves: only one that moved on the screen wakes the wheel.
    if (this.lastScreen && (event.screenX !== this.lastScreen[0] || event.screenY !== this.lastScreen[1])) this.awake = true;
    this.lastScreen = [event.screenX, event.screenY];
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.on.hover?.(at);
    if (this.pointers.size === 2) this.#pinch(event.pointerId, before, at);
    else this.#drag(event.pointerId, before, at);
  }

  #drag(id, before, at) {
    if (this.pressed && distance(this.pressed, at) <= STILL) return;
    if (this.mayBrush) this.from ??= before;
    this.pressed = null;
    if (this.from) return this.on.brush(this.from, at);
    this.canvas.classList.add("panning");
    this.pointers.set(id, at);
    this.#pan(at[0] - before[0], at[1] - before[1]);
  }

  #pinch(id, before, at) {
    const [, other] = [...this.pointers].find(([otherId]) => otherId !== id);
    this.pointers.set(id, at);
    const middle = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.#zoom(distance(at, other) / Math.max(1, distance(before, other)), middle);
    this.#pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
  }

  #release(event) {
    const clicked = this.pressed && this.pointers.has(event.pointerId);
    this.#endBrush(true);
    this.#forget(event);
    if (clicked) this.on.click?.(pointIn(this.box, event));
  }

  #endBrush(isKept) {
    if (this.from) this.on.brushed?.(isKept);
    this.from = null;
  }

  #forget(event) {
    this.#endBrush(false); // a touch that turned out to scroll the page
    this.pointers.delete(event.pointerId);
    this.pressed = null;
    if (!this.pointers.size) this.canvas.classList.remove("panning");
  }

  #wheel(event) {
    // A wheel that scrolls the page past the map must not be caught by it; nor one that zooms out at the end.
    if (!this.awake && !event.ctrlKey) return;
    if (this.#zoom(Math.exp(-clamp(event.deltaY, -200, 200) / 400), pointIn(this.box, event))) event.preventDefault();
  }

  #key(event) {
    const actions = {
      ArrowLeft: () => this.#pan(40, 0),
      ArrowRight: () => this.#pan(-40, 0),
      ArrowUp: () => this.#pan(0, 40),
      ArrowDown: () => this.#pan(0, -40),
      "+": () => this.zoomBy(1.25),
      "=": () => this.zoomBy(1.25),
      "-": () => this.zoomBy(0.8),
      0: () => this.reset(),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  }
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
