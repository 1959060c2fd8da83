// A change, its plan, the byte differences beside it, and what comes out of it.

const FIELDS = [
  ["LA_URL", "la_url", "License URL (LA_URL)"],
  ["LUI_URL", "lui_url", "License page (LUI_URL)"],
  ["DS_ID", "ds_id", "Domain service (DS_ID), a GUID or base64"],
  ["CUSTOMATTRIBUTES", "custom_attributes", "CUSTOMATTRIBUTES, XML"],
];

function fixingView(page, input, object) {
  const result = el("div", { "aria-live": "polite" });
  const overrides = new Set();
  const update = page.latest(async (isLatest) => {
    try {
      const planned = await page.plan(input, { fix: true, ...(page.fixing === "one" ? { index: page.index } : {}), overrides: [...overrides] });
      if (isLatest()) result.replaceChildren(...planView(page, input, object ?? {}, planned));
    } catch (error) {
      if (isLatest()) result.replaceChildren(el("p.error", null, error.message), overriding(error, overrides, update));
    }
  });
  update();
  return [el("p", null, "Everything that a rule says how to mend is mended, ", page.fixing === "one" ? `in the object [${page.index}]` : "in all PlayReady objects",
    ", as ", el("code", null, "prkit lint --fix"), " does."),
  el("div.actions", null, el("button", { type: "button", onclick: () => page.open("edit") }, "Edit it by hand instead")), result];
}

function editView(page, input, object) {
  if (page.fixing) return fixingView(page, input, object);
  if (!object?.text) return [el("p", null, "There is no PlayReady header in it to edit.")];
  const header = input.report.pssh[page.index].pro.header;
  const controls = new Map();
  const made = FIELDS.map(([element, key, label]) => {
    const control = key === "custom_attributes" ? el("textarea", { rows: 2, spellcheck: "false" }) : el("input", { type: "text", spellcheck: "false" });
    control.value = header[key] ?? "";
    controls.set(element, control);
    return field(label, control);
  });
  const kids = el("textarea", { rows: Math.min(6, header.kids.length + 1), spellcheck: "false" });
  kids.value = header.kids.map((kid) => kid.kid ?? kid.base64).join("\n");
  const first = kids.value;
  const version = select([["", "as it is"], ["4.0", "4.0"], ["4.1", "4.1"], ["4.2", "4.2"], ["4.3", "4.3"], ["lowest", "the lowest that can say it"]]);
  const algorithm = select([["", "as it is"], ["AESCTR", "AESCTR"], ["AESCBC", "AESCBC"]]);
  const store = select([["", "as it is"], ["0", "none"], ["1024", "1 KB, empty"], ["4096", "4 KB, empty"], ["10240", "10 KB, empty"]]);
  const which = select([["", "all PlayReady headers"], [String(page.index), `the one at [${page.index}]`]]);
  const text = el("textarea", { rows: 6, spellcheck: "false" });
  text.value = object.text;
  const result = el("div", { "aria-live": "polite" });
  const overrides = new Set();

  const change = () => {
    const asked = { fields: {}, overrides: [...overrides] };
    if (which.value) asked.index = Number(which.value);
    if (text.value !== object.text) return { ...asked, header: text.value };
    for (const [element, key] of FIELDS) {
      const value = controls.get(element).value;
      if (value !== (header[key] ?? "")) asked.fields[element] = value === "" ? null : value;
    }
    if (kids.value !== first) asked.key_ids = kids.value.split(/[\s,]+/).filter(Boolean);
    if (version.value) asked.version = version.value;
    if (algorithm.value) asked.algorithm = algorithm.value;
    if (store.value) asked.store = Number(store.value);
    return asked;
  };
  const update = page.latest(async (isLatest) => {
    try {
      const planned = await page.plan(input, change());
      if (isLatest()) result.replaceChildren(...planView(page, input, object, planned));
    } catch (error) {
      if (isLatest()) result.replaceChildren(el("p.error", null, error.message), overriding(error, overrides, update));
    }
  });
  const form = el("form", { oninput: () => update(), onsubmit: (event) => event.preventDefault() },
    el("fieldset", null, el("legend", null, "What becomes of it"),
      el("div.fields", null, made, field("Key IDs, one a line", kids), field("Header version", version), field("Algorithm", algorithm),
        field("License store", store), field("Which", which))),
    el("details", null, el("summary", null, "Or the whole text of the header"), field("Text of the header", text, "It takes the place of everything above.")));
  update();
  return [page.objectPicker(input), form, result];
}

