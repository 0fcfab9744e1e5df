// What the reader sees and does. The network itself learns in a worker (worker.js).

const D = JSON.parse(document.getElementById("data").textContent);
const [HEIGHT, WIDTH] = D.shape;
const $ = id => document.getElementById(id);
const source = $("network").textContent + $("worker").textContent;
const worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
const accuracies = [];
let running = true;

// -- pictures -------------------------------------------------------------------------------

function clear(canvas) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.font = "13px system-ui, sans-serif";
  return context;
}

const packed = (red, green, blue) => 0xff000000 | blue << 16 | green << 8 | red;

// Of weights from -1 to 1: red, white for 0, blue.
const COLOURS = Uint32Array.from({length: 511}, (_, k) => {
  const pale = 255 - Math.abs(k - 255);
  return k < 255 ? packed(255, pale, pale) : packed(pale, 51 + 0.8 * pale, 191 + 0.25 * pale);
});
const FRAME = packed(225, 87, 0), PAPER = packed(255, 255, 255);

// Each neuron's weights from the pixels; those of neurons that fire have a frame.
function drawFields(weights, fires) {
  const neurons = weights.length / (HEIGHT * WIDTH);
  const columns = Math.ceil(Math.sqrt(neurons)), rows = Math.ceil(neurons / columns);
  const canvas = $("fields"), image = new ImageData(columns * (WIDTH + 2), rows * (HEIGHT + 2));
  const pixels = new Uint32Array(image.data.buffer);
  let top = 1e-12;
  for (const weight of weights) top = Math.max(top, Math.abs(weight));
  const colour = share => COLOURS[255 + Math.round(255 * Math.max(-1, Math.min(1, share)))];
  for (let n = 0; n < neurons; n++)
    for (let y = -1; y <= HEIGHT; y++)
      for (let x = -1; x <= WIDTH; x++) {
        const inside = x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT;
        const column = n % columns * (WIDTH + 2) + x + 1;
        const row = Math.floor(n / columns) * (HEIGHT + 2) + y + 1;
        pixels[row * image.width + column] = inside
          ? colour(weights[(y * WIDTH + x) * neurons + n] / top * 1.4) : fires[n] ? FRAME : PAPER;
      }
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function drawImage(canvas, bytes) {
  const image = new ImageData(WIDTH, HEIGHT);
  bytes.forEach((value, k) => image.data.set([255 - value, 255 - value, 255 - value, 255], 4 * k));
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function drawBars(values) {
  const canvas = $("bars"), context = clear(canvas);
  const top = Math.max(...values, 1e-12), bottom = Math.min(...values, 0);
  const y = value => 16 + (canvas.height - 20) * (top - value) / (top - bottom);
  context.fillStyle = "#2660a4";
  values.forEach((value, k) => context.fillRect(
    k * canvas.width / values.length, Math.min(y(value), y(0)),
    Math.max(1, canvas.width / values.length - 1), Math.abs(y(value) - y(0))));
  context.fillStyle = "#333";
  context.fillText(`${+bottom.toFixed(2)} to ${+top.toFixed(2)}`, 2, 12);
}

function drawAccuracy() {
  const canvas = $("accuracy"), context = clear(canvas), low = canvas.height - 18;
  const x = at => 40 + (canvas.width - 50) * at / D.end;
  const y = value => low - (low - 10) * value / 100;
  context.strokeStyle = "#ddd";
  for (const value of [0, 50, 100]) {
    context.fillText(`${value} %`, 0, y(value) + 4);
    context.strokeRect(40, y(value), canvas.width - 50, 0);
  }
  context.fillText(`${D.end.toLocaleString()} samples`, canvas.width - 110, canvas.height - 3);
  context.strokeStyle = "#2660a4";
  context.lineWidth = 2;
  context.beginPath();
  for (const {at, value} of accuracies) context.lineTo(x(at), y(value));
  context.stroke();
  for (const {at, value} of accuracies) context.fillRect(x(at) - 2, y(value) - 2, 5, 5);
}

// A dot for each spike, layer by layer from the bottom, over the time of the presentation.
function drawSpikes(spikes) {
  const canvas = $("spikes"), context = clear(canvas);
  const last = Math.max(0, ...spikes.map(({t}) => t.at(-1) ?? 0));
  const start = Math.floor(last / D.slot + 1e-9) * D.slot;
  const share = canvas.height / spikes.length;
  spikes.forEach(({i, t}, layer) => {
    const {name, neurons} = D.layers[layer], low = canvas.height - layer * share;
    context.fillStyle = "#333";
    context.fillText(`${name} (${neurons})`, 2, low - share + 12);
    context.fillStyle = ["#777", "#e15700", "#2660a4"][Math.min(layer, 2)];
    const dot = layer ? 4 : 2;
    i.forEach((neuron, k) => t[k] >= start && context.fillRect(
      (t[k] - start) / D.slot * canvas.width, low - 6 - (share - 26) * neuron / neurons, dot, dot));
  });
}

// -- what the worker tells ------------------------------------------------------------------

function show(id, text) {
  $(id).textContent = text;
}

function tellFrame({position, ms, label, image, fields, fires, bars}) {
  drawFields(fields, fires);
  drawImage($("image"), image);
  drawBars(Array.from(bars));
  show("label", D.classes[label]);
  show("fired", `${fires.filter(count => count > 0).length} of ${fires.length}`);
  show("position", `${position.toLocaleString()} of ${D.end.toLocaleString()}`);
  show("speed", `${ms.toFixed(2)} ms`);
}

function tellAccuracy({at, accuracy}) {
  accuracies.push({at, value: accuracy});
  drawAccuracy();
  show("right", `${accuracy.toFixed(1)} %`);
  worker.postMessage({again: true});
}

function tellHash({hash}) {
  show("hash", hash || "this browser computes SHA-256 only on pages of https: or file:");
  show("verdict", !hash ? "" : hash == D.hash ? "The same bits as the command line's."
    : "Other bits than the command line's.");
  $("verdict").className = hash == D.hash ? "same" : "other";
  document.body.dataset.done = hash || "unknown";
}

function tellAnswer({votes, answer, spikes}) {
  drawSpikes(spikes);
  const silent = Math.max(...votes) == 0;
  show("answer", silent ? "no output neuron fires" : D.classes[answer]);
  show("votes", votes.map((count, k) => count ? `${D.classes[k]}: ${count}` : "").filter(Boolean)
    .join(", "));
}

worker.onmessage = ({data}) => {
  if ("error" in data) show("position", `stopped: ${data.error}`);
  if ("fields" in data) tellFrame(data);
  if ("accuracy" in data) tellAccuracy(data);
  if ("hash" in data) tellHash(data);
  if ("votes" in data) tellAnswer(data);
};

// -- what the reader does -------------------------------------------------------------------

$("pause").onclick = () => {
  running = !running;
  show("pause", running ? "pause" : "go on");
  worker.postMessage({running});
};
$("restart").onclick = () => {
  accuracies.length = 0;
  for (const id of ["hash", "verdict"]) show(id, "");
  delete document.body.dataset.done;
  worker.postMessage({restart: true});
};
$("delay").onchange = () => worker.postMessage({delay: +$("delay").value});

drawAccuracy();
worker.postMessage({start: D});
