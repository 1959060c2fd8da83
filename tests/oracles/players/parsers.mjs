// Parsers without a browser: what each gives to the player that is built on it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const plain = (kid) => String(kid ?? '').replaceAll('-', '').toLowerCase();

const PATIENCE = 8000;

export const parsers = {
  'mpd-parser': {
    package: 'mpd-parser',
    formats: ['dash'],
    read: async (require, probe, base) => {
      const { parse } = require('mpd-parser');
      const manifest = parse(readFileSync(join(probe.folder, probe.file), 'utf8'), { manifestUri: `${base}/m.mpd` });
      const found = manifest.playlists[0]?.contentProtection ?? {};
      const kids = plain(found.mp4protection?.attributes?.['cenc:default_KID']).split(' ').filter(Boolean);
      const pssh = found['com.microsoft.playready']?.pssh;
      return { data: pssh ? [hex(pssh)] : [], kids };
    },
  },
  'm3u8-parser': {
    package: 'm3u8-parser',
    formats: ['hls'],
    read: async (require, probe) => {
      const { Parser } = require('m3u8-parser');
      const parser = new Parser();
      parser.push(readFileSync(join(probe.folder, 'media.m3u8'), 'utf8'));
      parser.end();
      const uri = parser.manifest.contentProtection?.['com.microsoft.playready']?.uri;
      // It hands out the address as it is.
      return { data: uri === undefined ? [] : [hex(Buffer.from(uri.replace(/^data:[^,]*,/, ''), 'base64'))], kids: [] };
    },
  },
  'mp4box.js': {
    package: 'mp4box',
    formats: ['mp4'],
    read: async (require, probe) => {
      const mp4box = await import(pathToFileURL(require.resolve('mp4box').replace(/mp4box\.all\.[cm]?js$/, 'mp4box.all.mjs')).href);
      mp4box.Log?.setLogLevel?.(mp4box.Log.error);
      const file = mp4box.createFile();
      const bytes = readFileSync(join(probe.folder, probe.file));
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      buffer.fileStart = 0;
      file.appendBuffer(buffer);
      file.flush();
      const boxes = (file.moov?.boxes ?? []).filter((box) => box.type === 'pssh');
      return { data: boxes.map((box) => hex(box.protection_data ?? [])), kids: boxes.flatMap((box) => box.kid ?? []).map(plain) };
    },
  },
  mediabunny: {
    package: 'mediabunny',
    formats: ['mp4', 'hls'],
    read: async (require, probe, base) => {
      const { ALL_FORMATS, BufferSource, EncodedPacketSink, Input, UrlSource } = require('mediabunny');
      const seen = { data: [], kids: [] };
      const resolveKeyId = ({ keyId, psshBoxes }) => {
        seen.kids = [plain(keyId)];
        seen.data = psshBoxes.map((box) => hex(box.data));
        return '0123456789abcdef0123456789abcdef';
      };
      const whole = () => Buffer.concat([readFileSync(join(probe.folder, probe.file)), readFileSync(join(probe.folder, 'v1.m4s'))]);
      const source = probe.format === 'hls' ? new UrlSource(`${base}/${probe.format}-${probe.name}/${probe.file}`) : new BufferSource(whole());
      const input = new Input({ source, formats: ALL_FORMATS, formatOptions: { isobmff: { resolveKeyId } } });
      const track = await input.getPrimaryVideoTrack();
      if (track) await new EncodedPacketSink(track).getFirstPacket();
      return seen;
    },
  },
};

export async function parse(tools, base, probes) {
  const require = createRequire(join(tools, 'package.json'));
  const results = [];
  for (const [name, parser] of Object.entries(parsers)) {
    for (const probe of probes.filter((probe) => parser.formats.includes(probe.format))) {
      let seen;
      try {
        const late = new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), PATIENCE).unref());
        seen = { errors: [], ...(await Promise.race([parser.read(require, probe, base), late])) };
      } catch (error) {
        // A file that is not there is a fault of this run, and says nothing about a parser.
        if (error?.code === 'ENOENT') throw error;
        seen = { data: [], kids: [], errors: [String(error?.message ?? error).split('\n')[0]] };
      }
      results.push({ player: name, format: probe.format, probe: probe.name, asked: [], app: false, ...seen });
    }
  }
  return results;
}
