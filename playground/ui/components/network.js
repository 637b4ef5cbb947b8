// A trained network in the browser: encode and decode one sample, and what the components of one page share.
// The steps are those of models/plain.py; samples on a grid are channels last.

// ---------------------------------------------------------------- what components share

/** State of the page that outlives every component: `networks` by key, who waits for them, and points of codes. */
const shared = (globalThis.playground ??= { networks: new Map(), waiting: new Map(), codePoints: new Map() });

/** Calls use(network) once the carrier has brought the network of this key; gives a function that stops waiting. */
function networkOf(key, use) {
  const network = shared.networks.get(key);
  if (network) {
    use(network);
    return () => {};
  }
  if (!shared.waiting.has(key)) shared.waiting.set(key, new Set());
  const waiting = shared.waiting.get(key);
  waiting.add(use);
  return () => waiting.delete(use);
}

/** The carrier's side of it: the network is here. */
function bring(key, network) {
  shared.networks.set(key, network);
  const waiting = shared.waiting.get(key) ?? [];
  shared.waiting.delete(key);
  for (const use of waiting) use(network);
}

/** The one point of the code that the components of a run show: `.z`, `.set(z, source)`, `.listen(fn)` -> stop. */
function codePointOf(key) {
  if (!shared.codePoints.has(key)) shared.codePoints.set(key, new CodePoint());
  return shared.codePoints.get(key);
}

class CodePoint {
  z = null;
  #listeners = new Set();