function overriding(error, overrides, update) {
  if (!error.override) return "";
  const { name, about } = error.override;
  const button = el("button", { type: "button", onclick: () => { overrides.add(name); update(); } }, "Do it all the same");
  return el("div.actions", null, button, el("span.note", null, about));
}

function planView(page, input, object, { plan, result, text }) {
  if (!plan.changed) return [el("h3", null, "Nothing changes"), el("p", null, "What is asked for is what it says already.")];
  const patched = Object.entries(plan.patched).map(([name, number]) => `${number} ${name}`).join(", ");
  const name = editedName(input);
  const parts = [
    el("h3", null, "What it would do"),
    el("p", null, `${plan.strategy}: ${plan.why}. `, `${count(plan.old_len, "byte")} become ${plan.new_len.toLocaleString("en")}.`,
      patched ? ` Patched: ${patched}.` : "", plan.stale ? ` ${count(plan.stale, "pointer")} that led nowhere before still will.` : ""),
    el("p.good", null, "Checked: everything else stays where it was, or is found where it is now."),
    el("div.actions", null,
      el("button", { type: "button", onclick: () => save(result, name) }, `Save ${name}`),
      input.text && result.size < 1e6 && el("button", { type: "button", onclick: async (event) => copy(await result.text(), event.target) }, "Copy the result"),
      !input.text && el("button", { type: "button", onclick: () => save(new Blob([plan.result.plan]), `${input.name}.plan`) }, "Save the plan"),
      el("button", { type: "button", onclick: () => page.add({ blob: result, name, text: input.text }) }, "Open the result")),
    !input.text && el("p.note", null, "The plan is for ", el("code", null, `prkit apply -i ${input.name}.plan`), " where the file is: it changes the file itself."),
  ];
  if (text !== undefined && object.text !== undefined && text !== object.text) {
    const { start, oneEnd, otherEnd } = difference(object.text, text);
    parts.push(el("div.pair", null,
      el("div", null, el("h3", null, "Header before"), headerText(object.text, [], [{ from: start, to: oneEnd, tag: "span.gone" }])),
      el("div", null, el("h3", null, "Header after"), headerText(text, [], [{ from: start, to: otherEnd, tag: "span.new" }]))));
  }
  parts.push(el("h3", null, "Bytes that are replaced"), plan.replaced.map(replacedView));
  if (plan.more_replaced) parts.push(el("p.note", null, `and ${plan.more_replaced} more places`));
  return parts.flat(Infinity).filter(Boolean);
}

function editedName({ name, text }) {
  if (text) return "edited.txt";
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)}.edited${name.slice(dot)}` : `${name}.edited`;
}

function replacedView({ old, new: now, old_bytes, new_bytes, cut }) {
  const [one, other] = [bytesOf(old_bytes), bytesOf(new_bytes)];
  const { start, oneEnd, otherEnd } = difference(one, other);
  // A long part that is the same in front is left out, by whole rows.
  const skip = Math.max(0, Math.floor(start / 16) - 1) * 16;
  const dump = (bytes, base, to, className, label) =>
    hexDump(bytes.subarray(skip), { base: base + skip, from: start - skip, to: to - skip, className, label });
  return el("div.pair", null,
    el("div", null, el("h3", null, `old bytes ${old[0]}–${old[1]}`), one.length ? dump(one, old[0], oneEnd, "gone", `old bytes from ${old[0]}`) : el("p.dim", null, "none")),
    el("div", null, el("h3", null, `new bytes ${now[0]}–${now[1]}`), other.length ? dump(other, now[0], otherEnd, "new", `new bytes from ${now[0]}`) : el("p.dim", null, "none")),
    cut && el("p.note", null, "only the beginning is shown"));
}
