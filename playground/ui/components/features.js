// The features of one row, drawn side by side in a box {left, top, width, height}. What is no number is not drawn:
// a canvas passes over it.

/** Row `i` of an unpacked matrix. */
const rowOf = ({ values, shape }, i) => values.subarray(i * shape[1], (i + 1) * shape[1]);

const rowsOf = (matrix) => Array.from({ length: matrix.shape[0] }, (_, i) => rowOf(matrix, i));

const heightIn = ({ top, height }, [low, high]) => (value) => top + height - ((value - low) / (high - low)) * height;

function paintBars(context, values, range, box, colour, alpha) {
  const slot = box.width / values.length;
  const y = heightIn(box, range);
  const zero = y(clamp(0, ...range));
  context.fillStyle = colour;
  context.globalAlpha = alpha;
  values.forEach((value, f) => {
    const top = Math.min(zero, y(value));
    context.fillRect(box.left + f * slot + slot * 0.15, top, slot * 0.7, Math.abs(zero - y(value)));
  });
  context.fillRect(box.left, zero - 0.5, box.width, 1);
  context.globalAlpha = 1;
}

function paintWave(context, values, range, box, colour, width) {
  const slot = box.width / values.length;
  const y = heightIn(box, range);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  values.forEach((value, f) => context.lineTo(box.left + (f + 0.5) * slot, y(value)));
  context.stroke();
}

function paintBeads(context, values, range, box, colour) {
  const slot = box.width / values.length;
  const y = heightIn(box, range);
  context.fillStyle = colour;
  values.forEach((value, f) => dot(context, box.left + (f + 0.5) * slot, y(value), 2.25));
}

function dot(context, x, y, radius) {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
