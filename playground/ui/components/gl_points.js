// Points by WebGL 2, painted on a canvas of their own that is then copied onto the map; far ones first, as ordered.

const PLACE_OF_POINTS = `#version 300 es
uniform mat3 sides;
uniform vec3 middle;
uniform vec4 frame; // scale and shift to clip space
uniform float radius, rim, opacity, dim;
uniform vec3 depths; // nearest, farthest, how much the farthest fade
in vec3 place;
in vec4 look; // red, green, blue, shape
in vec4 halo; // red, green, blue, whether there is one
in float state;
out vec3 fill;
out vec4 ring;
out float r, size, alpha, fade;
flat out int shape;
void main() {
  vec3 at = sides * (place - middle);
  gl_Position = vec4(at.xy * frame.xy + frame.zw, 0.0, 1.0);
  fade = depths.z * clamp((at.z - depths.x) / (depths.y - depths.x), 0.0, 1.0);
  r = radius;
  size = 2.0 * ceil(1.35 * r + 1.0 + 2.0 * rim * halo.a);
  gl_PointSize = size;
  fill = look.rgb;
  ring = halo;
  shape = int(look.a * 255.0 + 0.5);
  alpha = state < 1.5 / 255.0 ? dim : opacity; // states are bytes: 1 is dimmed, 2 is shown
}`;

// The shapes are those of SHAPES in shared.js, as signed distances from their edge in pixels.
const LOOK_OF_POINTS = `#version 300 es
precision highp float;
uniform vec3 page, ink;
uniform float rim;
in vec3 fill;
in vec4 ring;
in float r, size, alpha, fade;
flat in int shape;
out vec4 pixel;
float edge(vec2 q) {
  int kind = shape & 3;
  if (kind == 1) return max(abs(q.x), abs(q.y)) - 0.85 * r;
  if (kind == 2) return max(q.y - 0.85 * r, (2.0 * abs(q.x) - 1.1 * (q.y + 1.15 * r)) / 2.283);
  if (kind == 3) return (1.3 * abs(q.x) + 1.1 * abs(q.y) - 1.43 * r) / 1.703;
  return length(q) - r;
}
vec4 over(vec4 below, vec3 colour, float cover) {
  return vec4(colour, 1.0) * cover + below * (1.0 - cover);
}
void main() {
  float d = edge((gl_PointCoord - 0.5) * size);
  bool faint = (shape & 4) != 0;
  float width = max(0.75, 0.22 * r);
  vec3 inside = mix(fill, page, fade);
  vec4 c = vec4(0.0);
  if (ring.a > 0.0) c = over(c, ring.rgb, clamp(0.5 - d + 2.0 * rim, 0.0, 1.0));
  c = over(c, inside, clamp(0.5 - d, 0.0, 1.0) * alpha);
  if (r >= 2.0 || faint) {
    float cover = clamp(0.5 * width + 0.5 - abs(d), 0.0, 1.0);
    c = over(c, faint ? ink : page, cover * (faint ? 0.55 : 0.5) * alpha);
  }
  if (c.a < 0.004) discard;
  pixel = c;
}`;