  /** Put the point at z, which is copied; `source` is told to the listeners, so that each knows its own moves. */
  set(z, source = null) {
    this.z = Float32Array.from(z);
    for (const listener of [...this.#listeners]) listener(this.z, source);
  }

  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

// ---------------------------------------------------------------- the network

/** Runs one sample at a time. What `encode` and `decode` give is the same array at every call: copy it to keep it. */
class Network {
  constructor({ key, n_features: nFeatures, latent_dim: latentDim, encoder, decoder, weights, look }) {
    Object.assign(this, { key, nFeatures, latentDim, look: look ?? null });
    const numbers = new Float32Array(bytesOf(weights).buffer);
    let at = 0;
    const take = (length) => numbers.subarray(at, (at += length));
    this.#encoder = encoder ? chain(encoder, nFeatures, take) : null;
    this.#decoder = chain(decoder, latentDim, take);
  }

  #encoder;
  #decoder;

  get encodes() {
    return this.#encoder !== null;
  }

  /** Code (latentDim) of a sample in scaled units (nFeatures); missing cells are NaN. */
  encode(x) {
    if (!this.#encoder) throw new Error("This network was carried without its encoder.");
    return passed(this.#encoder, x);
  }

  /** Sample in scaled units (nFeatures) of a code (latentDim). */
  decode(z) {
    return passed(this.#decoder, z);
  }
}

/** Values through the steps, from a Float32Array of our own: were plain arrays let in, every layer would be slower. */
function passed({ steps, given }, values) {
  given.set(values);
  let now = given;
  for (let i = 0; i < steps.length; i++) now = steps[i](now);
  return now;
}

/** The steps as functions from array to array, and what they are given; every array is made here, once. */
function chain(steps, inputs, take) {
  const made = [];
  let width = inputs;
  for (const step of steps) {
    const [run, outputs] = STEPS_OF[step.kind](step, take, width);
    made.push(run);
    width = outputs;
  }
  return { steps: made, given: new Float32Array(inputs) };
}

const STEPS_OF = {
  linear({ inputs, outputs }, take) {
    const [weights, bias, out] = [take(inputs * outputs), take(outputs), new Float32Array(outputs)];
    const run = (x) => {
      multiply(weights, bias, x, 0, inputs, out, 0, outputs);
      return out;
    };
    return [run, outputs];
  },

  convolution(step, take) {
    const { inputs, outputs, places } = step;
    const [weights, bias] = [take(inputs * outputs), take(outputs)];
    const n = places[0] * places[1];
    const out = new Float32Array(n * outputs);
    const index = seesItself(step) ? null : patchIndex(step);
    const patch = new Float32Array(inputs);
    const run = (x) => {
      for (let place = 0, from = 0, to = 0; place < n; place++, from += inputs, to += outputs) {
        if (!index) {
          multiply(weights, bias, x, from, inputs, out, to, outputs);
          continue;
        }
        for (let i = 0; i < inputs; i++) {
          const source = index[from + i];
          patch[i] = source < 0 ? 0 : x[source];
        }
        multiply(weights, bias, patch, 0, inputs, out, to, outputs);
      }
      return out;
    };
    return [run, out.length];
  },

  grow({ grid, factor, places, channels }) {
    const index = growIndex(grid, factor, places, channels);
    const out = new Float32Array(index.length);
    const run = (x) => {
      for (let i = 0; i < index.length; i++) out[i] = x[index[i]];
      return out;
    };
    return [run, out.length];
  },

  bend({ name }, _, width) {
    const bend = BENDS[name];
    return [(x) => bend(x, width), width];
  },

  table({ blocks }, _, width) {
    const run = (x) => {
      for (const [start, stop, height] of blocks) softmax(x, start, stop, height);
      return x;
    };
    return [run, width];
  },

  fill({ inputs, flagged }, take) {
    const [fill, out] = [take(inputs), new Float32Array(inputs + flagged.length)];
    const run = (x) => {
      for (let i = 0; i < inputs; i++) out[i] = Number.isNaN(x[i]) ? fill[i] : x[i];
      for (let i = 0; i < flagged.length; i++) out[inputs + i] = Number.isNaN(x[flagged[i]]) ? 1 : 0;
      return out;
    };
    return [run, out.length];
  },
};

/**
 * y = W x + b, W (outputs, inputs) row by row; x and y begin at `from` and `to`. Four rows at once: nine times as fast
 * in Chromium as one row with four sums.
 */
function multiply(weights, bias, x, from, inputs, y, to, outputs) {
  const together = outputs - (outputs % 4);
  let o = 0;
  for (; o < together; o += 4) {
    const [w0, w1, w2, w3] = [o * inputs, (o + 1) * inputs, (o + 2) * inputs, (o + 3) * inputs];
    let a = bias[o];
    let b = bias[o + 1];
    let c = bias[o + 2];
    let d = bias[o + 3];
    for (let i = 0; i < inputs; i++) {
      const value = x[from + i];
      a += weights[w0 + i] * value;
      b += weights[w1 + i] * value;
      c += weights[w2 + i] * value;
      d += weights[w3 + i] * value;
    }
    y[to + o] = a;
    y[to + o + 1] = b;
    y[to + o + 2] = c;
    y[to + o + 3] = d;
  }
  for (; o < outputs; o++) {
    let sum = bias[o];
    for (let i = 0, w = o * inputs; i < inputs; i++, w++) sum += weights[w] * x[from + i];
    y[to + o] = sum;
  }
}

const isOne = ([height, width]) => height === 1 && width === 1;

/** Whether every place sees itself alone, so that its patch lies ready in the input. */
const seesItself = ({ kernel, stride, grid, padded }) =>
  isOne(kernel) && isOne(stride) && grid[0] === padded[0] && grid[1] === padded[1];

/** Where every number of every patch comes from; -1 is outside, a 0. What was padded by its edge repeats the edge. */
function patchIndex({ grid, padded, channels, kernel, stride, padding, places }) {
  const index = new Int32Array(places[0] * places[1] * kernel[0] * kernel[1] * channels);
  let to = 0;
  for (let row = 0; row < places[0]; row++)
    for (let column = 0; column < places[1]; column++)
      for (let i = 0; i < kernel[0]; i++)
        for (let j = 0; j < kernel[1]; j++) {
          const [y, x] = [row * stride[0] - padding[0] + i, column * stride[1] - padding[1] + j];
          const inside = y >= 0 && x >= 0 && y < padded[0] && x < padded[1];
          const source = (Math.min(y, grid[0] - 1) * grid[1] + Math.min(x, grid[1] - 1)) * channels;
          for (let c = 0; c < channels; c++) index[to++] = inside ? source + c : -1;
        }
  return index;
}

/** Where every number of the finer grid comes from (pixel shuffle). */
function growIndex(grid, factor, places, channels) {
  const [tall, wide] = factor;
  const index = new Int32Array(places[0] * places[1] * channels);
  let to = 0;
  for (let y = 0; y < places[0]; y++)
    for (let x = 0; x < places[1]; x++) {
      const source = (Math.floor(y / tall) * grid[1] + Math.floor(x / wide)) * channels * tall * wide;
      const part = (y % tall) * wide + (x % wide);
      for (let c = 0; c < channels; c++) index[to++] = source + c * tall * wide + part;
    }
  return index;
}

const BENDS = {
  relu(x, n) {
    for (let i = 0; i < n; i++) if (x[i] < 0) x[i] = 0;
    return x;
  },
  gelu(x, n) {
    for (let i = 0; i < n; i++) x[i] = 0.5 * x[i] * (1 + erf(x[i] * Math.SQRT1_2));
    return x;
  },
  silu(x, n) {
    for (let i = 0; i < n; i++) x[i] /= 1 + Math.exp(-x[i]);
    return x;
  },
  tanh(x, n) {
    for (let i = 0; i < n; i++) x[i] = Math.tanh(x[i]);
    return x;
  },
  sigmoid(x, n) {
    for (let i = 0; i < n; i++) x[i] = 1 / (1 + Math.exp(-x[i]));
    return x;
  },
};

/** The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const value = 1 - series * Math.exp(-x * x);
  return x < 0 ? -value : value;
}

/** Shares of the features start to stop, `height` times each, in their place. */
function softmax(x, start, stop, height) {
  let most = -Infinity;
  for (let i = start; i < stop; i++) most = Math.max(most, x[i]);
  let sum = 0;
  for (let i = start; i < stop; i++) sum += x[i] = Math.exp(x[i] - most);
  for (let i = start; i < stop; i++) x[i] *= height / sum;
}
