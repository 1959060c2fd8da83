// A header as coloured text, what is wrong under where it is wrong; key IDs in all orders of their bytes; the bytes.

// Lines of the text: an element that holds nothing but text is one line.
function linesOf(text) {
  const tokens = [...text.matchAll(/<[^>]*>?|[^<]+/g)].map((match) => [match[0], match.index]);
  const lines = [];
  let depth = 0;
  const isOpen = (token) => /^<[^/!?]/.test(token) && !/\/>$/.test(token);
  for (let i = 0; i < tokens.length; i++) {
    const [token, at] = tokens[i];
    let end = at + token.length;
    if (token.startsWith("</")) depth = Math.max(0, depth - 1);
    const own = depth;
    if (isOpen(token)) {
      const leaf = tokens[i + 1]?.[0].startsWith("<") ? 1 : 2;
      const close = tokens[i + leaf]?.[0];
      if (close?.startsWith("</")) {
        i += leaf;
        end = tokens[i][1] + tokens[i][0].length;
      } else {
        depth += 1;
      }
    }
    lines.push({ from: at, to: end, depth: Math.min(own, 5) });
  }
  return lines.filter((line) => text.slice(line.from, line.to).trim() !== "");
}

// Pieces of a line with their colours.
function coloured(text, from, to) {
  const pieces = [];
  for (const match of text.slice(from, to).matchAll(/(<\/?)([^\s>/]+)|([\w:.-]+)(=)("[^"]*"?|'[^']*'?)|[^<\w]+|./gs)) {
    let at = from + match.index;
    const put = (piece, className) => {
      if (piece) pieces.push({ from: at, to: (at += piece.length), className });
    };
    if (match[1]) put(match[1]), put(match[2], "n");
    else if (match[4]) put(match[3], "a"), put(match[4]), put(match[5], "v");
    else put(match[0]);
  }
  return pieces;
}

function lineView(text, line, marks) {
  const cuts = new Set([line.from, line.to]);
  const pieces = coloured(text, line.from, line.to);
  for (const { from, to } of [...pieces, ...marks]) for (const cut of [from, to]) if (cut >= line.from && cut <= line.to) cuts.add(cut);
  const sorted = [...cuts].sort((a, b) => a - b);
  const spans = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const [from, to] = [sorted[i], sorted[i + 1]];
    const className = pieces.find((piece) => piece.from <= from && to <= piece.to)?.className;
    const part = className ? el(`span.${className}`, null, text.slice(from, to)) : text.slice(from, to);
    const marked = marks.find((mark) => mark.from <= from && to <= mark.to);
    spans.push(marked ? el(marked.tag ?? "mark", null, part) : part);
  }
  return el(`div.line.d${line.depth}`, null, spans);
}

function foundView(finding, onfix) {
  return el(`div.found.${finding.level}`, null,
    el("strong", null, `${finding.level} ${finding.rule}`), ` ${finding.message}`,
    el("div.dim", null, finding.section),
    finding.fix && fixView(finding.fix, onfix));
}

function fixView(fix, onfix) {
  return el("div.fix", null, `mended by: ${fix} `, onfix && el("button.small", { type: "button", "aria-label": `Fix: ${fix}`, onclick: onfix }, "Fix…"));
}

function headerText(text, findings, marks = [], onfix) {
  const placed = findings.filter((finding) => finding.units);
  const all = [...marks, ...placed.map((finding) => ({ from: finding.units[0], to: finding.units[1] }))];
  const view = el("div.xml", { role: "group", "aria-label": "header text", tabindex: 0 });
  const left = new Set(placed);
  for (const line of linesOf(text)) {
    view.append(lineView(text, line, all.filter((mark) => mark.from < line.to && mark.to > line.from)));
    for (const finding of left) {
      if (finding.units[0] < line.to) {
        view.append(foundView(finding, onfix));
        left.delete(finding);
      }
    }
  }
  for (const finding of left) view.append(foundView(finding, onfix));
  return view;
}

function keyTable(keys) {
  const value = (text, what) => (text ? el("td.break", null, el("code", null, text), " ", copyButton(text, what)) : mono(null));
  return keys.map((key, number) => table(`Key ID ${number + 1}${key.algorithm ? `, ${key.algorithm}` : ""}`, ["form", "value"], [
    ["key ID", value(key.id, "key ID")],
    ["base64, as in the header", value(key.base64, "base64 of the header")],
    ["hex, as in tenc and pssh", value(key.uuid, "hex of the UUID")],
    ["base64 of these", value(key.uuid_base64, "base64 of the UUID")],
    ["hex, as in the header", value(key.guid, "hex of the GUID")],
    ["read in the other byte order", value(key.swapped, "swapped key ID")],
    key.checksum && ["checksum", value(key.checksum, "checksum")],
  ].filter(Boolean)));
}

function bytesView(data, parts) {
  const bytes = bytesOf(data);
  const rows = parts.map((part) => [part.name, `${part.from}–${part.to}`, count(part.to - part.from, "byte")]);
  const view = el("details", null, el("summary", null, `Bytes of the object (${count(bytes.length, "byte")})`));
  view.addEventListener("toggle", () => {
    if (view.childElementCount > 1) return;
    if (rows.length) view.append(table("Parts", ["part", "bytes", "length"], rows));
    view.append(hexDump(bytes.subarray(0, 4096), { label: "bytes of the object" }));
    if (bytes.length > 4096) view.append(el("p.note", null, "the first 4,096 are shown"));
  });
  return view;
}

function headerView(page, input, object) {
  if (!object) return [el("p", null, "There is no object in it.")];
  const parts = [page.objectPicker(input)];
  const other = object.findings.filter((finding) => !finding.units);
  const onfix = () => page.fix(page.index);
  if (object.text) parts.push(headerText(object.text, object.findings, [], onfix));
  else parts.push(el("p", null, `The data of ${object.system} has no header that is read here.`));
  parts.push(other.map((finding) => foundView(finding, onfix)));
  if (object.text && !object.findings.length) parts.push(el("p.good", null, "No rule is broken."));
  if (object.link) {
    parts.push(el("div.actions", null,
      el("button", { type: "button", onclick: (event) => copy(`${location.href.split("#")[0]}#object=${object.link}`, event.currentTarget) }, "Copy a link to it"),
      el("span.note", null, "the link holds the header, without a license store, behind its #")));
  }
  parts.push(keyTable(object.keys), bytesView(object.data, object.parts));
  return parts;
}
