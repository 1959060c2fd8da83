// The engine's side of the page: holds the blobs, reads slices of them, puts new ones together.
"use strict";

const blobs = new Map();
const reader = new FileReaderSync();
let pieces = [];
let next = 1 << 20;
let engine;

const host = {
  // Several spans are one blob of slices, and so one wait: a read costs about the same, however short it is.
  read(id, spans, count, into) {
    try {
      const blob = blobs.get(id);
      const ends = new BigUint64Array(engine.memory.buffer.slice(spans >>> 0, (spans >>> 0) + count * 16));
      const slice = (i) => blob.slice(Number(ends[2 * i]), Number(ends[2 * i + 1]));
      const asked = count === 1 ? slice(0) : new Blob(Array.from({ length: count }, (_, i) => slice(i)));
      const bytes = reader.readAsArrayBuffer(asked);
      if (bytes.byteLength !== asked.size) return 0;
      new Uint8Array(engine.memory.buffer, into >>> 0, bytes.byteLength).set(new Uint8Array(bytes));
      return 1;
    } catch {
      return 0;
    }
  },
  keep(id, from, to) {
    pieces.push(blobs.get(id).slice(Number(from), Number(to)));
  },
  put(at, length) {
    pieces.push(engine.memory.buffer.slice(at >>> 0, (at >>> 0) + length));
  },
  finish() {
    const blob = new Blob(pieces);
    pieces = [];
    blobs.set(next, blob);
    return next++;
  },
};

function ask(request) {
  const text = new TextEncoder().encode(JSON.stringify(request));
  // Memory that grows is another buffer: it is looked up behind each call.
  const room = engine.request(text.length) >>> 0;
  new Uint8Array(engine.memory.buffer, room, text.length).set(text);
  const length = engine.carry_out();
  const at = engine.answer() >>> 0;
  const answer = new Uint8Array(engine.memory.buffer, at, length);
  return JSON.parse(new TextDecoder().decode(answer.slice()));
}

onmessage = async ({ data: { number, packed, request, blob, forget } }) => {
  try {
    if (packed) {
      engine = (await WebAssembly.instantiate(unpack(packed), { host })).instance.exports;
      return postMessage({ number, answer: {} });
    }
    for (const id of forget ?? []) blobs.delete(id);
    if (blob) blobs.set(request.blob, blob);
    const answer = ask(request);
    const made = answer?.result?.blob ?? (request.do === "make" ? answer.blob : undefined);
    postMessage({ number, answer, made: made === undefined ? undefined : blobs.get(made), memory: engine.memory.buffer.byteLength });
  } catch (error) {
    // Nothing of the engine can be trusted behind this: the page starts another one.
    postMessage({ number, crash: String(error) });
  }
};
