// The page in Chromium, with real pointer and keyboard: views, edits, accessibility, narrow and dark windows, no request.
//
//   node web/test.mjs PAGE PRKIT FOLDER [--shots DIR]     FOLDER has node_modules with playwright-core and axe-core
//
// What it reads, it compares with what the program says.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync, openSync, writeSync, ftruncateSync, closeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";

const [file, prkit, folder, ...options] = process.argv.slice(2);
const require = createRequire(join(folder, "/"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const shots = options[0] === "--shots" ? options[1] : undefined;
const here = mkdtempSync(join(tmpdir(), "prkit-page-"));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const requests = [];
const faults = [];

async function fresh(options = {}, hash = "") {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const tab = await context.newPage();
  tab.on("request", (request) => requests.push(request.url()));
  tab.on("pageerror", (error) => faults.push(String(error)));
  tab.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await tab.goto(pathToFileURL(file).href + hash);
  return tab;
}

const run = (...words) => spawnSync(prkit, words, { maxBuffer: 1 << 30 });

const view = (tab, name) => tab.getByRole("tab", { name, exact: true }).click();

async function settled(tab, text) {
  await tab.locator("#panel").getByText(text).first().waitFor({ timeout: 20_000 });
}

// What the page says of inputs, by its engine: all of them in one page, without drawing each.
async function reports(tab, inputs, each) {
  for (const [name, path, text] of inputs) {
    const handle = await tab.evaluateHandle(() => Object.assign(document.createElement("input"), { type: "file" }));
    await handle.asElement().setInputFiles(path);
    const answer = await tab.evaluate(async ([input, name, text]) => {
      const started = performance.now();
      const opened = { id: ++page.ids, blob: input.files[0], name, text };
      let result;
      try {
        await page.engine.open(opened);
        result = { report: opened.view.report };
        await page.engine.ask(opened, { do: "close" }, [opened.id]);
      } catch (error) {
        result = { error: error.message };
      }
      return { ...result, milliseconds: performance.now() - started };
    }, [handle, name, text]);
    await handle.dispose();
    await each(path, answer);
  }
}

function walk(path, list = []) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) walk(below, list);
    else if (entry.isFile()) list.push(below);
  }
  return list;
}

const scratch = (name, bytes) => {
  const path = join(here, name);
  writeFileSync(path, bytes);
  return path;
};

async function accessible(tab, what) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html).slice(0, 3)]), [], what);
}

