// The cloud: up to 100,000 rows on a map, flat or in space, to look through, click and draw around.

export default function ({ data, parentElement, setTriggerValue }) {
  const [cloud, unmount] = mounted(Cloud, parentElement);
  cloud.update(data, setTriggerValue);
  return unmount;
}

const ASK_AFTER = 120; // ms that the pointer rests before a card is asked for
const ASKED = 24; // cards in one question: the row under the pointer and those around it
const NEAR_WORDS = { code: "near in the code", input: "near in the input", both: "near in both" };

class Cloud {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    [this.box, this.canvas, this.card, this.said, this.extras] = [".box", ".box > canvas", ".card", ".said", ".extras"].map(find);
    this.scatter = new CloudScatter(this.canvas);
    this.scatter.overlay = (context, theme) => this.#paintOverlay(context, theme);
    this.legend = new Legend(find(".legend"), this.scatter);
    this.cards = new RowCards();
    this.changes = new Changes();
    this.hovered = -1;
    this.lasso = new Lasso(find("canvas.lasso"), this.box, find("button.draw"), {
      done: (polygon) => this.#enclose(polygon),
      said: (words) => (this.said.textContent = words),
    });
    for (const button of root.querySelectorAll("[data-do]")) button.onclick = () => this.#do(button.dataset.do);
    this.look = () => (this.#look(), this.#showCard()); // cards may have come too
    cloudStore().waiting.add(this.look);
    root.cloud = this; // for the tests, which measure it
  }

  update(data, tell) {
    [this.slot, this.tell] = [data.slot, tell];
    this.#look();
  }

  close() {
    cloudStore().waiting.delete(this.look);
    clearTimeout(this.asking);
    this.scatter.close();
    this.lasso.close();
  }

  // ---- what has come

