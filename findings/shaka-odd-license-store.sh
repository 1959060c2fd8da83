#!/usr/bin/env bash
# Shaka Player 5.2.12, November 2026.
#
# A PlayReady Object is a list of records, each with its length in bytes: a header, and optionally an embedded license
# store behind it. One would guess that what follows the header does not change what is read of the header. Where the store has an odd
# number of bytes, which nothing forbids, Shaka Player drops all records, and with them the license URL of the header. It
# still gives the object to the key system, and then finds no license server (error 6012).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . shaka-player@5.2.12 jsdom@26.1.0
cat > see.cjs <<'JS'
const { JSDOM } = require('jsdom');
const { window } = new JSDOM('', { url: 'https://cdn.example/' });
Object.assign(globalThis, { self: window, window, document: window.document, navigator: window.navigator });
for (const level of ['log', 'warn', 'info', 'debug', 'error']) console[level] = () => {};
const shaka = require('./node_modules/shaka-player/dist/shaka-player.dash.debug.js');
shaka.polyfill.installAll();
let served;
shaka.net.NetworkingEngine.registerScheme('memory', (uri) => shaka.util.AbortableOperation.completed({ uri, originalUri: uri, data: new TextEncoder().encode(served).buffer, headers: { 'content-type': 'application/dash+xml' }, status: 200 }));

// A PlayReady Object: a header with this license URL, then other records.
const object = (url, more = []) => {
  const header = Buffer.from(`<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.0.0.0"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>MyIRAFVEd2aImaq7zN3u/w==</KID><LA_URL>${url}</LA_URL></DATA></WRMHEADER>`, 'utf16le');
  const records = [[1, header], ...more].map(([type, value]) => Buffer.concat([Buffer.from(Uint16Array.of(type, value.length).buffer), value]));
  const length = records.reduce((sum, record) => sum + record.length, 6);
  return Buffer.concat([Buffer.from(Uint32Array.of(length).buffer), Buffer.from(Uint16Array.of(records.length).buffer), ...records]);
};
const pro = (data) => `<mspr:pro xmlns:mspr="urn:microsoft:playready">${data.toString('base64')}</mspr:pro>`;
const parse = async (inside) => {
  served = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" type="static" mediaPresentationDuration="PT2S" minBufferTime="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period><AdaptationSet mimeType="video/mp4"><ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="00112233-4455-6677-8899-aabbccddeeff"/><ContentProtection schemeIdUri="urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95">${inside}</ContentProtection><SegmentTemplate timescale="1" duration="2" media="$Number$.m4s" initialization="i.mp4"/><Representation id="1" bandwidth="1" codecs="avc1.64000d"/></AdaptationSet></Period></MPD>`;
  const player = new shaka.Player();
  const parser = new shaka.dash.DashParser();
  parser.configure(player.getConfiguration().manifest, () => true);
  const nothing = () => {};
  const around = { networkingEngine: player.getNetworkingEngine(), filter: async () => {}, makeTextStreamsForClosedCaptions: nothing, onTimelineRegionAdded: nothing, onEvent: nothing, onError: nothing, isLowLatencyMode: () => false, updateDuration: nothing, newDrmInfo: nothing, onManifestUpdated: nothing, getBandwidthEstimate: () => 1e6, onMetadata: nothing, disableStream: nothing, addFont: nothing };
  return (await parser.start('memory:a.mpd', around)).variants[0].video.drmInfos[0];
};
(async () => {
  for (const length of [0, 10, 11, 12]) {
    // An empty store: a record of type 3 with zeros.
    const data = object('https://license.example/', length ? [[3, Buffer.alloc(length)]] : []);
    const info = await parse(pro(data));
    process.stdout.write(`store of ${length} bytes: gives ${info.initData.length} object, asks ${info.licenseServerUri || 'nobody'}\n`);
  }
  process.exit();
})();
JS
seen=$(node see.cjs)
echo "$seen"
[[ $seen == 'store of 0 bytes: gives 1 object, asks https://license.example/
store of 10 bytes: gives 1 object, asks https://license.example/
store of 11 bytes: gives 1 object, asks nobody
store of 12 bytes: gives 1 object, asks https://license.example/' ]] || { echo "it is different now"; exit 1; }
