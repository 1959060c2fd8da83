// Inputs, views, and what is typed, pasted and dropped.

const EXAMPLE = "%EXAMPLE%";
const VIEWS = [
  ["contents", "Contents", contentsView], ["header", "Header", headerView], ["forms", "Forms", formsView], ["players", "Players", playersView],
  ["edit", "Edit", editView], ["build", "Build", buildView], ["compare", "Compare", compareView], ["json", "JSON", jsonView],
];
const ALONE = new Set(["build", "compare"]);

// Files that are longer are shown in two steps.
const LONG = 1 << 28;

const byId = (id) => document.getElementById(id);

function jsonView(page, input) {
  const text = input.view.report;
  const pretty = JSON.stringify(input.report, null, 2);
  return [el("div.actions", null, copyButton(text, "JSON"), el("button.small", { type: "button", onclick: () => save(new Blob([text, "\n"]), "show.json") }, "Save"),
    el("span.note", null, "what prkit show --json prints")),
  el("pre.wrap", { tabindex: 0, role: "group", "aria-label": "JSON" }, pretty.length > 2e6 ? `${pretty.slice(0, 2e6)}\n… the rest is in the file` : pretty)];
}

class Page {
  constructor() {
    this.engine = new Engine();
    this.inputs = [];
    this.active = undefined;
    this.index = 0;
    this.tab = "contents";
    this.ids = 0;
    this.results = [];
    // Whether the plan is that of the rules.
    this.fixing = false;
  }

  // Runs again when asked to, a little later; what was asked for before is out of date.
  latest(work) {
    let run = 0;
    let timer;
    return () => {
      const own = ++run;
      clearTimeout(timer);
      timer = setTimeout(() => work(() => own === run), 120);
    };
  }

  async add({ blob, name, text, pasted }) {
    const input = { id: ++this.ids, blob, name, text, pasted };
    if (!text && blob.size > LONG) await this.glance(input);
    try {
      await this.busy(`reading ${name}`, this.engine.open(input));
    } catch (error) {
      return this.failed(`${name}: ${error.message}`);
    }
    const at = pasted ? this.inputs.findIndex((known) => known.pasted) : -1;
    if (at >= 0) this.inputs.splice(at, 1, input);
    else this.inputs.push(input);
    this.tell(`${name}: ${input.report.kind}, ${count(input.report.pssh.length, "object")}`);
    const ours = input.report.pssh.findIndex((object) => object.pro?.header);
    await this.show(input, Math.max(0, ours));
  }

  // The fragments of a long file are read one by one; what is in front of them is shown before.
  async glance(input) {
    let answer;
    try {
      ({ answer } = await this.engine.glance(input));
    } catch {
      return; // What is wrong with it is told when all of it is read.
    }
    const seen = { report: JSON.parse(answer.report), view: answer };
    if (!seen.report.fragmented) return;
    this.tab = "contents";
    this.drawn = {};
    this.drawTabs();
    byId("panel").replaceChildren(...[el("p.note", { role: "status" }, "This is what is in front of its fragments; these are being read."),
      contentsView(this, seen)].flat(Infinity).filter(Boolean));
  }

  show(input, index = 0) {
    this.active = input;
    this.index = index;
    this.fixing = false;
    if (ALONE.has(this.tab)) this.tab = "contents";
    return this.draw();
  }

  showObject(index) {
    this.index = index;
    this.tab = "header";
    return this.draw();
  }

  remove(input) {
    this.inputs = this.inputs.filter((known) => known !== input);
    if (this.active === input) this.active = this.inputs.at(-1);
    this.index = 0;
    this.engine.ask(input, { do: "close" }, [input.id]).catch(() => {});
    return this.draw();
  }

  async object(input, index) {
    if (!input.report.pssh.some((object) => object.index === index)) return undefined;
    return (await this.engine.ask(input, { do: "object", index })).answer;
  }

  // A plan, its result, and the text of the header afterwards. One result at a time is kept.
  async plan(input, change) {
    const forget = this.results.splice(0);
    const { answer: plan, made } = await this.engine.ask(input, { do: "change", change }, forget);
    if (!plan.result) return { plan };
    this.results.push(plan.result.blob);
    const after = { id: ++this.ids, blob: made, name: input.name, text: input.text };
    const object = await this.engine.open(after).then(() => this.object(after, this.index));
    await this.engine.ask(after, { do: "close" }, [after.id]);
    return { plan, result: made, text: object?.text ?? undefined };
  }

  async make(object) {
    const { made: blob } = await this.engine.make(object);
    const name = object.box_version === undefined ? "new.pro" : "new.pssh";
    const input = { id: ++this.ids, blob, name, text: false };
    await this.engine.open(input);
    const view = await this.object(input, 0);
    await this.engine.ask(input, { do: "close" }, [input.id]);
    return { blob, name, object: view };
  }

