"use strict";

// An element: properties, then children; text is always text.
function el(tag, properties, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

let elements = 0;
const newId = () => `e${++elements}`;

// A table that scrolls by itself where the window is narrow, reachable by keyboard.
function table(caption, head, rows) {
  const cell = (content) => (content instanceof HTMLTableCellElement ? content : el("td", null, content ?? "–"));
  return el("div.scroll", { role: "group", "aria-label": caption, tabindex: 0 },
    el("table", null,
      el("caption", null, caption),
      el("thead", null, el("tr", null, head.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", null, rows.map((row) => el("tr", null, row.map(cell))))));
}

const mono = (text) => el("td.break", null, text === null || text === undefined ? "–" : el("code", null, text));

const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

function field(label, control, hint) {
  control.id ||= newId();
  const hintId = hint && newId();
  if (hintId) control.setAttribute("aria-describedby", hintId);
  return el("div", null, el("label", { for: control.id }, label), control, hint && el("span.note", { id: hintId }, hint));
}

function select(options, value) {
  const made = el("select", null, options.map(([name, text]) => el("option", { value: name }, text)));
  if (value !== undefined) made.value = value;
  return made;
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { "aria-hidden": true });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1200);
}

const copyButton = (text, what) =>
  el("button.small", { type: "button", "aria-label": `Copy ${what}`, onclick: (event) => copy(text, event.currentTarget) }, "Copy");

const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

// Which part of two sequences differs: they begin and end with what is the same.
function difference(one, other) {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start++;
  let end = 0;
  while (end < shorter - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  return { start, oneEnd: one.length - end, otherEnd: other.length - end };
}

// Bytes in rows of sixteen, with those of [from, to) marked.
function hexDump(bytes, { base = 0, from = 0, to = 0, className = "new", label = "bytes" } = {}) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const parts = [`${(base + at).toString(16).padStart(8, "0")}  `];
    const put = (text, index) => {
      const is = index >= from && index < to;
      const last = parts.at(-1);
      if (is && last.className === className) last.append(text);
      else if (is) parts.push(el(`span.${className}`, null, text));
      else if (typeof last === "string") parts[parts.length - 1] += text;
      else parts.push(text);
    };
    row.forEach((byte, i) => put(byte.toString(16).padStart(2, "0") + " ", at + i));
    parts.push(" ".repeat(3 * (16 - row.length) + 1));
    row.forEach((byte, i) => put(byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·", at + i));
    lines.push(...parts, "\n");
  }
  return el("pre.tall", { tabindex: 0, role: "group", "aria-label": label }, lines);
}
