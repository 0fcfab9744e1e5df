// The network learns here, beside the page. What is shown when stands in tables that the suite has
// made (protocols/export/tables.py): this script shows sample after sample.

let D, training, testing, state, drawn;
let run = 0, running = true, delay = 0;

const turn = ms => new Promise(resolve => setTimeout(resolve, ms));

// The intensities of an image of bytes.
const pattern = bytes => Float64Array.from(bytes, byte => D.intensities[byte]);

function pixels(images, number) {
  const size = D.shape[0] * D.shape[1];
  return images.subarray(number * size, (number + 1) * size);
}

function testState() {
  const found = {...D.resting};
  for (const name in D.learned) found[name] = TYPES[D.learned[name]].from(state[name]);
  return found;
}

// The class with most spikes; the lowest one on a tie.
function answer(votes) {
  let best = 0;
  for (let k = 1; k < D.classes.length; k++) if (votes[k] > votes[best]) best = k;
  return best;
}

// A weighted sum of records and variables, neuron by neuron.
function sum(terms) {
  const total = new Float64Array(D.hidden);
  for (const [name, factor] of terms)
    (state[name] ?? training.record(name)).forEach((value, k) => total[k] += factor * value);
  return total;
}

// As in Python, the network rests before the first image of a chunk; others follow on each other.
async function test({at, stream}, mine) {
  let right = 0, shown, turned = performance.now();
  for (let k = 0; k < D.testLabels.length; k++) {
    if (k % D.chunk == 0) shown = testState();
    shown = testing.show(shown, {pattern: pattern(pixels(D.testImages, k))}, {stream, first: k});
    if (answer(testing.record(D.votes)) == D.testLabels[k]) right++;
    if (performance.now() - turned > 100) {
      await turn(0);
      if (mine != run) return;
      turned = performance.now();
    }
  }
  postMessage({at, accuracy: 100 * right / D.testLabels.length});
}

async function hash() {
  const parts = D.hashed.flatMap(([name, head]) => [head, Float64Array.from(
    state[name], value => Math.abs(value) < 2.2250738585072014e-308 ? 0 : value)]);
  const bytes = await new Blob(parts).arrayBuffer();
  const digest = await crypto.subtle?.digest("SHA-256", bytes) ?? new ArrayBuffer(0);
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, "0")).join("");
}

async function learn() {
  const mine = ++run;
  state = D.state;
  let next = 0, busy = 0, posted = 0;
  for (let position = 0; position <= D.end; position++) {
    if (position == D.tests[next]?.at) await test(D.tests[next++], mine);
    while (!running && mine == run) await turn(30);
    if (mine != run) return;
    if (position == D.end) break;
    const stimuli = {pattern: pattern(pixels(D.images, D.order[position]))};
    for (const name in D.given) stimuli[name] = [D.given[name][position]];
    const began = performance.now();
    state = training.show(state, stimuli, {stream: D.stream, first: D.first + position});
    busy += performance.now() - began;
    if (delay || performance.now() - posted > 100 || position + 1 == D.end) {
      postMessage({position: position + 1, ms: busy / (position + 1), fires: sum(D.fires),
                   bars: sum(D.bars), fields: state[D.fields], label: D.labels[D.order[position]],
                   image: pixels(D.images, D.order[position]).slice()});
      await turn(delay);
      posted = performance.now();
    }
  }
  postMessage({hash: await hash(), ms: busy / D.end});
}

// What the reader has drawn, by the network as it is now.
function classify() {
  const shown = {pattern: pattern(drawn)};
  testing.show(testState(), shown, {stream: D.drawnStream, first: 0});
  const votes = Array.from(testing.record(D.votes)).slice(0, D.classes.length);
  const spikes = D.layers.map(({name}) => testing.spikes(name));
  postMessage({votes, spikes, answer: answer(votes)});
}

onunhandledrejection = ({reason}) => postMessage({error: `${reason}`});

onmessage = async ({data}) => {
  if (data.start) {
    D = data.start;
    for (const name of D.packed) D[name] = await unpack(D[name]);
    for (const name of ["state", "resting", "given"]) D[name] = await unpackAll(D[name]);
    training = await Network.load(D.training);
    testing = await Network.load(D.testing);
  }
  if ("running" in data) running = data.running;
  if ("delay" in data) delay = data.delay;
  if ("drawn" in data) drawn = data.drawn;
  if (data.start || data.restart && state) learn();
  if (drawn && state && (data.drawn || data.again)) classify();
};
