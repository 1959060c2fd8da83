// The object in every form, and what each player was measured to take from it.

function formsView(page, input, object) {
  if (!object) return [el("p", null, "There is no object in it.")];
  return [page.objectPicker(input), object.forms.map(({ name, what, text }) => el("div", null,
    el("div.form-row", null, el("h3", null, what), copyButton(text, what),
      el("button.small", { type: "button", "aria-label": `Save ${what}`, onclick: () => save(new Blob([text]), `${name}.txt`) }, "Save")),
    el("pre.wrap.tall", { tabindex: 0, role: "group", "aria-label": what }, text)))];
}

const TAKES = { "-": "nothing", header: "the header", object: "the object", first: "the first", second: "the second" };
const ASKS = { "-": "no request", header: "at its LA_URL", application: "where the application says", element: "at the URL beside it" };

function playersView(page, input, object) {
  if (!object) return [el("p", null, "There is no object in it.")];
  const rows = object.players.map((row) => [
    row.form, `${row.player} ${row.version}`, TAKES[row.takes] ?? row.takes, ASKS[row.asks] ?? row.asks,
    row.key_id === "-" ? "–" : el(row.key_id === "right" ? "td" : "td.error", null, row.key_id === "right" ? "right" : `wrong: ${row.key_id}`),
    row.error === "-" ? "–" : el("td.error", null, row.error)]);
  if (!rows.length) return [page.objectPicker(input), el("p", null, "Nothing was measured for it: there is no header of a known version.")];
  const odd = object.findings.filter((finding) => finding.rule.startsWith("PLY-"));
  return [page.objectPicker(input),
    el("p", null, "What players did with a header of this version that is right altogether, measured; what is odd about this one is below."),
    table("Players", ["form", "player", "takes", "asks for a license", "key ID", "error"], rows),
    odd.length ? odd.map((finding) => foundView(finding)) : el("p.good", null, "Nothing about this header is known to make a difference to a player."),
    input.view.findings.filter((finding) => finding.rule.startsWith("PLY-") && !odd.some((own) => own.rule === finding.rule)).map((finding) => foundView(finding))];
}
