#!/usr/bin/env bash
# Shaka Player 5.2.12, November 2026.
#
# A PlayReady descriptor of an MPD usually carries its object twice, in mspr:pro and in cenc:pssh. One would guess that a
# player chooses one of them. Shaka Player gives the content of cenc:pssh to the key system, and takes the license URL from
# mspr:pro, whichever comes first: where only one of the two was updated, the new object goes to the old server, or the other way round.
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
const pssh = (data) => {
  const head = Buffer.alloc(32);
  head.writeUInt32BE(32 + data.length);
  head.write('pssh', 4);
  Buffer.from('9a04f07998404286ab92e65be0885f95', 'hex').copy(head, 12);
  head.writeUInt32BE(data.length, 28);
  return `<cenc:pssh>${Buffer.concat([head, data]).toString('base64')}</cenc:pssh>`;
};
const [old, other] = ['https://old.example/', 'https://new.example/'];
const cases = {
  'mspr:pro old': pro(object(old)),
  'cenc:pssh new': pssh(object(other)),
  'mspr:pro old, cenc:pssh new': pro(object(old)) + pssh(object(other)),
  'cenc:pssh new, mspr:pro old': pssh(object(other)) + pro(object(old)),
};
(async () => {
  for (const [name, inside] of Object.entries(cases)) {
    const info = await parse(inside);
    const data = info.initData.map(({ initData }) => [old, other].filter((url) => Buffer.from(initData).includes(Buffer.from(url, 'utf16le'))));
    process.stdout.write(`${name}: gives the object of ${data}, asks ${info.licenseServerUri}\n`);
  }
  process.exit();
})();
JS
seen=$(node see.cjs)
echo "$seen"
[[ $seen == 'mspr:pro old: gives the object of https://old.example/, asks https://old.example/
cenc:pssh new: gives the object of https://new.example/, asks https://new.example/
mspr:pro old, cenc:pssh new: gives the object of https://new.example/, asks https://old.example/
cenc:pssh new, mspr:pro old: gives the object of https://new.example/, asks https://old.example/' ]] || { echo "it is different now"; exit 1; }
