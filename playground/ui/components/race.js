// The race: up to four runs at once, their curves in one plot and their samples in one grid.

const DASHES = [[], [9, 4], [2, 4], [12, 3, 2, 3]];

export default function ({ data, parentElement }) {
  const [race, unmount] = mounted(Race, parentElement);
  race.update(data);
  return unmount;
}

class Race {
  constructor(root) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.grid = find(".lanes");
    this.scrubber = new Scrubber(find(".controls"), (epoch) => this.#show(epoch));
    this.loss = new LossPlot(find(".loss"), (epoch) => this.scrubber.visit(epoch));
    this.rows = [];
    this.changes = new Changes();
  }

  update(data) {
    const opened = this.changes.of("race", data.race);
    if (opened) this.frames = data.lanes.map(() => []); // of each lane
    this.data = data;
    for (const name of ["autoencoder", "reconstruction", "mean"]) this.root.style.setProperty(`--${name}`, data.palette[name]);
    data.lanes.forEach((lane, i) => (this.frames[i] = withNew(this.frames[i] ?? [], lane.frames, unpackLaneFrame)));
    this.looks = data.lanes.map((lane, i) => laneLook(lane, i, themeAt(this.root), data.palette));
    this.chart = raceChart(data, this.looks);
    if (this.changes.of("grid", [data.race, data.samples, data.kind, data.lanes.length])) this.#buildGrid(data);
    const epochs = [...new Set(this.frames.flatMap((frames) => frames.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
    this.scrubber.update({ epochs, planned: data.epochs, alive: data.alive, best: null, opened, autoplay: false });
  }

  close() {
    [this.scrubber, this.loss, ...this.rows].forEach((part) => part.close());
  }

  #buildGrid({ samples, lanes, kind }) {
    this.rows.forEach((row) => row.close());
    const x = unpack(samples.x);
    this.rows = lanes.map(() => new LaneRow(samples, x, kind));
    const originals = samples.image_shape ? [originalsRow(samples, x)] : [];
    this.grid.replaceChildren(...originals, ...this.rows.map(({ root }) => root));
  }

  #show(epoch) {
    this.loss.show(this.chart, epoch);
    this.rows.forEach((row, i) => {
      const lane = this.data.lanes[i];
      const frame = epoch === null ? null : this.frames[i].findLast((one) => one.epoch <= epoch);
      row.show(frame ?? null, lane, { ...this.chart.curves[i], ...this.looks[i] }, laneWords(lane, epoch, this.data));
    });
  }
}

const unpackLaneFrame = ({ epoch, x_hat }) => ({ epoch, xHat: unpack(x_hat) });

/** A lane's red, lighter or darker than its neighbours', its dash and its marker: apart without colours too. */
function laneLook({ colour }, i, theme, { autoencoder: red }) {
  const reds = [red, between([red, theme.text], 0.5), between([red, theme.background], 0.3), between([red, theme.text], 0.8)];
  return { colour: colour ?? reds[i], dash: DASHES[i], shape: i, width: 2.25, dot: true };
}

function raceChart({ lanes, lines, mean, unit, epochs, palette }, looks) {
  const curves = lanes.map(({ name, history }, i) => ({ key: `lane-${i}`, name, epoch: history.epoch, values: history.val, ...looks[i] }));
  const references = lines.map(({ m, value }) => ({ key: "pca", name: `PCA(${m})`, value, colour: palette.pca }));
  if (mean !== undefined) references.push({ key: "mean", name: "mean", value: mean, colour: palette.mean });
  const marks = lanes.flatMap((lane) => {
    const at = passingPlace(lane, lines);
    return at < 0 ? [] : [{ epoch: lane.history.epoch[at], value: lane.history.val[at], words: "", fill: palette.pca }];
  });
  return { unit, epochs, curves, references, marks, changes: [] };
}

const lineOf = ({ m }, lines) => lines.find((line) => line.m === m)?.value;

function passingPlace(lane, lines) {
  const level = lineOf(lane, lines);
  return level === undefined ? -1 : firstBelow(lane.history.val, level);
}

/** A lane's error at an epoch and how it stands against PCA, in words. */
function laneWords(lane, epoch, { lines, unit }) {
  const { history, m, state } = lane;
  const value = epoch === null ? null : valueAt({ epoch: history.epoch, values: history.val }, epoch);
  const level = lineOf(lane, lines);
  const passing = passingWords(history, `PCA(${m})`, level) || (level === undefined ? "" : `not below PCA(${m}) yet`);
  return { error: `${threeDigits(value)} ${unit}`, state: [state, passing].filter(Boolean).join(" · ") };
}

function originalsRow(samples, x) {
  const row = element("div", "lane original");
  const head = element("div", "lane-head");
  head.append(element("span", "", "originals"));
  row.append(head, ...pictureTiles(samples, x, "original"));
  return row;
}

/** A picture of every row of `x`. */
function pictureTiles({ image_shape: shape }, x, name) {
  return Array.from({ length: x.shape[0] }, (_, i) => {
    const tile = labelledCanvas(`Sample ${i + 1}, ${name}`, "pixels");
    drawPicture(tile, picturesOf(x, shape), i);
    return tile;
  });
}

/** One lane of the grid: its name and numbers, and what it makes of the samples. */
class LaneRow {
  constructor(samples, x, kind) {
    [this.shape, this.x] = [samples.image_shape ?? null, x];
    this.root = element("div", this.shape ? "lane" : "lane profiles");
    [this.head, this.name, this.error, this.state] = ["lane-head", "lane-name", "error", "state"].map((name) => element("span", name));
    this.head.append(this.name, this.error, this.state);
    this.tiles = this.shape ? pictureTiles(samples, x, "reconstruction") : [];
    this.profiles = this.shape ? [] : this.#makeProfiles(kind);
    this.root.append(this.head, ...this.tiles, ...this.profiles.map(({ box }) => box));
    this.changes = new Changes();
  }

  show(frame, lane, line, { error, state }) {
    const theme = themeAt(this.root);
    if (this.changes.of("name", [lane.name, line.colour, line.dash, theme])) this.name.replaceChildren(lineSwatch(line, theme), lane.name);
    this.error.textContent = error;
    this.state.textContent = state;
    this.profiles.forEach(({ profile }, i) => profile.show(frame ? rowOf(frame.xHat, i) : null));
    this.tiles.forEach((tile, i) => {
      if (frame) drawPicture(tile, picturesOf(frame.xHat, this.shape), i);
      else tile.width = tile.width; // blank
    });
  }

  close() {
    this.profiles.forEach(({ profile }) => profile.surface.close());
  }

  #makeProfiles(kind) {
    const range = padded(bulk(this.x.values), 0.12);
    return Array.from({ length: this.x.shape[0] }, (_, i) => {
      const box = element("div", "box");
      const canvas = labelledCanvas(`Sample ${i + 1}: original and reconstruction`);
      box.append(canvas);
      return { box, profile: new Profile(canvas, rowOf(this.x, i), range, kind === "series") };
    });
  }
}
