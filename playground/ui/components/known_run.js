// What the bench knows of a run, sent once and kept for whoever asks; only one run's at a time.

function knownStore() {
  return (globalThis.playgroundBench ??= { key: null, known: null, waiting: new Set() });
}

function keepKnown(data) {
  const store = knownStore();
  if (store.key === data.key) return;
  Object.assign(store, { key: data.key, known: new KnownRun(data) });
  for (const waiter of [...store.waiting]) {
    if (waiter.key !== data.key) continue;
    store.waiting.delete(waiter);
    waiter.use(store.known);
  }
}

/** Calls `use(known)` now or when it has come; gives what stops the waiting. */
function knownRun(key, use) {
  const store = knownStore();
  if (store.key === key) {
    use(store.known);
    return () => {};
  }
  const waiter = { key, use };
  store.waiting.add(waiter);
  return () => store.waiting.delete(waiter);
}

class KnownRun {
  constructor(data) {
    Object.assign(this, data);
    this.look = new Look(data.look);
    this.mean = unpack(data.mean).values;
    this.pca = data.pca ? new LinearCodec(unpack(data.pca.mean).values, unpack(data.pca.components)) : null;
    this.codes = unpack(data.codes);
    this.ranges = rowsOf(unpack(data.ranges));
    this.errors = unpack(data.errors).values;
    this.bulk = this.look.range; // of waves; what is drawn may need more
    if (this.cells.some((cell) => cell.type)) this.forward = forwardOfTable(this.cells);
    else this.forward = forwardOfNumbers(this.look);
  }

  /** An array of own units, one per column; a date needs all 53 bits. */
  own(length) {
    return this.double ? new Float64Array(length) : new Float32Array(length);
  }
}

/** PCA: components (m, n) row by row. A missing entry counts as the mean. */
class LinearCodec {
  constructor(mean, { values, shape }) {
    Object.assign(this, { mean, components: values, latentDim: shape[0] });
    this.out = new Float32Array(mean.length);
  }

  reconstruct(x) {
    const { mean, components, out } = this;
    const n = mean.length;
    out.set(mean);
    for (let j = 0, from = 0; j < this.latentDim; j++, from += n) {
      let z = 0;
      for (let i = 0; i < n; i++) if (x[i] === x[i]) z += components[from + i] * (x[i] - mean[i]);
      for (let i = 0; i < n; i++) out[i] += z * components[from + i];
    }
    return out;
  }
}

// ---------------------------------------------------------------- own units to scaled ones (table_scaler.py, split.py)

/** (own, out) => out, in float32 as numpy does it. */
function forwardOfNumbers(look) {
  return (own, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.fround(own[i] - at(look.shift, i)) / at(look.scale, i);
    return out;
  };
}

function forwardOfTable(columns) {
  return (own, out) => {
    columns.forEach((column, c) => {
      if (Number.isNaN(own[c])) out.fill(NaN, column.start, column.stop);
      else FORWARD[column.type](column, own[c], out);
    });
    return out;
  };
}

const FORWARD = {
  number({ start, shift, spread, typical, root }, value, out) {
    const bent = typical === null ? value : Math.log1p(Math.max(value, 0) / typical);
    out[start] = ((bent - shift) / spread) * root;
  },
  category({ start, stop, height }, value, out) {
    for (let f = start; f < stop; f++) out[f] = f - start === value ? height : 0;
  },
  time({ start, shift, spread, root }, value, out) {
    waveOf(value, DAY_SECONDS).forEach((part, i) => (out[start + i] = ((part - shift[i]) / spread) * root));
  },
  date(column, value, out) {
    const { start, shift, spread, root, day_root: share, has_time: hasTime, cycles } = column;
    const days = Math.floor(value / DAY_SECONDS);
    let f = start;
    out[f++] = ((days - shift) / spread) * share * root;
    if (hasTime) out[f++] = ((value - days * DAY_SECONDS) / DAY_SECONDS - 0.5) * Math.sqrt(12) * share * root;
    for (const cycle of cycles)
      for (const wave of waveOf(value, cycle.length)) out[f++] = wave * cycle.share * root;
  },
};

function waveOf(seconds, length) {
  const phase = (2 * Math.PI * (((seconds % length) + length) % length)) / length;
  return [Math.sin(phase), Math.cos(phase)];
}
