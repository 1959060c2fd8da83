#!/usr/bin/env bash
# @svta/cml-iso-bmff 1.0.6, November 2026: the box reader that browser players share.
#
# One would guess that boxes of version 1 are read like those of version 0, with their further fields. Two boxes of common
# encryption are not:
#   * pssh: KID_count is taken for the number of bytes, so that two key IDs are two bytes, and the data is looked for
#     inside the first key ID. Where its bytes make no length, that is an error; where they make a small one (as below), it is other data, and no error.
#   * tenc (scheme cbcs): the pattern is read as a part of isProtected, which becomes 6401 instead of 1, and the constant IV
#     is not read; written out again, the box is 17 bytes shorter, and its track has no IV any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @svta/cml-iso-bmff@1.0.6
cat > see.mjs <<'JS'
import { readIsoBoxes, writeIsoBoxes, readPssh, readTenc, writeTenc } from '@svta/cml-iso-bmff';
const box = (type, version, ...parts) => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(12 + body.length);
  head.write(type, 4);
  head[8] = version;
  return new Uint8Array(Buffer.concat([head, body]));
};
const u32 = (value) => { const b = Buffer.alloc(4); b.writeUInt32BE(value); return b; };
const hex = (text) => Buffer.from(text.replaceAll('-', ''), 'hex');

const system = hex('9a04f079-9840-4286-ab92-e65be0885f95');
const data = Buffer.from('the data');
for (const keys of [['00000000-0004-4000-8000-000000000001', '00000000-0004-4000-8000-000000000002'], ['fedcba98-7654-4210-8edc-ba9876543210']]) {
  const pssh = box('pssh', 1, system, u32(keys.length), ...keys.map(hex), u32(data.length), data);
  try {
    const [seen] = readIsoBoxes(pssh, { readers: { pssh: readPssh } });
    console.log(`pssh with ${keys.length} key IDs: ${seen.kid.length} bytes of key IDs, ${seen.data.length} bytes of data: ${Buffer.from(seen.data).toString('hex')}`);
  } catch (error) {
    console.log(`pssh with ${keys.length} key ID: ${error.message}`);
  }
}
// Pattern 1:9, protected, no IV of each sample, a constant one of 16 bytes.
const tenc = box('tenc', 1, Buffer.from([0, 0x19, 1, 0]), hex('00112233-4455-6677-8899-aabbccddeeff'), Buffer.from([16]), Buffer.alloc(16, 7));
const [seen] = readIsoBoxes(tenc, { readers: { tenc: readTenc } });
let length = 0;
for await (const part of writeIsoBoxes([seen], { writers: { tenc: writeTenc } })) length += part.byteLength;
console.log(`tenc: isProtected ${seen.defaultIsEncrypted}, ${tenc.length} bytes, written again ${length}`);
JS
seen=$(node see.mjs)
echo "$seen"
[[ $seen == 'pssh with 2 key IDs: 2 bytes of key IDs, 4 bytes of data: 40008000
pssh with 1 key ID: Offset is outside the bounds of the DataView
tenc: isProtected 6401, 49 bytes, written again 32' ]] || { echo "it is different now"; exit 1; }
