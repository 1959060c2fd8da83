// A header from a form.

function buildView(page) {
  const input = () => el("input", { type: "text", spellcheck: "false" });
  const kids = el("textarea", { rows: 3, spellcheck: "false" });
  const [url, page_url, domain] = [input(), input(), input()];
  const custom = el("textarea", { rows: 2, spellcheck: "false" });
  const version = select([["", "the lowest that can say it"], ["4.0", "4.0"], ["4.1", "4.1"], ["4.2", "4.2"], ["4.3", "4.3"]]);
  const algorithm = select([["", "AESCTR, or as the version has it"], ["AESCTR", "AESCTR (cenc)"], ["AESCBC", "AESCBC (cbcs)"]]);
  const store = select([["", "none"], ["1024", "1 KB, empty"], ["4096", "4 KB, empty"], ["10240", "10 KB, empty"]]);
  const box = select([["0", "in a pssh box of version 0"], ["1", "in a pssh box of version 1"], ["", "alone"]]);
  const onDemand = el("input", { type: "checkbox", id: newId() });
  const result = el("div", { "aria-live": "polite" });
  const value = (control) => control.value.trim() || undefined;

  const update = page.latest(async (isLatest) => {
    const object = {
      key_ids: kids.value.split(/[\s,]+/).filter(Boolean), version: value(version), algorithm: value(algorithm), la_url: value(url),
      lui_url: value(page_url), ds_id: value(domain), custom_attributes: value(custom), on_demand: onDemand.checked,
      store: store.value ? Number(store.value) : undefined, box_version: box.value === "" ? undefined : Number(box.value),
    };
    if (!object.key_ids.length && !object.la_url && !object.on_demand) {
      return result.replaceChildren(el("p", null, "It needs a key ID, or has to say that licenses come later."));
    }
    try {
      const made = await page.make(object);
      if (isLatest()) result.replaceChildren(...builtView(page, made));
    } catch (error) {
      if (isLatest()) result.replaceChildren(el("p.error", null, error.message));
    }
  });
  update();
  return [
    el("form", { oninput: () => update(), onsubmit: (event) => event.preventDefault() },
      el("fieldset", null, el("legend", null, "A new header"),
        el("div.fields", null, field("Key IDs, one a line", kids), field("License URL (LA_URL)", url, "{kid} stands for the key ID"),
          field("License page (LUI_URL)", page_url), field("Domain service (DS_ID), a GUID or base64", domain), field("CUSTOMATTRIBUTES, XML", custom),
          field("Header version", version), field("Algorithm", algorithm), field("License store", store), field("Given", box),
          el("div.form-row", null, onDemand, el("label", { for: onDemand.id }, "licenses come later (DECRYPTORSETUP ONDEMAND)"))))),
    result,
  ];
}

function builtView(page, { blob, object, name }) {
  const form = object.forms.find((form) => form.name === (name.endsWith(".pssh") ? "pssh-base64" : "pro-base64"));
  return [
    el("div.actions", null,
      el("button", { type: "button", onclick: () => page.add({ blob, name, text: false }) }, "Open it"),
      el("button", { type: "button", onclick: () => save(blob, name) }, `Save ${name}`)),
    headerText(object.text, object.findings),
    object.findings.filter((finding) => !finding.units).map(foundView),
    el("div.form-row", null, el("h3", null, form.what), copyButton(form.text, form.what)),
    el("pre.wrap.tall", { tabindex: 0, role: "group", "aria-label": form.what }, form.text),
  ].flat();
}
