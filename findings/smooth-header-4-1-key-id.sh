#!/usr/bin/env bash
# dash.js 5.2.1 and RxPlayer 4.5.0, November 2026.
#
# One would guess that a player that reads a Smooth Streaming manifest finds the key ID of its ProtectionHeader in every
# version of the PlayReady header: the four have it as base64 in KID. Only 4.0 has it as the text of that element; since 4.1 it is the
# attribute VALUE, and the text is empty. Both players read the text. A Smooth fragment has no init segment: the player makes
# one out of the manifest, tenc included, with an empty key ID (dash.js) or one of zeros (RxPlayer). Reading the manifest
# raises no error; no license fits the key that such an init segment asks for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . dashjs@5.2.1 rx-player@4.5.0 jsdom@26.1.0
cat > see.mjs <<'JS'
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';
const { DOMParser } = new JSDOM('').window;
globalThis.DOMParser = DOMParser;
const { MssHandler } = await import('./node_modules/dashjs/dist/modern/esm/dash.mss.debug.js');
const rxParser = createRequire(import.meta.url)('./node_modules/rx-player/dist/commonjs/parsers/manifest/smooth/index.js').default;
// dash.js looks there for both; RxPlayer, loaded by now, would take it for a browser.
globalThis.window = { performance, DOMParser };

// 00112233-4455-6677-8899-aabbccddeeff in the order of a GUID.
const key = Buffer.from('33221100554477668899aabbccddeeff', 'hex').toString('base64');
const headers = {
  '4.0.0.0': `<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>${key}</KID>`,
  '4.1.0.0': `<PROTECTINFO><KID ALGID="AESCTR" VALUE="${key}"></KID></PROTECTINFO>`,
  '4.2.0.0': `<PROTECTINFO><KIDS><KID ALGID="AESCTR" VALUE="${key}"></KID></KIDS></PROTECTINFO>`,
  '4.3.0.0': `<PROTECTINFO><KIDS><KID ALGID="AESCTR" VALUE="${key}"></KID></KIDS></PROTECTINFO>`,
};
const object = (text) => {
  const record = Buffer.from(text, 'utf16le');
  const head = Buffer.alloc(10);
  head.writeUInt32LE(10 + record.length);
  head.writeUInt16LE(1, 4);
  head.writeUInt16LE(1, 6);
  head.writeUInt16LE(record.length, 8);
  return Buffer.concat([head, record]).toString('base64');
};
const hex = (bytes) => Buffer.from(bytes).toString('hex') || 'empty';
// What the parser of dash.js wants around it: a base64 decoder, and objects that do nothing.
const around = {
  BASE64: { decodeArray: (text) => new Uint8Array(Buffer.from(text, 'base64')), encodeASCII: (text) => Buffer.from(text, 'latin1').toString('base64') },
  debug: { getLogger: () => ({ info() {}, warn() {} }) },
  constants: { VIDEO: 'video', AUDIO: 'audio', TEXT: 'text' },
  settings: { get: () => ({ streaming: { buffer: {}, timeShiftBuffer: {}, delay: {} } }), update() {} },
  manifestModel: { getValue: () => null },
  eventBus: {}, events: {},
};
for (const [version, data] of Object.entries(headers)) {
  const pro = object(`<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="${version}"><DATA>${data}<LA_URL>https://license.example/</LA_URL></DATA></WRMHEADER>`);
  const manifest = `<SmoothStreamingMedia MajorVersion="2" MinorVersion="2" Duration="20000000"><Protection><ProtectionHeader SystemID="9a04f079-9840-4286-ab92-e65be0885f95">${pro}</ProtectionHeader></Protection><StreamIndex Type="video" QualityLevels="1" Chunks="1" Url="QualityLevels({bitrate})/Fragments(video={start time})"><QualityLevel Index="0" Bitrate="300000" FourCC="H264" MaxWidth="320" MaxHeight="180" CodecPrivateData="000000016764000DACD941419F9E10000003001000000303C0F142996000000168EBECB22C"/><c t="0" d="20000000"/></StreamIndex></SmoothStreamingMedia>`;
  const dash = MssHandler({}).create(around).createMssParser().parse(manifest).Period[0].AdaptationSet[0].ContentProtection[0]['cenc:default_KID'];
  const rx = rxParser({})(manifest, 'https://cdn.example/a.ism/Manifest').periods[0].adaptations.video[0].representations[0].contentProtections.keyIds[0];
  console.log(`header ${version}: dash.js ${hex(dash)}, RxPlayer ${hex(rx)}`);
}
JS
seen=$(node see.mjs)
echo "$seen"
right=00112233445566778899aabbccddeeff
zeros=00000000000000000000000000000000
[[ $seen == "header 4.0.0.0: dash.js $right, RxPlayer $right"$'\n'"header 4.1.0.0: dash.js empty, RxPlayer $zeros"$'\n'"header 4.2.0.0: dash.js empty, RxPlayer $zeros"$'\n'"header 4.3.0.0: dash.js empty, RxPlayer $zeros" ]] || { echo "it is different now"; exit 1; }
