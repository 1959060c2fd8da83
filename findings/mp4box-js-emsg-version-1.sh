#!/usr/bin/env bash
# mp4box.js 2.4.1, November 2026.
#
# One would guess that a box that is read and written again means what it meant. An event message of version 1, whose time
# counts from the start of the presentation, is written as one of version 0, which counts from the start of its segment, with
# the time 0: each SCTE 35 or ID3 event of a live presentation moves to the start of the segment that carries it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . mp4box@2.4.1
cat > see.mjs <<'JS'
import { createFile, DataStream } from 'mp4box';
const tell = (bytes) => {
  const view = new DataView(bytes);
  const version = view.getUint8(8);
  const text = (at) => { let end = at; while (view.getUint8(end)) end++; return [Buffer.from(bytes, at, end - at).toString(), end + 1]; };
  if (version === 1) return `version 1, presentation_time ${view.getBigUint64(16)} of ${view.getUint32(12)} a second, id ${view.getUint32(28)}`;
  let at = text(12)[1];
  at = text(at)[1];
  return `version 0, presentation_time_delta ${view.getUint32(at + 4)} of ${view.getUint32(at)} a second, id ${view.getUint32(at + 12)}`;
};
const strings = Buffer.from('urn:scte:scte35:2013:bin\0' + '1\0');
const event = Buffer.concat([Buffer.alloc(32), strings, Buffer.from([0xfc])]);
event.writeUInt32BE(event.length);
event.write('emsg', 4);
event[8] = 1;
event.writeUInt32BE(90000, 12);
event.writeBigUInt64BE(450000000n, 16);
event.writeUInt32BE(900000, 24);
event.writeUInt32BE(7, 28);
const bytes = event.buffer.slice(event.byteOffset, event.byteOffset + event.length);
console.log(`read: ${tell(bytes)}`);
const file = createFile(true);
bytes.fileStart = 0;
file.appendBuffer(bytes, true);
const out = new DataStream();
file.boxes[0].write(out);
console.log(`written: ${tell(out.buffer)}`);
JS
seen=$(node see.mjs | grep -v '^\[')
echo "$seen"
[[ $seen == 'read: version 1, presentation_time 450000000 of 90000 a second, id 7
written: version 0, presentation_time_delta 0 of 90000 a second, id 7' ]] || { echo "it is different now"; exit 1; }