class GlPoints {
  /**
   * One, or null where the browser has no WebGL 2 on a graphics card: without one it would paint several times slower
   * than pixels painted one by one. (Tests allow it by `globalThis.playground.slowGl`.)
   */
  static make() {
    const canvas = document.createElement("canvas");
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false });
    if (!gl || (isSoftware(gl) && !globalThis.playground?.slowGl)) return null;
    const made = new GlPoints(canvas, gl);
    return made.program ? made : null;
  }

  constructor(canvas, gl) {
    Object.assign(this, { canvas, gl });
    this.program = programOf(gl, PLACE_OF_POINTS, LOOK_OF_POINTS);
    if (!this.program) return;
    const names = ["radius", "rim", "opacity", "dim", "depths", "sides", "middle", "frame", "page", "ink"];
    this.at = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(this.program, name)]));
    const [bytes, floats] = [gl.UNSIGNED_BYTE, gl.FLOAT];
    const attributes = [["place", 3, floats], ["look", 4, bytes], ["halo", 4, bytes], ["state", 1, bytes]];
    this.buffers = Object.fromEntries(attributes.map(([name, ...rest]) => [name, this.#attribute(name, ...rest)]));
    this.order = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.order);
  }

  #attribute(name, size, type) {
    const { gl, program } = this;
    const [buffer, at] = [gl.createBuffer(), gl.getAttribLocation(program, name)];
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, type === gl.UNSIGNED_BYTE, 0, 0);
    return buffer;
  }

  #fill(name, values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  /** Coordinates (n,) each; z may be null. */
  setPlaces(x, y, z) {
    const places = new Float32Array(3 * x.length);
    for (let i = 0; i < x.length; i++) places.set([x[i], y[i], z ? z[i] : 0], 3 * i);
    this.#fill("place", places);
  }

  setStates(states) {
    this.#fill("state", states);
  }

  /** What each point looks like: its bin's fill and shape; faint fills get a rim in the text's colour. */
  setLooks({ looks, bins }, theme) {
    const bytes = looks.map(({ fill, shape }) => [...rgbOf(fill), shape + (contrast(fill, theme.background) < 2 ? 4 : 0)]);
    const all = new Uint8Array(4 * bins.length);
    for (let i = 0; i < bins.length; i++) all.set(bytes[bins[i]], 4 * i);
    this.#fill("look", all);
  }

  /** Per point, the number of its group from 1, or 0; and the groups' colours. */
  setHalos(halos, colours) {
    const all = new Uint8Array(4 * halos.length);
    for (let i = 0; i < halos.length; i++) if (halos[i]) all.set([...rgbOf(colours[halos[i] - 1]), 255], 4 * i);
    this.#fill("halo", all);
  }

  /** The indices to paint, in this order. */
  setOrder(order) {
    this.gl.bufferData(this.gl.ELEMENT_ARRAY_BUFFER, order, this.gl.DYNAMIC_DRAW);
    this.count = order.length;
  }

  /** Whether the browser has taken WebGL away. */
  get isLost() {
    return this.gl.isContextLost();
  }

  /** A canvas with the points. */
  paint({ surface, plot, axes, sides, middle, dot, opacity, depths }, theme) {
    const { gl, canvas, at } = this;
    const { ratio, width, height } = surface;
    const { width: across, height: down } = surface.canvas;
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    gl.viewport(0, 0, across, down);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(plot.left * ratio, (height - plot.bottom) * ratio, (plot.right - plot.left) * ratio, (plot.bottom - plot.top) * ratio);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(this.program);
    const toClip = (axis, size, sign) => {
      const zero = axis.at(0);
      return [(sign * 2 * (axis.at(1) - zero)) / size, sign * ((2 * zero) / size - 1)];
    };
    const [[kx, x0], [ky, y0]] = [toClip(axes.x, width, 1), toClip(axes.y, height, -1)];
    gl.uniform4f(at.frame, kx, ky, x0, y0);
    gl.uniformMatrix3fv(at.sides, true, sides.flat());
    gl.uniform3fv(at.middle, middle);
    gl.uniform3fv(at.depths, depths);
    gl.uniform3fv(at.page, rgbOf(theme.background).map((v) => v / 255));
    gl.uniform3fv(at.ink, rgbOf(theme.text).map((v) => v / 255));
    for (const [name, value] of Object.entries({ radius: dot * ratio, rim: ratio, opacity, dim: DIM })) gl.uniform1f(at[name], value);
    gl.drawElements(gl.POINTS, this.count, gl.UNSIGNED_INT, 0);
    return canvas;
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext(); // a page may hold only some sixteen of them
  }
}

function programOf(gl, ...sources) {
  const program = gl.createProgram();
  [gl.VERTEX_SHADER, gl.FRAGMENT_SHADER].forEach((type, s) => {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, sources[s]);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  });
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

/** Whether the processor stands in for a graphics card, by the name it goes by. */
function isSoftware(gl) {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const name = gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}
