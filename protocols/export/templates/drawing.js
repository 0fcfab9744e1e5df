// What the reader draws with the mouse or a finger, as an image of the data set's size (page.js).

const DRAWING = 280;
let strokes = [];

// Its lines are as large and as thick as those of the set's images (protocols/export/drawing.py).
function drawnImage() {
  const points = strokes.flat(), fine = 8;
  const [left, top] = [0, 1].map(k => Math.min(...points.map(point => point[k])));
  const [right, bottom] = [0, 1].map(k => Math.max(...points.map(point => point[k])));
  const line = D.brush * HEIGHT * fine, room = D.box * HEIGHT * fine - line;
  const scale = room / Math.max(right - left, bottom - top, DRAWING / 4);
  const canvas = new OffscreenCanvas(WIDTH * fine, HEIGHT * fine);
  const context = canvas.getContext("2d");
  context.translate(canvas.width / 2, canvas.height / 2);
  context.scale(scale, scale);
  context.translate(-(left + right) / 2, -(top + bottom) / 2);
  trace(context, line / scale);
  const ink = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const bytes = new Float64Array(WIDTH * HEIGHT);
  for (let y = 0; y < canvas.height; y++)
    for (let x = 0; x < canvas.width; x++)
      bytes[Math.floor(y / fine) * WIDTH + Math.floor(x / fine)]
        += ink[4 * (y * canvas.width + x) + 3] / fine ** 2;
  return Uint8Array.from(bytes);
}

function trace(context, width) {
  Object.assign(context, {lineWidth: width, lineCap: "round", lineJoin: "round"});
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke) context.lineTo(...point);
    context.stroke();
  }
}

function addPoint(event, begins) {
  const box = $("draw").getBoundingClientRect();
  const point = [event.clientX - box.left, event.clientY - box.top]
    .map(value => value / box.width * DRAWING);
  if (begins) strokes.push([]);
  strokes.at(-1).push(point);
  trace(clear($("draw")), D.brush * DRAWING * D.box);
}

$("draw").onpointerdown = event => {
  event.target.setPointerCapture(event.pointerId);
  addPoint(event, true);
};
$("draw").onpointermove = event => event.buttons && strokes.length && addPoint(event, false);
$("draw").onpointerup = () => {
  const drawn = drawnImage();
  drawImage($("seen"), drawn);
  worker.postMessage({drawn});
};
$("clear").onclick = () => {
  strokes = [];
  worker.postMessage({drawn: null});
  for (const id of ["draw", "seen", "spikes"]) clear($(id));
  for (const id of ["answer", "votes"]) show(id, "");
};
