// Plays presentations in a headless browser, through dash.js and hls.js, in their clear-key form.
//
//   node play.mjs TOOLS FOLDER KID KEY MANIFEST…      one line of JSON a manifest
//
// The server changes nothing of the files but the key system that manifests name: a ClearKey descriptor beside DASH's
// mp4protection, a key line for org.w3.clearkey in place of PlayReady's. Byte ranges are what the player asks for.

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join, normalize } from 'node:path';

const [tools, folder, kid, key, ...manifests] = process.argv.slice(2);
const require = createRequire(join(tools, 'package.json'));
const { chromium } = require('playwright-core');

const bytes = hex => Buffer.from(hex.replaceAll('-', ''), 'hex');
const keys = { keys: [{ kty: 'oct', kid: bytes(kid).toString('base64url'), k: bytes(key).toString('base64url') }], type: 'temporary' };
const scripts = {
  '/dash.js': join(tools, 'node_modules/dashjs/dist/modern/umd/dash.all.min.js'),
  '/hls.js': join(tools, 'node_modules/hls.js/dist/hls.js'),
};

function clearKeyForm(path) {
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.mpd')) {
    const descriptor = '<ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" value="ClearKey1.0"/>';
    const marked = /<ContentProtection[^>]*urn:mpeg:dash:mp4protection:2011[^>]*(\/>|>\s*<\/ContentProtection>)/g;
    return text.replace(marked, found => {
      const named = found.includes('default_KID') ? found : found.replace('<ContentProtection', `<ContentProtection xmlns:cenc="urn:mpeg:cenc:2013" cenc:default_KID="${kid}"`);
      return named + descriptor;
    });
  }
  return text.split('\n').filter(line => !/^#EXT-X-(SESSION-)?KEY:/.test(line) || /playready/.test(line)).map(line =>
    /^#EXT-X-(SESSION-)?KEY:/.test(line)
      ? line.replace(/URI="[^"]*"/, `URI="data:text/plain;base64,${bytes(kid).toString('base64')}"`).replace('com.microsoft.playready', 'org.w3.clearkey')
      : line).join('\n');
}

let ranges = 0;
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const path = scripts[url.pathname] ?? join(folder, normalize(decodeURIComponent(url.pathname)));
  if (url.pathname === '/license') {
    return response.end(JSON.stringify(keys));
  }
  if (url.pathname === '/player.html') {
    response.setHeader('content-type', 'text/html');
    return response.end('<!doctype html><video muted width=320></video><script src=/dash.js></script><script src=/hls.js></script>');
  }
  if (!existsSync(path)) {
    response.statusCode = 404;
    return response.end();
  }
  if (/\.(mpd|m3u8)$/.test(path)) {
    return response.end(clearKeyForm(path));
  }
  const size = statSync(path).size;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range && range[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  if (range) {
    ranges += 1;
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${start}-${end}/${size}`);
  }
  response.setHeader('content-length', end - start + 1);
  createReadStream(path, { start, end }).pipe(response);
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
});
for (const manifest of manifests) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(String(error)));
  ranges = 0;
  await page.goto(`${base}/player.html`);
  const played = await page.evaluate(async ({ manifest, keys }) => {
    const video = document.querySelector('video');
    const errors = [];
    const init = new TextEncoder().encode(JSON.stringify({ kids: [keys.keys[0].kid] })).buffer;
    if (manifest.endsWith('.mpd')) {
      const player = dashjs.MediaPlayer().create();
      player.initialize(video, null, true);
      const { kid, k } = keys.keys[0];
      player.setProtectionData({ 'org.w3.clearkey': { clearkeys: { [kid]: k } } });
      player.on('error', event => errors.push(`${event.error?.code} ${event.error?.message}`));
      player.on('public_keyError', event => errors.push(`key ${event.error?.message}`));
      player.attachSource(manifest);
    } else {
      const system = { licenseUrl: '/license', generateRequest: () => ({ initDataType: 'keyids', initData: init }) };
      const hls = new Hls({ emeEnabled: true, drmSystems: { 'org.w3.clearkey': system } });
      hls.on(Hls.Events.ERROR, (_, data) => data.fatal && errors.push(`${data.details} ${data.error?.message}`));
      hls.loadSource(manifest);
      hls.attachMedia(video);
    }
    video.addEventListener('error', () => errors.push(`video ${video.error?.message}`));
    video.playbackRate = 4;
    video.play().catch(() => {});
    // To the end, or as long as it takes a slow machine to give up.
    const until = performance.now() + 40000;
    while (performance.now() < until && !video.ended && errors.length === 0) {
      await new Promise(done => setTimeout(done, 100));
      if (video.paused && !video.ended) video.play().catch(() => {});
    }
    const quality = video.getVideoPlaybackQuality();
    return {
      ended: video.ended, time: video.currentTime, encrypted: video.mediaKeys !== null,
      frames: quality.totalVideoFrames, audio: video.webkitAudioDecodedByteCount, width: video.videoWidth, errors,
    };
  }, { manifest: `${base}/${manifest}`, keys });
  console.log(JSON.stringify({ manifest, ranges, ...played, errors: [...errors, ...played.errors] }));
  await page.close();
}
await browser.close();
server.close();
