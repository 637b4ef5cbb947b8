// A page of samples, each a button: pictures as they are, anything else as look.js draws it small. A click tells
// Python the sample's place; arrow keys move among the tiles, Enter and the space bar pick.

const PICTURE_TILE = 52; // least px of a tile's width
const OTHER_TILE = 96;
const MOST_GROWN = 2; // lengths of the waves' range that a page of them adds at each end

export default function ({ data, parentElement, setTriggerValue }) {
  const [grid, unmount] = mounted(Grid, parentElement);
  grid.update(data, (place) => setTriggerValue("place", place));
  return unmount;
}

class Grid {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".tiles");
    this.tiles = [];
    this.surfaces = [];
    this.changes = new Changes();
    this.box.onkeydown = (event) => this.#move(event);
  }

  update(data, onPick) {
    this.onPick = onPick;
    const { selected, ...rest } = data;
    if (this.changes.of("tiles", rest)) this.#build(data);
    this.selected = selected;
    this.#mark();
    for (const surface of this.surfaces) surface.redraw(); // the theme may have changed
  }

  close() {
    for (const surface of this.surfaces) surface.close();
    this.surfaces = [];
  }

  #build(data) {
    this.data = data;
    this.close();
    this.box.setAttribute("aria-label", data.title);
    this.box.style.setProperty("--tile", `${data.pictures ? PICTURE_TILE : OTHER_TILE}px`);
    this.tiles = data.places.map((place, i) => this.#tile(place, i));
    this.box.replaceChildren(...this.tiles);
    if (data.pictures) this.#paintPictures(data);
    else this.#paintOthers(data);
  }

  #tile(place, i) {
    const button = element("button", "tile");
    button.type = "button";
    button.title = this.data.names[i];
    button.setAttribute("aria-label", this.data.names[i]);
    button.onclick = () => {
      this.selected = place; // at once; Python's answer says the same
      this.#mark();
      button.focus();
      this.onPick(place);
    };
    button.append(element("canvas", "pixels"), element("span", "caption", this.data.captions[i]));
    return button;
  }

  async #paintPictures(data) {
    const pictures = await unpackDeflated(data.pictures);
    if (this.data !== data) return; // another page has come meanwhile
    this.tiles.forEach((tile, i) => drawPicture(tile.querySelector("canvas"), pictures, i));
  }

  #paintOthers(data) {
    const look = new Look({ ...data.look });
    const { values, shape } = unpack(data.x);
    const rows = data.places.map((_, i) => values.slice(i * shape[1], (i + 1) * shape[1]));
    if (look.kind === "series") look.range = rangeHolding(look.range, rows.map((x) => look.own(x)), MOST_GROWN);
    this.surfaces = this.tiles.map((tile, i) => {
      const canvas = tile.querySelector("canvas");
      canvas.className = "";
      canvas.style.height = "48px";
      const x = rows[i];
      const box = () => ({ left: 0, top: 0, width: surface.width, height: surface.height });
      const surface = new Surface(canvas, (context, theme) => look.paint(context, box(), x, theme, theme.text));
      return surface;
    });
  }

  /** One tile is reached by the tab key: the marked one, or the first. */
  #mark() {
    const at = this.data.places.indexOf(this.selected);
    this.tiles.forEach((tile, i) => {
      tile.setAttribute("aria-pressed", String(i === at));
      tile.tabIndex = i === Math.max(at, 0) ? 0 : -1;
    });
  }

  #move(event) {
    const at = this.tiles.indexOf(event.target.closest(".tile"));
    const across = getComputedStyle(this.box).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? this.tiles.length - 1 : at + step;
    if (at < 0 || !this.tiles[to]) return;
    event.preventDefault();
    this.tiles[at].tabIndex = -1;
    this.tiles[to].tabIndex = 0;
    this.tiles[to].focus();
  }
}
