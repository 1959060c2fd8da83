#!/usr/bin/env bash
# m3u8-parser 7.2.0 (the parser of video.js), November 2026.
#
# One would guess that a playlist whose key changes, with an EXT-X-KEY of PlayReady before each group of segments, has
# each key with its segments, as RFC 8216, 4.3.2.4 has it. The parser keeps one PlayReady key for the whole playlist: the
# last one. Segments carry none, so a player on top of it asks for one license of two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . m3u8-parser@7.2.0
cat > see.cjs <<'JS'
const { Parser } = require('m3u8-parser');
const key = (name) => `#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1",URI="data:text/plain;charset=UTF-16;base64,${Buffer.from(name).toString('base64')}"`;
const parser = new Parser();
parser.push(`#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n${key('the first')}\n#EXT-X-MAP:URI="i.mp4"\n#EXTINF:2,\n1.m4s\n${key('the second')}\n#EXTINF:2,\n2.m4s\n#EXT-X-ENDLIST\n`);
parser.end();
const { contentProtection, segments } = parser.manifest;
const text = (uri) => Buffer.from(uri.split(',')[1], 'base64').toString();
console.log(`the playlist: ${text(contentProtection['com.microsoft.playready'].uri)}`);
segments.forEach((segment, i) => console.log(`segment ${i + 1}: ${segment.contentProtection || segment.key ? 'a key' : 'no key'}`));
JS
seen=$(node see.cjs)
echo "$seen"
[[ $seen == $'the playlist: the second\nsegment 1: no key\nsegment 2: no key' ]] || { echo "it is different now"; exit 1; }
