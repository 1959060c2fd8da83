// Players in a headless browser: what they hand to the key system, and where they ask for a license.

import { createServer } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { html, players } from './page.mjs';
import { parse } from './parsers.mjs';

const TYPES = { '.js': 'text/javascript', '.mpd': 'application/dash+xml', '.m3u8': 'application/vnd.apple.mpegurl', '.ismc': 'application/vnd.ms-sstr+xml', '.mp4': 'video/mp4', '.m4s': 'video/mp4' };
// A player that has neither asked nor failed by then does not ask.
const PATIENCE = 4000;
// What else may follow: a second session, a second request.
const REST = 250;
const PAGES = 4;

function serve(tools, folder) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const page = /^\/page\/(.+)$/.exec(path);
    if (page) {
      response.setHeader('content-type', 'text/html');
      return response.end(html(players[page[1]].scripts.map((script) => `/modules/${script}`)));
    }
    let file = path.startsWith('/modules/') ? join(tools, 'node_modules', normalize(path.slice(9))) : join(folder, normalize(path));
    if (request.headers.host.endsWith('.example')) {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', '*');
      return response.end('no license');
    }
    if (path.startsWith('/modules/')) response.setHeader('cache-control', 'max-age=3600');
    if (path.startsWith('/modules/') && extname(file) !== '.js') {
      // Modules name each other without an extension, or by their folder.
      const target = existsSync(`${file}.js`) ? `${path}.js` : join(path, 'index.js');
      response.statusCode = 302;
      response.setHeader('location', target);
      return response.end();
    }
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.statusCode = 404;
      return response.end();
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

async function measure(page, base, [probe, name], patience) {
  // Navigating ends what the last player still does.
  await page.goto(`${base}/page/${encodeURIComponent(name)}`, { timeout: 60000 });
  const manifest = `${base}/${probe.format}-${probe.name}/${probe.file}`;
  const start = players[name].start.toString();
  await page.evaluate(`(${start})(${JSON.stringify(manifest)}, ${JSON.stringify(probe.format)}).catch((reason) => error(String(reason)))`);
  const until = Date.now() + patience;
  while (Date.now() < until) {
    await new Promise((done) => setTimeout(done, 40));
    if (await page.evaluate('seen.app || seen.asked.length > 0 || seen.errors.length > 0')) break;
  }
  await new Promise((done) => setTimeout(done, REST));
  const seen = await page.evaluate('(window.finish?.(), seen)');
  return { player: name, format: probe.format, probe: probe.name, ...seen };
}

export async function browse(tools, folder, probes, isKnown) {
  const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core');
  const server = await serve(tools, folder);
  const { port } = server.address();
  const base = `http://127.0.0.1:${port}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP *.example 127.0.0.1:${port}`],
  });
  const context = await browser.newContext();
  const work = Object.entries(players).flatMap(([name, player]) => probes.filter((probe) => player.formats.includes(probe.format)).map((probe) => [probe, name]));
  const results = [];
  const pages = (work, patience) => {
    const worker = async () => {
      const page = await context.newPage();
      for (let next = work.shift(); next; next = work.shift()) results.push([next, await measure(page, base, next, patience)]);
      await page.close();
    };
    return Promise.all(Array.from({ length: PAGES }, worker));
  };
  await pages(work, PATIENCE);
  // A slow machine may be the reason for what was not seen before.
  const again = results.filter(([, result]) => !isKnown(result));
  for (const result of again) results.splice(results.indexOf(result), 1);
  await pages(again.map(([next]) => next), 3 * PATIENCE);
  await browser.close();
  const parsed = await parse(tools, base, probes);
  server.close();
  return [...results.map(([, result]) => result), ...parsed];
}
