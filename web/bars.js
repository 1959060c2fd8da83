// Boxes to scale.

const CLASSES = { moov: "moov", moof: "moof", trak: "trak", traf: "trak", mdat: "mdat", imda: "mdat", free: "free", skip: "free", pssh: "pssh" };
const NAMES = { pssh: "pssh", free: "filler", moov: "moov", moof: "moof", trak: "trak, traf", mdat: "media data", other: "other boxes" };
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function bar(container) {
  const [start, end] = container.span;
  const scale = (bytes) => (end > start ? (bytes / (end - start)) * 1000 : 0);
  const rects = [];
  let last = {};
  for (const [type, from, to] of container.boxes) {
    const name = CLASSES[type] ?? "other";
    const x = scale(from - start);
    // So that it is seen; neighbours of one kind that share a unit are one.
    const width = Math.max(scale(to - from), name === "pssh" || name === "free" ? 3 : 0.5);
    if (last.name === name && x + width - last.x < 1) continue;
    last = { name, x };
    rects.push(svg("rect", { class: `b-${name}`, x: Math.min(x, 1000 - width), width, height: 20 },
      svg("title", {}, `${type}: ${count(to - from, "byte")} at ${from}`)));
  }
  const label = `${container.path === "/" ? "file" : container.path}, ${count(end - start, "byte")}, ${count(container.boxes.length + container.more, "box").replace("boxs", "boxes")}`;
  return el("div.bar", null,
    el("div", null, el("code", null, container.path), ` ${count(end - start, "byte")}`),
    svg("svg", { viewBox: "0 0 1000 20", preserveAspectRatio: "none", role: "img", "aria-label": label }, ...rects));
}

function bars(containers) {
  const boxes = containers.flatMap((container) => container.boxes.map(([type, from, to]) => [container.path, type, from, to]));
  const key = Object.entries(NAMES).map(([name, text]) => el("li", null, el(`i.b-${name}`, { "aria-hidden": true }), text));
  const list = el("details", null, el("summary", null, "The same as a list"));
  list.addEventListener("toggle", () => {
    if (list.childElementCount === 1) {
      list.append(table("Boxes", ["in", "box", "offset", "bytes"],
        boxes.slice(0, 1000).map(([path, type, from, to]) => [path, el("td", null, el("code", null, type)), String(from), String(to - from)])));
    }
  });
  return [el("h3", null, "Boxes, to scale"), containers.map(bar), el("ul.key", null, key), list];
}
