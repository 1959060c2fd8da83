#!/usr/bin/env bash
# RxPlayer 4.5.0 and Shaka Player 5.2.12, November 2026.
#
# @cenc:default_KID is a list in the schema of ISO/IEC 23001-7, and packagers write two key IDs there where the tracks of one
# set differ. One would guess that a player takes both, or only the first. RxPlayer takes out the hyphens and decodes the rest, space
# included, as one hexadecimal number: one key ID of 32 bytes, whose second half is the second key ID moved by four bits, with its last
# digit lost. It compares that with the keys of licenses. Shaka Player refuses the manifest, and has an error of its own for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . rx-player@4.5.0 shaka-player@5.2.12 jsdom@26.1.0
cat > see.cjs <<'JS'
const keys = ['00112233-4455-6677-8899-aabbccddeeff', 'fedcba98-7654-3210-fedc-ba9876543210'];
const manifest = (kid) => `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" type="static" mediaPresentationDuration="PT2S" minBufferTime="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period><AdaptationSet mimeType="video/mp4"><ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="${kid}"/><SegmentTemplate timescale="1" duration="2" media="$Number$.m4s" initialization="i.mp4"/><Representation id="1" bandwidth="1" codecs="avc1.64000d"/></AdaptationSet></Period></MPD>`;

const rxParser = require('./node_modules/rx-player/dist/commonjs/parsers/manifest/dash/js-parser/index.js').default;
for (const kid of [keys[0], keys.join(' ')]) {
  const parsed = rxParser(manifest(kid), { unsafelyBaseOnPreviousManifest: null, url: 'https://cdn.example/a.mpd' }).value.parsed;
  const ids = parsed.periods[0].adaptations.video[0].representations[0].contentProtections.keyIds.map((id) => Buffer.from(id).toString('hex'));
  process.stdout.write(`RxPlayer, ${kid.length} characters: ${ids.length} key ID, ${ids}\n`);
}

const { JSDOM } = require('jsdom');
const { window } = new JSDOM('', { url: 'https://cdn.example/' });
Object.assign(globalThis, { self: window, window, document: window.document, navigator: window.navigator });
for (const level of ['log', 'warn', 'info', 'debug', 'error']) console[level] = () => {};
const shaka = require('./node_modules/shaka-player/dist/shaka-player.dash.debug.js');
shaka.polyfill.installAll();
let served;
shaka.net.NetworkingEngine.registerScheme('memory', (uri) => shaka.util.AbortableOperation.completed({ uri, originalUri: uri, data: new TextEncoder().encode(served).buffer, headers: { 'content-type': 'application/dash+xml' }, status: 200 }));
(async () => {
  for (const kid of [keys[0], keys.join(' ')]) {
    served = manifest(kid);
    const player = new shaka.Player();
    const parser = new shaka.dash.DashParser();
    parser.configure(player.getConfiguration().manifest, () => true);
    const nothing = () => {};
    const around = { networkingEngine: player.getNetworkingEngine(), filter: async () => {}, makeTextStreamsForClosedCaptions: nothing, onTimelineRegionAdded: nothing, onEvent: nothing, onError: nothing, isLowLatencyMode: () => false, updateDuration: nothing, newDrmInfo: nothing, onManifestUpdated: nothing, getBandwidthEstimate: () => 1e6, onMetadata: nothing, disableStream: nothing, addFont: nothing };
    const seen = await parser.start('memory:a.mpd', around).then((m) => `${m.variants[0].video.keyIds.size} key ID`, (error) => `error ${error.code}`);
    process.stdout.write(`Shaka Player, ${kid.length} characters: ${seen}\n`);
  }
  process.exit();
})();
JS
seen=$(node see.cjs)
echo "$seen"
[[ $seen == 'RxPlayer, 36 characters: 1 key ID, 00112233445566778899aabbccddeeff
RxPlayer, 73 characters: 1 key ID, 00112233445566778899aabbccddeeff0fedcba9876543210fedcba987654321
Shaka Player, 36 characters: 1 key ID
Shaka Player, 73 characters: error 4009' ]] || { echo "it is different now"; exit 1; }
