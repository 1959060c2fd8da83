// The page's side of the engine: asks the worker, and starts another one where it was stopped or broke down.

class Engine {
  constructor() {
    this.packed = bytesOf(document.getElementById("engine").textContent.trim());
    this.waiting = new Map();
    this.number = 0;
    // Inputs that another worker has open have to be opened again.
    this.generation = 0;
    this.memory = 0;
  }

  async start() {
    const source = new Blob([document.getElementById("worker").textContent], { type: "text/javascript" });
    const url = URL.createObjectURL(source);
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.generation += 1;
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = (event) => this.stop(event.message ?? "the engine cannot be started");
    await this.send({ packed: this.packed });
  }

  send(message) {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      this.worker.postMessage({ number, ...message });
    });
  }

  answered({ number, answer, made, crash, memory }) {
    const waiting = this.waiting.get(number);
    if (!waiting) return;
    this.waiting.delete(number);
    this.memory = memory ?? this.memory;
    if (crash !== undefined) {
      waiting.reject(new Error(`the engine broke down (${crash}); this is a fault of prkit`));
      this.stop("the engine was started again");
    } else if (answer?.error !== undefined) {
      waiting.reject(Object.assign(new Error(answer.error), { override: answer.override }));
    } else {
      waiting.resolve({ answer, made });
    }
  }

  // Ends what is under way.
  stop(why = "stopped") {
    this.worker?.terminate();
    this.worker = undefined;
    this.starting = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }

  async ready() {
    this.starting ??= this.start();
    await this.starting;
  }

  // An input that is open in this worker; its view.
  async open(input) {
    await this.ready();
    if (input.generation === this.generation) return input.view;
    const { id: blob, blob: bytes, name, text } = input;
    const generation = this.generation;
    const { answer } = await this.send({ request: { do: "open", blob, len: bytes.size, name, text }, blob: bytes });
    input.generation = generation;
    input.view = answer;
    input.report = JSON.parse(answer.report);
    return answer;
  }

  async glance({ id: blob, blob: bytes, name }) {
    await this.ready();
    return this.send({ request: { do: "glance", blob, len: bytes.size, name }, blob: bytes });
  }

  async ask(input, request, forget) {
    await this.open(input);
    return this.send({ request: { ...request, blob: input.id }, forget });
  }

  async make(object) {
    await this.ready();
    return this.send({ request: { do: "make", object } });
  }

  async compare(one, other) {
    await this.open(one);
    await this.open(other);
    return this.send({ request: { do: "compare", blobs: [one.id, other.id] } });
  }
}
