// node tests/export_node.js PAGE.html: the worker of a page without a browser. Prints JSON: the
// hash, the tests, denormal numbers that are left in the state, and seconds of the processor.

const fs = require("fs");
const page = fs.readFileSync(process.argv[2], "utf8");

const part = id => page.match(new RegExp(`<script[^>]*id="${id}">([^]*?)</script>`))[1];
const D = JSON.parse(part("data"));
const tests = [];
const before = process.cpuUsage();

globalThis.postMessage = message => {
  if ("accuracy" in message) tests.push([message.at, message.accuracy]);
  if (!("hash" in message)) return;
  const {user, system} = process.cpuUsage(before);
  console.log(JSON.stringify({hash: message.hash, tests, denormals: denormals(), ms: message.ms,
                              cpu: (user + system) / 1e6}));
  process.exit();
};

const smallest = {Float64Array: 2.2250738585072014e-308, Float32Array: 1.1754943508222875e-38};

(0, eval)(`${part("network")}${part("worker")}
function denormals() {
  return Object.values(state).reduce((count, values) => count + values.filter(
    value => value && Math.abs(value) < smallest(values)).length, 0);
}`.replace("smallest(values)",
  `${JSON.stringify(smallest)}[values.constructor.name]`));
onmessage({data: {start: D}});
