#!/usr/bin/env bash
# mpd-parser 1.4.0 (the parser of video.js), November 2026.
#
# One would guess that <pssh xmlns="urn:mpeg:cenc:2013"> and <cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013"> are the same
# element, as Namespaces in XML has it. The parser compares the name with its prefix: it hands out the box of the second
# and none of the first, without a word. Of mspr:pro it hands out nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . mpd-parser@1.4.0
cat > see.cjs <<'JS'
const { parse } = require('mpd-parser');
// A pssh box of version 0 with four bytes of data, of PlayReady's SystemID.
const system = '9a04f079-9840-4286-ab92-e65be0885f95';
const box = Buffer.concat([Buffer.from([0, 0, 0, 36]), Buffer.from('pssh'), Buffer.alloc(4), Buffer.from(system.replaceAll('-', ''), 'hex'), Buffer.from([0, 0, 0, 4, 1, 2, 3, 4])]).toString('base64');
const forms = {
  'cenc:pssh': `<cenc:pssh xmlns:cenc="urn:mpeg:cenc:2013">${box}</cenc:pssh>`,
  'pssh': `<pssh xmlns="urn:mpeg:cenc:2013">${box}</pssh>`,
  'c:pssh': `<c:pssh xmlns:c="urn:mpeg:cenc:2013">${box}</c:pssh>`,
  'mspr:pro': `<mspr:pro xmlns:mspr="urn:microsoft:playready">${box}</mspr:pro>`,
};
for (const [name, element] of Object.entries(forms)) {
  const mpd = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" minBufferTime="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period><AdaptationSet mimeType="video/mp4"><ContentProtection schemeIdUri="urn:uuid:${system}">${element}</ContentProtection><SegmentTemplate timescale="1" duration="2" media="$Number$.m4s" initialization="i.mp4"/><Representation id="1" bandwidth="1" codecs="avc1.64000d"/></AdaptationSet></Period></MPD>`;
  const found = parse(mpd, { manifestUri: 'https://cdn.example/a.mpd' }).playlists[0].contentProtection['com.microsoft.playready'];
  console.log(`${name}: ${found.pssh ? `${found.pssh.length} bytes` : 'nothing'}`);
}
JS
seen=$(node see.cjs)
echo "$seen"
[[ $seen == $'cenc:pssh: 36 bytes\npssh: nothing\nc:pssh: nothing\nmspr:pro: nothing' ]] || { echo "it is different now"; exit 1; }
