
"use strict";
(() => {
  const form = document.querySelector("form");
  const main = document.querySelector("main");
  const output = form.querySelector("output");
  const { level, sort } = form.elements;
  const search = form.querySelector("input");
  const ranks = { "": 0, note: 1, warning: 2, error: 3 };

  const entry = (element, at, texts) => ({
    element, at, texts,
    rank: ranks[element.dataset.level],
    numbers: element.dataset,
    // Lower case costs something for each file: it is made when somebody first looks for a word.
    get words() { return (this.known ??= this.texts().map((part) => part.textContent).join("\n").toLowerCase()); },
  });
  const titles = [...main.children].map((element, at) => {
    const files = [...element.querySelectorAll(":scope > .file")];
    const heads = () => [...element.children].filter((child) => !child.classList.contains("file"));
    const title = entry(element, at, heads);
    title.files = files.map((file, at) => entry(file, at, () => [file]));
    return title;
  });
  const count = titles.reduce((sum, title) => sum + title.files.length, 0);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const least = ranks[level.value];
    const has = (entry) => words.every((word) => entry.words.includes(word));
    let shownTitles = 0, shownFiles = 0;
    for (const title of titles) {
      const isMeant = has(title);
      let shown = 0;
      for (const file of title.files) {
        const isShown = file.rank >= least && (isMeant || has(file));
        file.element.hidden = !isShown;
        shown += isShown;
      }
      const isShown = shown > 0 || (isMeant && title.rank >= least);
      title.element.hidden = !isShown;
      if (isShown && words.length > 0 && !isMeant) title.element.open = true;
      shownTitles += isShown;
      shownFiles += shown;
    }
    output.textContent = `${shownTitles} of ${titles.length} titles, ${shownFiles} of ${count} files`;
  }

  function order(parent, entries) {
    const key = sort.value;
    const by = key ? (a, b) => b.numbers[key] - a.numbers[key] || a.at - b.at : (a, b) => a.at - b.at;
    parent.append(...entries.sort(by).map((entry) => entry.element));
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", filter);
  level.addEventListener("change", filter);
  sort.addEventListener("change", () => {
    order(main, titles);
    for (const title of titles) order(title.element, title.files);
  });
  filter();
})();