const tests = {
  async "a pasted object is read by keyboard alone"() {
    const tab = await fresh();
    const pssh = readFileSync("samples/objects/small.pssh").toString("base64");
    await tab.locator("#paste").focus();
    await tab.keyboard.insertText(pssh);
    await settled(tab, "Boxes, to scale");
    await tab.locator("#tab-contents").focus();
    await tab.keyboard.press("ArrowRight");
    await settled(tab, "key ID");
    const shown = await tab.locator(".xml").innerText();
    assert.ok(shown.includes("<WRMHEADER") && shown.includes("LA_URL"), shown);
    await tab.keyboard.press("ArrowLeft");
    await tab.keyboard.press("ArrowLeft");
    assert.equal(await tab.locator("[aria-selected=true]").innerText(), "JSON");
    await settled(tab, "what prkit show --json prints");
    const program = run("show", "--json", "--data", pssh).stdout.toString().trim();
    assert.equal(await tab.evaluate(() => page.active.view.report), program);
  },

  async "a file is edited as the program edits it, and saved"() {
    for (const [path, url] of [
      ["samples/dash-ondemand/audio.mp4", "https://license.example.com/rightsmanager.asmx"],
      ["samples/rotation/1.m4s", "https://license.example.com/a"],
      ["samples/manifests/list.mpd", "https://license.example.com/rightsmanager.asmx?tenant=7&x=<"],
      ["samples/progressive/movie.mp4", "https://license.example.com/longer/than/the/one/before"],
    ]) {
      const tab = await fresh();
      await tab.locator("#files").setInputFiles(path);
      await settled(tab, /object/);
      await view(tab, "Edit");
      await tab.getByLabel("License URL (LA_URL)").fill(url);
      const saved = tab.waitForEvent("download");
      await tab.getByRole("button", { name: /^Save .*edited/ }).click({ timeout: 20_000 });
      const bytes = readFileSync(await (await saved).path());
      const out = join(here, "out");
      const done = run("reheader", path, "--la-url", url, "-o", out, "--overwrite", "--alone");
      const other = done.status === 2 ? run("reheader", path, "--la-url", url, "-o", out, "--overwrite") : done;
      assert.equal(other.status, 0, other.stderr.toString());
      assert.ok(bytes.equals(readFileSync(out)), path);
      // The plan does the same in place, or refuses because the page wrote another way to grow.
      const plan = tab.waitForEvent("download");
      await tab.getByRole("button", { name: "Save the plan" }).click();
      const place = mkdtempSync(join(here, "apply-"));
      const copy = join(place, path.split("/").pop());
      writeFileSync(copy, readFileSync(path));
      writeFileSync(join(place, "x.plan"), readFileSync(await (await plan).path()));
      const applied = run("apply", join(place, "x.plan"), "-i");
      assert.equal(applied.status, 0, applied.stderr.toString());
      assert.ok(readFileSync(copy).equals(readFileSync(out)), `${path} by its plan`);
      await tab.context().close();
    }
  },

  async "an object is built in a form, opened, and is what the program builds"() {
    const tab = await fresh();
    await tab.getByRole("button", { name: "Build a header…" }).click();
    await tab.getByLabel("Key IDs, one a line").fill("00112233-4455-6677-8899-aabbccddeeff");
    await tab.getByLabel("License URL (LA_URL)").fill("https://lic.example.test/rm.asmx");
    const saved = tab.waitForEvent("download");
    await tab.getByRole("button", { name: "Save new.pssh" }).click({ timeout: 20_000 });
    const bytes = readFileSync(await (await saved).path());
    const program = run("new", "00112233-4455-6677-8899-aabbccddeeff", "--la-url", "https://lic.example.test/rm.asmx", "--as", "pssh", "--raw").stdout;
    assert.equal(bytes.toString("hex"), program.toString("hex"));
    await tab.getByRole("button", { name: "Open it" }).click();
    await settled(tab, "Boxes, to scale");
  },

  async "a link holds the object and opens it"() {
    const pssh = readFileSync("samples/objects/large.pssh").toString("base64");
    const tab = await fresh();
    await tab.locator("#paste").fill(pssh);
    await settled(tab, "Boxes, to scale");
    await view(tab, "Header");
    await settled(tab, "the link holds the header");
    const link = await tab.evaluate(async () => (await page.object(page.active, 0)).link);
    // The store of 10 KB is not in it.
    assert.ok(link.length < 2000, String(link.length));
    const other = await fresh({}, `#object=${link}`);
    await settled(other, "the link holds the header");
    assert.equal(await other.locator(".xml").innerText(), await tab.locator(".xml").innerText());
  },

  async "two inputs are compared"() {
    const tab = await fresh();
    await tab.locator("#files").setInputFiles(["samples/manifests/list.mpd", "samples/dash-ondemand/audio.mp4"]);
    await tab.getByRole("button", { name: "Close audio.mp4" }).waitFor({ timeout: 20_000 });
    await view(tab, "Compare");
    await settled(tab, "encryption scheme");
    assert.match(await tab.locator("#panel").innerText(), /They (agree|differ)/);
  },

  async "a finding is fixed by its button, as the program fixes it"() {
    const text = '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.0.0.0"><DATA>\n<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>AmfjCTOPbEOl3WD/5mcecA==</KID></DATA></WRMHEADER>';
    const path = scratch("odd.xml", text);
    const tab = await fresh();
    await tab.locator("#files").setInputFiles(path);
    await settled(tab, "Findings");
    await view(tab, "Header");
    await tab.getByRole("button", { name: /^Fix: / }).first().click();
    await settled(tab, "Bytes that are replaced");
    const saved = tab.waitForEvent("download");
    await tab.getByRole("button", { name: /^Save .*edited/ }).click({ timeout: 20_000 });
    const bytes = readFileSync(await (await saved).path());
    const out = join(here, "fixed.xml");
    const done = run("lint", path, "--fix", "-o", out, "--overwrite");
    assert.ok(done.status < 2, done.stderr.toString());
    assert.ok(bytes.equals(readFileSync(out)));
    await tab.getByRole("button", { name: "Open the result" }).click();
    await settled(tab, "header");
    assert.equal(await tab.getByRole("button", { name: /^Fix: / }).count(), 0);
  },

  async "every view is accessible, light and dark, wide and at 400 pixels"() {
    for (const [scheme, width] of [["light", 1200], ["dark", 1200], ["light", 400], ["dark", 400]]) {
      const tab = await fresh({ colorScheme: scheme, viewport: { width, height: 900 } });
      await accessible(tab, `${scheme} ${width} empty`);
      await tab.locator("#files").setInputFiles(["samples/manifests/list.mpd", "samples/dash-ondemand/audio.mp4"]);
      await tab.getByRole("button", { name: "Close audio.mp4" }).waitFor({ timeout: 20_000 });
      for (const name of ["Contents", "Header", "Forms", "Players", "Edit", "Build", "Compare", "JSON"]) {
        await view(tab, name);
        await tab.waitForTimeout(250);
        if (name === "Edit") {
          await tab.getByLabel("License URL (LA_URL)").fill("https://license.example.com/rightsmanager.asmx");
          await settled(tab, "What it would do");
        }
        if (name === "Build") {
          await tab.getByLabel("Key IDs, one a line").fill("00112233-4455-6677-8899-aabbccddeeff");
          await settled(tab, "A pssh box, in base64");
        }
        assert.ok(!(await tab.locator("#panel").innerText()).includes("[object"), name);
        await accessible(tab, `${scheme} ${width} ${name}`);
        const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name} is ${wide} pixels wider than ${width}`);
        if (shots) await tab.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`), fullPage: true });
      }
      await tab.context().close();
    }
  },

  async "every sample is shown as the program shows it"() {
    const tab = await fresh();
    const folders = ["samples", ...(process.env.PRKIT_PAGE_FOLDERS ?? "").split(":").filter(Boolean)];
    const inputs = folders.flatMap((folder) => walk(folder)).map((path) => [path, path, false]);
    let compared = 0;
    await reports(tab, inputs, (path, answer) => {
      const program = run("show", "--json", path);
      const said = program.stdout.toString().trim();
      if (answer.report !== undefined) {
        assert.equal(answer.report, said, path);
        compared += 1;
      } else {
        // The program has the same words behind the name, and hints of its own behind those.
        assert.ok(said === "" && program.status !== 0 || JSON.parse(said).error, `${path}: ${answer.error} / ${said}`);
        const all = program.stderr.toString() + said;
        assert.ok(all.includes(answer.error.slice(0, 40)), `${path}: ${answer.error} / ${all}`);
      }
    });
    assert.ok(compared > 50, String(compared));
    console.log(`    ${compared} of ${inputs.length} inputs have a report, equal to the program's`);
  },

  async "every sample is edited as the program edits it"() {
    const tab = await fresh();
    const folders = ["samples", ...(process.env.PRKIT_PAGE_FOLDERS ?? "").split(":").filter(Boolean)];
    const url = "https://license.example.com/a/longer/address/than/most.asmx";
    const out = join(here, "edited");
    let [compared, refused] = [0, 0];
    for (const path of folders.flatMap((folder) => walk(folder))) {
      const handle = await tab.evaluateHandle(() => Object.assign(document.createElement("input"), { type: "file" }));
      await handle.asElement().setInputFiles(path);
      const edited = await tab.evaluate(async ([input, name, url]) => {
        const opened = { id: ++page.ids, blob: input.files[0], name, text: false };
        try {
          const { answer, made } = await page.engine.ask(opened, { do: "change", change: { fields: { LA_URL: url } } });
          const bytes = new Uint8Array(await (answer.changed ? made : opened.blob).arrayBuffer());
          await page.engine.ask(opened, { do: "close" }, [opened.id, answer.result?.blob]);
          let binary = "";
          for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
          return { bytes: btoa(binary) };
        } catch (error) {
          return { error: error.message };
        }
      }, [handle, path, url]);
      await handle.dispose();
      const program = run("reheader", path, "--la-url", url, "-o", out, "--overwrite");
      if (edited.error !== undefined) {
        // What the program leaves and names, an edit of the page refuses.
        assert.notEqual(program.status, 0, `${path}: ${edited.error}`);
        refused += 1;
      } else {
        assert.equal(program.status, 0, `${path}: ${program.stderr}`);
        assert.ok(Buffer.from(edited.bytes, "base64").equals(readFileSync(out)), path);
        compared += 1;
      }
    }
    assert.ok(compared > 50, String(compared));
    console.log(`    ${compared} inputs with the same result, byte by byte; ${refused} are refused by both`);
  },

  async "hostile inputs neither hang nor break the page"() {
    const tab = await fresh();
    const seeds = ["samples/objects/small.pssh", "samples/dash-ondemand/audio.mp4", "samples/manifests/list.mpd", "samples/rotation/1.m4s"].map((path) => readFileSync(path));
    let chance = 1;
    const random = (below) => (chance = (chance * 48271) % 2147483647) % below;
    const inputs = walk("samples/bad").map((path) => [path, path, false]);
    while (inputs.length < 160) {
      const bytes = Buffer.from(seeds[inputs.length % seeds.length]);
      for (let n = 1 + random(8); n > 0; n--) bytes[random(Math.min(bytes.length, 4096))] = random(256);
      const cut = random(3) ? bytes : bytes.subarray(0, random(bytes.length));
      const name = `hostile-${inputs.length}`;
      inputs.push([name, scratch(name, cut), inputs.length % 5 === 0]);
    }
    let slowest = 0;
    await reports(tab, inputs, (path, answer) => {
      slowest = Math.max(slowest, answer.milliseconds);
      assert.ok(!answer.error?.includes("broke down"), `${path}: ${answer.error}`);
    });
    await tab.locator("#paste").fill(readFileSync("samples/objects/small.pssh").toString("base64"));
    await settled(tab, "Boxes, to scale");
    console.log(`    ${inputs.length} inputs, the slowest took ${Math.round(slowest)} ms`);
  },

  async "a file of twenty gigabytes is read where it is asked to"() {
    const tab = await fresh();
    for (const path of large()) {
      const started = Date.now();
      await tab.locator("#files").setInputFiles(path);
      await settled(tab, "Boxes, to scale");
      const shown = Date.now() - started;
      await tab.getByRole("button", { name: `Close ${path.split("/").pop()}` }).waitFor({ timeout: 60_000 });
      const milliseconds = Date.now() - started;
      const memory = await tab.evaluate(() => [page.engine.memory, performance.memory.usedJSHeapSize]);
      console.log(`    ${path.split("/").pop()}: shown after ${shown} ms, read after ${milliseconds} ms, ${memory.map((bytes) => (bytes / 1e6).toFixed(1)).join(" + ")} MB`);
      assert.ok(memory[0] + memory[1] < 100e6, String(memory));
      await view(tab, "Contents");
    }
  },
};

