// The pssh boxes that other box parsers find: one JSON line a file.
//
// usage: node boxes.mjs mp4box|isoboxer FOLDER_OF_PACKAGES FILE…
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [parser, packages, ...files] = process.argv.slice(2);

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

async function withMp4box() {
  const path = join(packages, 'node_modules/mp4box/dist/mp4box.all.mjs');
  const mp4box = await import(pathToFileURL(path).href);
  mp4box.Log?.setLogLevel?.(mp4box.Log.error);
  return (bytes) => {
    const file = mp4box.createFile();
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    buffer.fileStart = 0;
    file.appendBuffer(buffer);
    file.flush();
    const found = [];
    const walk = (boxes) => {
      for (const box of boxes ?? []) {
        if (box.type === 'pssh') {
          found.push({
            offset: box.start, size: box.size, version: box.version,
            system: String(box.system_id).replaceAll('-', ''),
            kids: (box.kid ?? []).map((kid) => String(kid).replaceAll('-', '')), data: hex(box.protection_data ?? []),
          });
        }
        walk(box.boxes);
      }
    };
    walk(file.boxes);
    return found;
  };
}

function withIsoboxer() {
  const require = createRequire(join(packages, 'package.json'));
  const isoboxer = require('codem-isoboxer');
  return (bytes) => {
    const parsed = isoboxer.parseBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return parsed.fetchAll('pssh').map((box) => ({
      offset: box._offset, size: box.size, version: box.version, system: hex(box.SystemID ?? []),
      kids: (box.KIDs ?? box.KID ?? []).map?.((kid) => hex(kid.KID ?? kid)) ?? [],
      data: hex(ArrayBuffer.isView(box.Data) ? new Uint8Array(box.Data.buffer, box.Data.byteOffset, box.Data.byteLength) : box.Data ?? []),
    }));
  };
}

const read = parser === 'mp4box' ? await withMp4box() : withIsoboxer();
for (const file of files) {
  let line;
  try {
    line = { file, pssh: read(readFileSync(file)) };
  } catch (error) {
    line = { file, error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(line) + '\n');
}
