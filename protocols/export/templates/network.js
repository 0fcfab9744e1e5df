// A network's program and its arrays, for the page's worker and for Node.js.

const TYPES = {
  float64: Float64Array, float32: Float32Array, int32: Int32Array, uint32: Uint32Array,
  uint8: Uint8Array,
};

// An array that protocols/export/packing.py has packed: gzip as base64.
async function unpack({type, data}) {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new TYPES[type](await new Response(plain).arrayBuffer());
}

async function unpackAll(arrays) {
  const found = {};
  for (const name in arrays) found[name] = await unpack(arrays[name]);
  return found;
}

class Network {
  // The table says where the program's arrays are (models/wasm/project.py).
  static async load({wasm, table}) {
    const module = await WebAssembly.compile(await unpack(wasm));
    // The program calls none of these, but for the news that its memory has grown.
    const imports = {};
    for (const {module: from, name} of WebAssembly.Module.imports(module))
      (imports[from] ??= {})[name] = () => 0;
    const {exports} = await WebAssembly.instantiate(module, imports);
    exports._initialize();
    exports.start();
    return new Network(exports, table);
  }

  constructor(exports, table) {
    this.exports = exports;
    this.table = table;
    this.fresh = new Uint8Array(exports.memory.buffer).slice();
  }

  view({array, type, size}, length = size) {
    return new TYPES[type](this.exports.memory.buffer, this.exports.pointer(array), length);
  }

  // Show one sample. As in Python, a call takes a state and gives the state behind it, and nothing
  // else is kept from call to call.
  show(state, stimuli, numbers) {
    new Uint8Array(this.exports.memory.buffer).set(this.fresh);
    for (const [name, entry] of Object.entries(this.table.state)) this.view(entry).set(state[name]);
    for (const [name, entry] of Object.entries(this.table.stimuli))
      this.view(entry).set(stimuli[name]);
    for (const [name, entries] of Object.entries(this.table.scalars))
      for (const entry of entries) this.view(entry)[0] = name == "n_samples" ? 1 : numbers[name];
    this.exports.show();
    const after = {};
    for (const [name, entry] of Object.entries(this.table.state))
      after[name] = this.view(entry).slice();
    return after;
  }

  // A record of the sample that was shown last.
  record(name) {
    return this.view(this.table.records[name]).slice();
  }

  // Neurons and times of the spikes of a group, likewise.
  spikes(name) {
    const {i, t, N} = this.table.spikes[name];
    const count = this.view(N)[0];
    return {i: this.view(i, count).slice(), t: this.view(t, count).slice()};
  }
}
