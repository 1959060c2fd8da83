// What is in an input: tracks, boxes, objects, findings, what manifests say beside the objects.

function contentsView(page, input) {
  const { report, view } = input;
  const kind = [report.kind, count(report.size, "byte"), report.fragmented ? "fragmented" : undefined, count(report.pssh.length, "object")];
  const parts = [el("p", null, kind.filter(Boolean).join(", "))];
  if (report.error) parts.push(el("p.error", null, report.error));
  if (view.containers.length) parts.push(bars(view.containers));
  if (report.tracks?.length) {
    parts.push(table("Tracks", ["track", "handler", "format", "scheme", "key IDs"], report.tracks.map((track) =>
      [track.id, track.handler, track.format, track.scheme, mono((track.kids ?? [track.default_kid]).filter(Boolean).join(" ") || null)])));
  }
  if (report.pssh.length) parts.push(objectTable(page, report.pssh));
  parts.push(findingList(page, view));
  if (report.descriptors?.length) {
    parts.push(table("Descriptors", ["line", "descriptor", "system or scheme", "value", "key IDs", "license URLs"], report.descriptors.slice(0, 200).map((d) =>
      [d.line, d.kind, d.system ?? d.scheme, d.value, mono(d.kids.join(" ") || null), mono(Object.values(d.license_urls).join(" ") || null)])));
  }
  if (report.unread?.length) {
    parts.push(table("Not read", ["line", "element", "why"], report.unread.map((unread) => [unread.line, mono(unread.path), unread.why])));
  }
  return parts;
}

function objectTable(page, objects) {
  const shown = objects.slice(0, 100);
  const rows = shown.map((object) => {
    const header = object.pro?.header;
    const kids = new Set([...object.kids, ...(header?.kids.map((kid) => kid.kid ?? kid.base64) ?? [])]);
    const name = object.system ?? object.system_id;
    return [
      el("td", null, el("button.plain", { type: "button", onclick: () => page.showObject(object.index) }, `${name} [${object.index}]`)),
      mono(object.box ?? object.form),
      count(object.size, "byte"),
      header?.version ?? (object.error ? el("td.error", null, object.error) : "–"),
      mono([...kids].join(" ") || null),
      mono(header?.la_url ?? null),
    ];
  });
  const more = objects.length - shown.length;
  return [table("Objects", ["system", "place", "size", "header", "key IDs", "LA_URL"], rows), more > 0 && el("p.note", null, `and ${more} more, in the JSON`)];
}

function findingList(page, { findings, more_findings: more, broken }) {
  if (broken) return el("p.error", null, `It is broken and is not edited: ${broken}`);
  if (!findings.length) return el("p.good", null, "No rule is broken.");
  const items = findings.map((finding) => el(`div.found.${finding.level}`, null,
    el("strong", null, `${finding.level} ${finding.rule}`), ` ${finding.message}`, finding.copies ? ` (in ${finding.copies} boxes)` : "",
    el("div.dim", null, `${finding.where}${finding.line ? `, line ${finding.line}` : ""} · ${finding.section}`),
    finding.fix && fixView(finding.fix, () => page.fix())));
  return [el("h3", null, `Findings (${findings.length + more})`), items, more > 0 && el("p.note", null, `and ${more} more`)];
}