  /** Takes over what is new of the data and the carriers' parts, as soon as all of them are there. */
  async #look() {
    const { parts, states } = cloudStore();
    const data = states.get(this.slot)?.data;
    if (!data || data === this.data) return;
    const wanted = Object.entries(data.parts);
    if (!wanted.every(([name, key]) => this.have?.[name]?.key === key || parts.has(key))) return;
    const have = {};
    for (const [name, key] of wanted) {
      const kept = this.have?.[name];
      have[name] = kept?.key === key ? kept : { key, ...(await unpackPart(parts.get(key))) };
      if (states.get(this.slot)?.data !== data) return; // a newer update has come
    }
    [this.have, this.data] = [have, data];
    this.root.style.setProperty("--height", `${data.height}px`);
    this.#take(data);
  }

  #take(data) {
    const { changes, scatter, have } = this;
    const moved = changes.of("points", [have.points.key, data.labels]);
    if (moved) this.#setPoints(have.points);
    if (changes.of("colour", have.colour.key) || moved) this.#setColour(have.colour);
    if (changes.of("mask", [data.shown, data.hide, data.n])) this.#setMask(data);
    if (changes.of("groups", [data.groups, data.n]) || moved) this.#setGroups(data);
    if (changes.of("extras", [data.groups, data.links.map(([, near]) => near)])) this.#showExtras(data);
    if (changes.of("selected", [data.selected, data.of])) this.selected = data.selected ?? -1;
    this.cards.update(have.rows ?? {});
    this.#describe();
    this.legend.paint();
    scatter.surface.redraw();
  }

  #setPoints(packed) {
    const { data, scatter } = this;
    const unpacked = unpack(packed);
    const sides = [0, 1, 2].map((c) => (c < unpacked.shape[1] ? column(unpacked, c) : null));
    scatter.labels = { x: data.labels.length < 3 ? data.labels[0] : "", y: data.labels.length === 2 ? data.labels[1] : "" };
    const isNew = this.changes.of("map", [data.of, data.labels, data.n]);
    scatter.setPlaces(sides);
    this.#setControls(isNew);
    this.controls.setHome(homeOf(sides[0], sides[1]));
    this.#hideCard();
  }

  /** Other controls for a flat map than in space; a visitor's view outlives new places of the same rows. */
  #setControls(isNew) {
    const { scatter, canvas, box } = this;
    const Kind = scatter.solid ? Turning : PanZoom;
    if (!isNew && this.controls instanceof Kind) return;
    canvas.classList.remove("turning", "zooms");
    this.controls = new Kind(scatter, box, this.root.querySelector(".reset"), {
      hover: (at) => this.#hover(at),
      leave: () => this.#hideCard(),
      click: (at) => this.#click(at),
      look: () => this.#hideCard(),
    });
    this.root.querySelector(".turns").hidden = !scatter.solid;
  }

  #setColour({ colour, palette }) {
    const scale = new ColourScale(colour, palette, this.data.n);
    this.scatter.setScale(scale);
    this.legend.show(scale);
  }

  #setMask({ shown, hide, n }) {
    this.scatter.mask = shown == null ? null : unpackedBits(shown, n);
    this.scatter.leaveOut = hide;
    this.scatter.setStates();
  }

  #setGroups({ groups, n }) {
    this.scatter.setGroups(
      groups.map(({ name, rows, colour }) => {
        const mask = unpackedBits(rows, n);
        return { name, colour: colour ?? null, rows: Uint32Array.from(mask.keys()).filter((i) => mask[i]) };
      }),
    );
  }

  /** The legend of the outlines and the lines. */
  #showExtras({ groups, links, colours }) {
    const entry = (words, colour, look) => {
      const made = element("span", "extra");
      const swatch = element("i", look);
      swatch.style.borderColor = colour ?? "var(--st-text-color)";
      made.append(swatch, element("span", "", words));
      if (look === "double") swatch.style.borderBottomColor = colours.input;
      return made;
    };
    const kinds = Object.keys(NEAR_WORDS).filter((near) => links.some(([, kind]) => kind === near));
    this.extras.replaceChildren(
      ...groups.map(({ name, colour }, g) => {
        const made = entry(name, colour, "ring");
        made.firstChild.style.borderStyle = DASHES[g % DASHES.length].css;
        return made;
      }),
      ...kinds.map((near) => entry(NEAR_WORDS[near], colours[near] ?? colours.code, near === "both" ? "double" : "")),
    );
    this.extras.hidden = !this.extras.childElementCount;
  }

  #describe() {
    const { scatter, data } = this;
    const { colour } = scatter.scale;
    const what = colour ? `, coloured by ${colour.name}` : "";
    const how = scatter.solid ? "Drag or arrow keys turn it, with shift they move it" : "Arrow keys move it";
    const which = `Map of ${whole(data.n)} rows by ${data.labels.join(", ")}${what}.`;
    this.canvas.setAttribute("aria-label", `${which} ${how}, plus and minus zoom, 0 resets.`);
  }

  // ---- hover, click, tools

  #do(what) {
    const keys = { in: "+", out: "-", left: "ArrowLeft", right: "ArrowRight", up: "ArrowUp", down: "ArrowDown" };
    this.canvas.onkeydown?.({ key: keys[what], preventDefault: () => {} });
  }

  #hover(at) {
    if (!this.scatter.scale) return;
    const i = this.scatter.nearest(...at, REACH);
    if (i < 0) return this.#hideCard();
    if (i === this.hovered) return;
    this.hovered = i;
    this.#showCard();
    this.#askSoon(i);
    this.scatter.surface.redraw();
  }

  #click(at) {
    this.#hover(at); // a tap has no hover before it
    const i = this.scatter.scale ? this.scatter.nearest(...at, REACH) : -1;
    if (i < 0) return;
    this.selected = i;
    this.scatter.surface.redraw();
    this.tell("point", { of: this.data.of, row: i });
  }

  #enclose(polygon) {
    const { scatter, data } = this;
    const { x, y } = scatter.project();
    const { plot, states } = scatter;
    const rows = [];
    for (let i = 0; i < x.length; i++) {
      if (states[i] === SHOWN && isInside([x[i], y[i]], plot) && isWithin(polygon, x[i], y[i])) rows.push(i);
    }
    const count = `${whole(rows.length)} ${rows.length === 1 ? "row" : "rows"} drawn around.`;
    this.said.textContent = rows.length ? count : "No row lies inside that line.";
    this.tell("group", { of: data.of, bits: packedBits(rows, data.n) });
  }

  #hideCard() {
    clearTimeout(this.asking);
    if (this.hovered < 0) return;
    this.hovered = -1;
    this.card.hidden = true;
    this.scatter.surface.redraw();
  }

  #showCard() {
    const i = this.hovered;
    if (i < 0 || !this.scatter.scale) return;
    showCard(this.card, this.box, ...this.scatter.place(i), this.#cardOf(i));
  }

  /** Asks for the card of this row and of those around it that have none yet, once the pointer rests. */
  #askSoon(i) {
    clearTimeout(this.asking);
    const { asks } = this.data;
    const answers = cloudStore().answers.get(asks);
    if (!asks || !answers || answers.has(i)) return;
    this.asking = setTimeout(() => {
      const near = this.scatter.around(...this.scatter.place(i), ASKED);
      const rows = [...new Set([i, ...near])].filter((row) => !answers.has(row)).slice(0, ASKED);
      cloudStore().askers.get(asks)?.ask(rows);
    }, ASK_AFTER);
  }

  #cardOf(i) {
    const { data, scatter } = this;
    const answer = cloudStore().answers.get(data.asks)?.get(i);
    const parts = answer ? answerParts(answer, scatter.scale, () => this.#showCard()) : this.cards.partsOf(i, scatter.scale);
    const lines = answer ? answer.text.split("\n") : this.cards.linesOf(i);
    if (lines.length > LINES) parts.push(element("div", "", `and ${lines.length - LINES} more`));
    const place = scatter.placeOf(i);
    parts.push(element("div", "place", data.labels.map((label, c) => `${label} ${threeDigits(place[c])}`).join(", ")));
    return parts;
  }

  // ---- lines, rings and names

  #paintOverlay(context, theme) {
    if (!this.have) return;
    const { scatter, data } = this;
    if (scatter.solid) {
      scatter.paintTicks(context, theme);
      scatter.paintNames(context, theme, data.labels);
    }
    context.save();
    const { left, right, top, bottom } = scatter.plot;
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    scatter.paintHulls(context, theme);
    if (this.selected >= 0 && this.selected === data.selected) this.#paintLinks(context, theme);
    context.restore();
    for (const spot of data.spots) this.#paintNamed(context, theme, spot.place, spot.label, true);
    for (const { name, middle } of scatter.groups) if (middle) this.#paintNamed(context, theme, middle, name, false);
    for (const [i, radius, width] of [[this.hovered, 6, 1.5], [this.selected, 8, 2.5]]) {
      if (scatter.states[i] && isInside(scatter.place(i), scatter.plot)) paintRing(context, theme, scatter.place(i), radius, width);
    }
  }

  #paintLinks(context, theme) {
    const { scatter, data } = this;
    const from = scatter.place(this.selected);
    const strokes = { code: [[2, "code"]], input: [[2, "input"]], both: [[5, "input"], [2, "code"]] };
    for (const [row, near] of data.links) {
      const to = scatter.place(row);
      const rim = [strokes[near][0][0] + 2, null];
      for (const [width, name] of [rim, ...strokes[near]]) {
        context.lineWidth = width;
        context.strokeStyle = name ? data.colours[name] : theme.background;
        context.beginPath();
        context.moveTo(...from);
        context.lineTo(...to);
        context.stroke();
      }
      paintRing(context, theme, to, 4, 1.25);
    }
  }

  #paintNamed(context, theme, place, name, hasCross) {
    const { scatter } = this;
    const [x, y] = scatter.at(scatter.strip ? [place[0], 0] : place);
    if (!Number.isFinite(x + y) || !isInside([x, y], scatter.plot)) return;
    if (hasCross) for (const [width, colour] of [[5, theme.background], [2, theme.text]]) paintPlus(context, x, y, 8, width, colour);
    context.font = `600 12px ${theme.font}`;
    context.textBaseline = "alphabetic";
    const fits = x + 12 + context.measureText(name).width <= scatter.plot.right;
    context.textAlign = fits ? "left" : "right";
    haloText(context, theme, name, fits ? x + 10 : x - 10, hasCross ? y - 8 : y + 18);
  }
}

/** A part that a carrier holds. */
async function unpackPart(deflated) {
  const { values } = await unpackDeflated({ deflated, shape: [] });
  return JSON.parse(new TextDecoder().decode(values));
}

/** What the hover card says of a row that Python has answered for; its picture comes a moment after its first use. */
function answerParts(answer, scale, again) {
  const parts = [];
  if (answer.picture && !answer.canvas) {
    answer.canvas = element("canvas", "pixels");
    unpackDeflated(answer.picture).then((picture) => {
      drawPicture(answer.canvas, picture, 0);
      again();
    });
  }
  if (answer.canvas) parts.push(answer.canvas);
  const words = scale.wordsOf(answer.row);
  if (words) parts.push(element("b", "", words));
  const lines = answer.text ? answer.text.split("\n").slice(0, LINES) : [];
  return [...parts, ...lines.map((line) => element("div", "", line || " "))];
}

function paintPlus(context, x, y, size, width, colour) {
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(x - size, y);
  context.lineTo(x + size, y);
  context.moveTo(x, y - size);
  context.lineTo(x, y + size);
  context.stroke();
  context.lineCap = "butt";
}