  objectPicker(input) {
    const objects = input.report.pssh;
    if (objects.length < 2) return undefined;
    const choice = select(objects.slice(0, 1000).map((object) => [String(object.index), `[${object.index}] ${object.system ?? object.system_id} ${object.box ?? object.form}`]), String(this.index));
    choice.addEventListener("change", () => {
      this.index = Number(choice.value);
      this.draw();
    });
    return field("Object", choice);
  }

  tell(text) {
    byId("status").textContent = text;
    byId("failure").textContent = "";
  }

  failed(text) {
    byId("status").textContent = "";
    byId("failure").textContent = text;
  }

  async busy(text, promise) {
    const slow = setTimeout(() => {
      byId("status").textContent = `${text}…`;
      byId("stop").hidden = false;
    }, 700);
    try {
      return await promise;
    } finally {
      clearTimeout(slow);
      byId("stop").hidden = true;
    }
  }

  async draw() {
    this.drawInputs();
    this.drawTabs();
    const panel = byId("panel");
    const [, , view] = VIEWS.find(([name]) => name === this.tab);
    const drawn = (this.drawn = {});
    if (!this.active && !ALONE.has(this.tab)) {
      return panel.replaceChildren(el("p.note", null, "What is in the input is shown here."));
    }
    try {
      if (this.active) await this.busy("reading", this.engine.open(this.active));
      const object = ALONE.has(this.tab) || this.tab === "contents" || this.tab === "json" ? undefined
        : await this.busy("reading", this.object(this.active, this.index));
      if (drawn === this.drawn) panel.replaceChildren(...[view(this, this.active, object)].flat(Infinity).filter(Boolean));
    } catch (error) {
      if (drawn === this.drawn) panel.replaceChildren(el("p.error", null, error.message));
    }
  }

  drawInputs() {
    byId("inputs").replaceChildren(...this.inputs.map((input) => el("li", null,
      el("button.small", { type: "button", "aria-pressed": String(input === this.active), onclick: () => this.show(input) }, input.name),
      el("button.small", { type: "button", "aria-label": `Close ${input.name}`, onclick: () => this.remove(input) }, "×"))));
  }

  drawTabs() {
    const tabs = byId("tabs");
    if (!tabs.childElementCount) {
      tabs.append(...VIEWS.map(([name, text]) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => this.open(name) }, text)));
      tabs.addEventListener("keydown", (event) => this.key(event));
    }
    for (const tab of tabs.children) {
      const is = tab.id === `tab-${this.tab}`;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
    }
    byId("panel").setAttribute("aria-labelledby", `tab-${this.tab}`);
  }

  // The plan that straightens an object, or all of an input.
  fix(index) {
    this.index = index ?? this.index;
    this.fixing = index === undefined ? "all" : "one";
    this.tab = "edit";
    return this.draw();
  }

  open(tab) {
    this.tab = tab;
    this.fixing = false;
    return this.draw();
  }

  key(event) {
    const names = VIEWS.map(([name]) => name);
    const at = names.indexOf(this.tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.open(names.at(to % names.length));
    byId(`tab-${this.tab}`).focus();
  }

  paste(text) {
    if (text.trim() === "") return undefined;
    return this.add({ blob: new Blob([text]), name: "--data", text: true, pasted: true });
  }

  async addFiles(files) {
    for (const file of files) await this.add({ blob: file, name: file.name, text: false });
  }

  fromLink() {
    const object = new URLSearchParams(location.hash.slice(1)).get("object");
    if (!object) return;
    const text = object.replaceAll("-", "+").replaceAll("_", "/");
    byId("paste").value = text + "=".repeat((4 - (text.length % 4)) % 4);
    this.tab = "header";
    this.paste(byId("paste").value);
  }

  listen() {
    const paste = byId("paste");
    const read = this.latest(() => this.paste(paste.value));
    paste.addEventListener("input", read);
    byId("choose").addEventListener("click", () => byId("files").click());
    byId("files").addEventListener("change", ({ target }) => {
      const files = [...target.files];
      target.value = "";
      this.addFiles(files);
    });
    byId("example").addEventListener("click", () => {
      paste.value = EXAMPLE;
      this.paste(EXAMPLE);
    });
    byId("build").addEventListener("click", () => this.open("build").then(() => byId("panel").querySelector("textarea").focus()));
    byId("stop").addEventListener("click", () => this.engine.stop());
    const { classList } = document.documentElement;
    addEventListener("dragover", (event) => (event.preventDefault(), classList.add("drop")));
    addEventListener("dragleave", (event) => event.relatedTarget || classList.remove("drop"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      classList.remove("drop");
      this.addFiles([...event.dataTransfer.files]);
    });
    addEventListener("hashchange", () => this.fromLink());
    this.draw();
    this.fromLink();
  }
}

globalThis.page = new Page();
page.listen();