// Sparse files: one of fragments with an index in front, and a progressive one.
function large() {
  const box = (type, ...parts) => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, body]);
  };
  const largeBox = (type, length) => {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(1);
    head.write(type, 4, "latin1");
    head.writeBigUInt64BE(BigInt(length), 8);
    return head;
  };
  const total = 20 * 1024 ** 3;
  const write = (name, pieces) => {
    const path = join(here, name);
    const out = openSync(path, "w");
    for (const [at, bytes] of pieces) writeSync(out, bytes, 0, bytes.length, at);
    ftruncateSync(out, total);
    closeSync(out);
    return path;
  };
  const source = readFileSync("samples/dash-ondemand/audio.mp4");
  const boxes = [];
  for (let at = 0; at < source.length; at += source.readUInt32BE(at)) boxes.push([source.toString("latin1", at + 4, at + 8), source.subarray(at, at + source.readUInt32BE(at))]);
  const of = (type) => boxes.find(([name]) => name === type)[1];
  const [ftyp, moov, moof] = [of("ftyp"), of("moov"), of("moof")];
  const number = 4000;
  const size = Math.floor((total - 1_000_000) / number);
  const index = Buffer.alloc(32 - 8 + number * 12);
  const first = ftyp.length + moov.length + index.length + 8;
  index.writeUInt32BE(1, 4);
  index.writeUInt32BE(1000, 8);
  index.writeUInt16BE(number, 22);
  for (let i = 0; i < number; i++) {
    index.writeUInt32BE(i + 1 < number ? size : total - first - i * size, 24 + i * 12);
    index.writeUInt32BE(4000, 28 + i * 12);
    index.writeUInt32BE(0x90000000, 32 + i * 12);
  }
  const sidx = box("sidx", index);
  const pieces = [[0, ftyp], [ftyp.length, moov], [ftyp.length + moov.length, sidx]];
  for (let i = 0; i < number; i++) {
    const at = first + i * size;
    pieces.push([at, moof], [at + moof.length, largeBox("mdat", (i + 1 < number ? size : total - at) - moof.length)]);
  }
  const start = ftyp.length + moov.length;
  return [
    write("fragments.mp4", pieces),
    write("progressive.mp4", [[0, ftyp], [ftyp.length, moov], [start, largeBox("mdat", total - start)]]),
  ];
}

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
  const started = Date.now();
  try {
    await test();
    assert.deepEqual(faults.splice(0), [], "errors in the console");
    console.log(`ok  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`NOT ${name}\n${error.stack}`);
  }
}
const outside = requests.filter((url) => !/^(file|blob|data):/.test(url));
assert.deepEqual(outside, [], "the page asks for something");
await browser.close();
process.exit(failed ? 1 : 0);
