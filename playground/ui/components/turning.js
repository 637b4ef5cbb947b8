// Turning, zooming and shifting a cloud in three dimensions, by mouse, touch, keys and buttons; as PanZoom for flat ones.

const TURN = 0.01; // radians a pixel of a drag
const KEY_TURN = 0.12; // radians a press of an arrow key

class Turning {
  /** `on` may have hover(at), leave(), click(at) and look(). */
  constructor(scatter, box, resetButton, on) {
    Object.assign(this, { scatter, box, resetButton, on, canvas: scatter.surface.canvas });
    this.pointers = new Map();
    this.start = [...scatter.angles];
    this.shift = [0, 0]; // of the middle, in units of the radius
    this.scale = 1;
    this.#listen();
  }

  get zoomed() {
    return this.changed ?? false;
  }

  /** After new points: looks at all of them, or at the part that was looked at before. */
  setHome() {
    this.#look(this.zoomed);
  }

  reset() {
    [this.shift, this.scale] = [[0, 0], 1];
    this.scatter.turnTo([...this.start]);
    this.#look(false);
  }

  do(what) {
    const turns = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };
    if (turns[what]) this.turn(...turns[what].map((step) => 2 * step * KEY_TURN));
    else this.zoom(what === "in" ? 1.25 : 0.8);
  }

  turn(around, over) {
    const { angles } = this.scatter;
    this.scatter.turnTo([angles[0] + around, clamp(angles[1] + over, -Math.PI / 2, Math.PI / 2)]);
    this.#look(true);
  }

  /** False at the end of the range. */
  zoom(factor) {
    const scale = this.scale * factor;
    if (scale > 100 || scale < 0.4) return false;
    this.scale = scale;
    this.#look(true);
    return true;
  }

  #move(dx, dy) {
    const { left, right, top, bottom } = this.scatter.plot;
    const unit = 2 / Math.min(right - left, bottom - top) / this.scale;
    this.shift = [this.shift[0] - dx * unit, this.shift[1] + dy * unit];
    this.#look(true);
  }

  #look(changed) {
    this.changed = changed;
    const reach = (1.04 * this.scatter.radius) / this.scale;
    const [x, y] = this.shift.map((part) => part * this.scatter.radius);
    this.scatter.view = { x: [x - reach, x + reach], y: [y - reach, y + reach] };
    this.scatter.zoom = this.scale;
    this.resetButton.hidden = !changed;
    this.on.look?.();
    this.scatter.surface.redraw();
  }

  // ---- pointer and keys

  #listen() {
    const { canvas } = this;
    canvas.classList.remove("zooms");
    canvas.classList.add("turning");
    canvas.onpointerdown = (event) => this.#press(event);
    canvas.onpointermove = (event) => this.#drag(event);
    canvas.onpointerup = (event) => this.#release(event);
    canvas.onpointercancel = (event) => this.#forget(event);
    canvas.onpointerleave = (event) => {
      this.awake = false;
      if (event.pointerType === "mouse") this.on.leave?.();
    };
    canvas.onwheel = (event) => {
      if (!this.awake && !event.ctrlKey) return; // a wheel that scrolls the page past the map
      if (this.zoom(Math.exp(-clamp(event.deltaY, -200, 200) / 400))) event.preventDefault();
    };
    canvas.onkeydown = (event) => this.#key(event);
    this.resetButton.onclick = () => this.reset();
  }

  #press(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, pointIn(this.box, event));
    this.pressed = this.pointers.size === 1 ? pointIn(this.box, event) : null; // two fingers are never a click
  }

  #drag(event) {
    const at = pointIn(this.box, event);
    const before = this.pointers.get(event.pointerId);
    if (event.movementX || event.movementY) this.awake = true;
    if (!before) return this.on.hover?.(at);
    if (this.pressed && distance(this.pressed, at) <= STILL) return;
    this.pressed = null;
    this.canvas.classList.add("panning");
    this.pointers.set(event.pointerId, at);
    const [dx, dy] = [at[0] - before[0], at[1] - before[1]];
    if (this.pointers.size === 2) this.#pinch(event.pointerId, before, at);
    else if (event.shiftKey) this.#move(dx, dy);
    else this.turn(dx * TURN, dy * TURN);
  }

  #pinch(id, before, at) {
    const [, other] = [...this.pointers].find(([otherId]) => otherId !== id);
    this.zoom(distance(at, other) / Math.max(1, distance(before, other)));
    this.#move((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
  }

  #release(event) {
    const clicked = this.pressed && this.pointers.has(event.pointerId);
    this.#forget(event);
    if (clicked) this.on.click?.(pointIn(this.box, event));
  }

  #forget(event) {
    this.pointers.delete(event.pointerId);
    this.pressed = null;
    if (!this.pointers.size) this.canvas.classList.remove("panning");
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey) return;
    const names = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
    const name = names[event.key];
    const shifts = { left: [40, 0], right: [-40, 0], up: [0, 40], down: [0, -40] };
    const actions = { "+": () => this.do("in"), "=": () => this.do("in"), "-": () => this.do("out"), 0: () => this.reset() };
    const action = name ? () => (event.shiftKey ? this.#move(...shifts[name]) : this.do(name)) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
