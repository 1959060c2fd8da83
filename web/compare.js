// Two inputs side by side.

const VERDICTS = {
  same: ["good", "agree"],
  more: ["good", "agree; one names more"],
  differ: ["error", "differ"],
  silent: ["dim", "nothing to compare"],
};

function compareView(page) {
  if (page.inputs.length < 2) return [el("p", null, "Open two inputs, such as a manifest and an init segment, to see whether they agree.")];
  const options = page.inputs.map((input, number) => [String(number), input.name]);
  const one = select(options, String(page.inputs.length - 2));
  const other = select(options, String(page.inputs.length - 1));
  const result = el("div", { "aria-live": "polite" });
  const update = page.latest(async (isLatest) => {
    try {
      const [first, second] = [page.inputs[one.value], page.inputs[other.value]];
      const { answer } = await page.engine.compare(first, second);
      if (isLatest()) result.replaceChildren(...comparedView(first, second, answer.rows));
    } catch (error) {
      if (isLatest()) result.replaceChildren(el("p.error", null, error.message));
    }
  });
  update();
  return [el("form.fields", { onchange: () => update(), onsubmit: (event) => event.preventDefault() }, field("One", one), field("The other", other)), result];
}

function comparedView(one, other, rows) {
  const differ = rows.filter((row) => row.verdict === "differ").map((row) => row.what);
  const compared = rows.some((row) => row.verdict !== "silent");
  const summary = differ.length ? el("p.error", null, `They differ: ${differ.join(", ")}.`)
    : compared ? el("p.good", null, "They agree.") : el("p", null, "They name nothing in common that could be compared.");
  const cell = (values) => el("td.break", null, values.length ? values.map((value) => el("div", null, el("code", null, value))) : "–");
  return [summary,
    table("What each names", ["what", one.name, other.name, "verdict"], rows.map((row) => {
      const [className, text] = VERDICTS[row.verdict];
      return [el("th", { scope: "row" }, row.what), cell(row.one), cell(row.other), el(`td.${className}`, null, text)];
    })),
    el("p.note", null, "prkit check goes further: it follows what a manifest names, and compares every segment.")];
}
