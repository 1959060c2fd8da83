// The inputs: every form that prkit writes, and awkward ones that are found in the field. Each is one question.
//
// All objects are for one key ID, 00112233-…. Every object has a license URL with a host of its own, and so has every
// other place where a player may look for one: the host of the request tells where the player found it.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const KID = '00112233-4455-6677-8899-aabbccddeeff';
const KID2 = '10112233-4455-6677-8899-aabbccddeeff';
const PLAYREADY = '9a04f079-9840-4286-ab92-e65be0885f95';
const VERSIONS = ['4.0', '4.1', '4.2', '4.3'];

const url = (host) => `http://${host}.example/rightsmanager`;
const base64 = (bytes) => Buffer.from(bytes).toString('base64');

// A PlayReady Object of records [type, bytes].
export function object(...records) {
  const parts = records.map(([type, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(type, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  });
  const head = Buffer.alloc(6);
  head.writeUInt32LE(6 + parts.reduce((sum, part) => sum + part.length, 0), 0);
  head.writeUInt16LE(records.length, 4);
  return Buffer.concat([head, ...parts]);
}

const utf16 = (text) => Buffer.from(text, 'utf16le');
const header = (data, version = '4.0') =>
  `<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="${version}.0.0"><DATA>${data}</DATA></WRMHEADER>`;
const guid = (kid) => {
  const bytes = Buffer.from(kid.replaceAll('-', ''), 'hex');
  return Buffer.concat([bytes.subarray(0, 4).reverse(), bytes.subarray(4, 6).reverse(), bytes.subarray(6, 8).reverse(), bytes.subarray(8)]).toString('base64');
};
const protect = `<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>${guid(KID)}</KID>`;

function box(data, system = PLAYREADY) {
  const head = Buffer.alloc(32);
  head.writeUInt32BE(32 + data.length, 0);
  head.write('pssh', 4, 'latin1');
  Buffer.from(system.replaceAll('-', ''), 'hex').copy(head, 12);
  head.writeUInt32BE(data.length, 28);
  return Buffer.concat([head, data]);
}

// ---- DASH

const mpd = (descriptors, { level = '', kid = KID, media = false } = {}) => `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" xmlns:mspr="urn:microsoft:playready" xmlns:dashif="https://dashif.org/CPS" xmlns:ms="urn:microsoft" type="static" mediaPresentationDuration="PT2S" minBufferTime="PT2S" profiles="urn:mpeg:dash:profile:isoff-live:2011">${level}
<Period id="p"><AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1"><ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc"${kid ? ` cenc:default_KID="${kid}"` : ''}/>
${descriptors}
<SegmentTemplate timescale="1" duration="2" startNumber="1" media="v$Number$.m4s" initialization="${media ? 'init-other.mp4' : 'init.mp4'}"/><Representation id="1" bandwidth="440000" width="320" height="180" codecs="avc1.64000d"/></AdaptationSet></Period></MPD>
`;
const descriptor = (inside, scheme = `urn:uuid:${PLAYREADY}`) => `<ContentProtection schemeIdUri="${scheme}" value="MSPR 2.0">${inside}</ContentProtection>`;

function dash(form) {
  const pro = (bytes) => `<mspr:pro>${base64(bytes)}</mspr:pro>`;
  const pssh = (bytes) => `<cenc:pssh>${base64(bytes)}</cenc:pssh>`;
  const made = form.object;
  const first = made('4.0', 'first'), second = made('4.0', 'second');
  const one = (name, asks, inside, options) => ({ name, asks, text: mpd(descriptor(inside, options?.scheme), options) });
  const wrm = (data, version) => object([1, utf16(header(data, version))]);
  const la = (host) => `<LA_URL>${url(host)}</LA_URL>`;
  const list = [];
  for (const version of VERSIONS) {
    list.push({ name: `pro-${version}`, asks: `mspr:pro, header ${version}`, text: mpd(descriptor(form.element('mspr-pro', version, 'header'))) });
    list.push({ name: `pssh-${version}`, asks: `cenc:pssh of version ${version === '4.0' ? 0 : 1}, header ${version}`, text: mpd(descriptor(form.element('cenc-pssh', version, 'header'))) });
  }
  list.push(
    one('pro-and-pssh', 'mspr:pro (first), then cenc:pssh (second) of another object', pro(first) + pssh(box(second))),
    one('pssh-and-pro', 'cenc:pssh (first), then mspr:pro (second) of another object', pssh(box(first)) + pro(second)),
    one('two-pssh', 'two cenc:pssh in one descriptor', pssh(box(first)) + pssh(box(second))),
    one('two-boxes', 'two boxes in one cenc:pssh', pssh(Buffer.concat([box(first), box(second)]))),
    one('two-pro', 'two mspr:pro in one descriptor', pro(first) + pro(second)),
    { name: 'two-descriptors', asks: 'two PlayReady descriptors', text: mpd(descriptor(pro(first)) + descriptor(pro(second))) },
    one('init-differs', 'mspr:pro (first), another object in moov (init)', pro(first), { media: true }),
    { name: 'init-alone', asks: 'no object in the MPD, one in moov (init)', text: mpd(`<ContentProtection schemeIdUri="urn:uuid:${PLAYREADY}"/>`, { media: true }) },
    one('two-kids', 'two key IDs in default_KID', pro(made('4.2', 'header', KID2)), { kid: `${KID} ${KID2}` }),
    one('no-kid', 'no default_KID', pro(first), { kid: '' }),
    one('pro-default-namespace', 'pro in a default namespace, without a prefix', `<pro xmlns="urn:microsoft:playready">${base64(made('4.0', 'header'))}</pro>`),
    one('pssh-default-namespace', 'pssh in a default namespace, without a prefix', `<pssh xmlns="urn:mpeg:cenc:2013">${base64(box(made('4.0', 'header')))}</pssh>`),
    one('other-prefix', 'pro with another prefix than mspr', `<x:pro xmlns:x="urn:microsoft:playready">${base64(made('4.0', 'header'))}</x:pro>`),
    one('other-prefix-pssh', 'pssh with another prefix than cenc', `<x:pssh xmlns:x="urn:mpeg:cenc:2013">${base64(box(made('4.0', 'header')))}</x:pssh>`),
    one('custom-la-url', 'LA_URL in CUSTOMATTRIBUTES in front of the header\'s own', pro(wrm(`${protect}<CUSTOMATTRIBUTES xmlns="">${la('custom')}</CUSTOMATTRIBUTES>${la('header')}`))),
    one('custom-la-url-alone', 'LA_URL in CUSTOMATTRIBUTES only', pro(wrm(`${protect}<CUSTOMATTRIBUTES xmlns="">${la('custom')}</CUSTOMATTRIBUTES>`))),
    one('custom-la-url-behind', 'LA_URL in CUSTOMATTRIBUTES behind the header\'s own', pro(wrm(`${protect}${la('header')}<CUSTOMATTRIBUTES xmlns="">${la('custom')}</CUSTOMATTRIBUTES>`))),
    one('lui-url-alone', 'LUI_URL without LA_URL', pro(wrm(`${protect}<LUI_URL>${url('lui')}</LUI_URL>`))),
    one('lui-url-first', 'LA_URL and LUI_URL', pro(wrm(`${protect}${la('header')}<LUI_URL>${url('lui')}</LUI_URL>`))),
    one('no-url', 'neither LA_URL nor LUI_URL', pro(wrm(protect))),
    one('escaped-url', '&amp; in LA_URL', pro(wrm(`${protect}<LA_URL>${url('header')}?a=1&amp;b=2</LA_URL>`))),
    one('laurl-upper', 'dashif:Laurl beside the object', `<dashif:Laurl>${url('element')}</dashif:Laurl>` + pro(made('4.0', 'header'))),
    one('laurl-lower', 'dashif:laurl beside the object', `<dashif:laurl>${url('element')}</dashif:laurl>` + pro(made('4.0', 'header'))),
    one('laurl-dashif-org', 'laurl of https://dashif.org/', `<d:laurl xmlns:d="https://dashif.org/">${url('element')}</d:laurl>` + pro(made('4.0', 'header'))),
    one('laurl-ms', 'ms:laurl with licenseUrl', `<ms:laurl licenseUrl="${url('element')}"/>` + pro(made('4.0', 'header'))),
    one('laurl-mspr', 'mspr:laurl', `<mspr:laurl>${url('element')}</mspr:laurl>` + pro(made('4.0', 'header'))),
    one('laurl-clearkey', 'clearkey:Laurl', `<c:Laurl xmlns:c="http://dashif.org/guidelines/clearKey">${url('element')}</c:Laurl>` + pro(made('4.0', 'header'))),
    one('store', 'an object with an empty license store behind the header', pro(object([1, utf16(header(protect + la('header')))], [3, Buffer.alloc(64)]))),
    one('odd-store', 'a license store of an odd length', pro(object([1, utf16(header(protect + la('header')))], [3, Buffer.alloc(63)]))),
    one('store-first', 'a license store in front of the header', pro(object([3, Buffer.alloc(64)], [1, utf16(header(protect + la('header')))]))),
    one('bare-header', 'a header without an object around it', pro(utf16(header(protect + la('header'))))),
    one('wrong-length', 'an object whose length is two bytes too large', pro((() => { const bytes = Buffer.from(made('4.0', 'header')); bytes.writeUInt32LE(bytes.length + 2, 0); return bytes; })())),
    one('utf8-header', 'a header in UTF-8', pro(object([1, Buffer.from(header(protect + la('header')))]))),
    one('wrapped', 'base64 in lines', `<mspr:pro>\n${base64(made('4.0', 'header')).replace(/(.{64})/g, '$1\n')}\n</mspr:pro>`),
    one('spaced', 'white space around base64', `<mspr:pro>\n  ${base64(made('4.0', 'header'))}\n</mspr:pro>`),
    one('url-safe', 'base64 of the alphabet of URLs, without padding', `<mspr:pro>${made('4.0', 'header').toString('base64url')}</mspr:pro>`),
    one('upper-case-scheme', 'an upper-case schemeIdUri', pro(made('4.0', 'header')), { scheme: `urn:uuid:${PLAYREADY.toUpperCase()}` }),
    one('swapped-scheme', 'the schemeIdUri of HbbTV 1.5, with swapped bytes', pro(made('4.0', 'header')), { scheme: 'urn:uuid:79f0049a-4098-8642-ab92-e65be0885f95' }),
    {
      name: 'ref', asks: 'ContentProtection@ref to a descriptor of the MPD',
      text: mpd(`<ContentProtection schemeIdUri="urn:uuid:${PLAYREADY}" ref="r1"/>`, { level: descriptor(pro(made('4.0', 'header'))).replace('<ContentProtection ', '<ContentProtection refId="r1" ') }),
    },
  );
  return list.map((probe) => ({ ...probe, format: 'dash', file: 'manifest.mpd' }));
}

// ---- HLS

const playlist = (lines, head = '') => `#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:VOD
${head}${lines}
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2,
v1.m4s
#EXT-X-ENDLIST
`;
const key = (data, { format = 'com.microsoft.playready', method = 'SAMPLE-AES-CTR', uri = 'data:text/plain;charset=UTF-16;base64,', more = '' } = {}) =>
  `#EXT-X-KEY:METHOD=${method},KEYFORMAT="${format}",KEYFORMATVERSIONS="1",URI="${uri}${data}"${more}`;

function hls(form) {
  const made = form.object;
  const list = [];
  for (const version of VERSIONS) {
    list.push({ name: `key-${version}`, asks: `EXT-X-KEY, header ${version}`, text: playlist(form.element('ext-x-key', version, 'header')) });
  }
  const data = base64(made('4.0', 'header'));
  const [first, second] = [base64(made('4.0', 'first')), base64(made('4.0', 'second'))];
  list.push(
    { name: 'key-cbcs', asks: 'EXT-X-KEY with METHOD SAMPLE-AES', text: playlist(key(data, { method: 'SAMPLE-AES' })) },
    { name: 'session-key', asks: 'EXT-X-SESSION-KEY (first), EXT-X-KEY (second)', text: playlist(key(second)), master: `#EXTM3U\n#EXT-X-VERSION:8\n${key(first).replace('EXT-X-KEY', 'EXT-X-SESSION-KEY')}\n#EXT-X-STREAM-INF:BANDWIDTH=440000,CODECS="avc1.64000d",RESOLUTION=320x180\nmedia.m3u8\n` },
    { name: 'playreadyheader', asks: 'EXT-X-PLAYREADYHEADER alone', text: playlist(`#EXT-X-PLAYREADYHEADER:${data}`) },
    { name: 'two-keys', asks: 'two EXT-X-KEY of PlayReady', text: playlist(`${key(first)}\n${key(second)}`) },
    { name: 'key-of-uuid', asks: 'KEYFORMAT urn:uuid:9a04f079-…', text: playlist(key(data, { format: `urn:uuid:${PLAYREADY}` })) },
    { name: 'key-of-recommendation', asks: 'KEYFORMAT com.microsoft.playready.recommendation', text: playlist(key(data, { format: 'com.microsoft.playready.recommendation' })) },
    { name: 'pssh-in-uri', asks: 'a pssh box in URI', text: playlist(key(base64(box(made('4.0', 'header'))))) },
    { name: 'bare-base64', asks: 'base64 without data: in URI', text: playlist(key(data, { uri: '' })) },
    { name: 'no-charset', asks: 'data:text/plain;base64 without a charset', text: playlist(key(data, { uri: 'data:text/plain;base64,' })) },
    { name: 'percent', asks: 'base64 with %2B, %2F and %3D', text: playlist(key(encodeURIComponent(data))) },
    { name: 'define', asks: 'a variable in URI', text: playlist(key('{$pr}'), `#EXT-X-DEFINE:NAME="pr",VALUE="${data}"\n`) },
    { name: 'keyid', asks: 'KEYID that is not the header\'s', text: playlist(key(data, { more: `,KEYID=0x${KID2.replaceAll('-', '')}` })) },
    { name: 'no-url', asks: 'neither LA_URL nor LUI_URL', text: playlist(key(base64(object([1, utf16(header(protect))])))) },
    { name: 'custom-la-url', asks: 'LA_URL in CUSTOMATTRIBUTES in front of the header\'s own', text: playlist(key(base64(object([1, utf16(header(`${protect}<CUSTOMATTRIBUTES xmlns=""><LA_URL>${url('custom')}</LA_URL></CUSTOMATTRIBUTES><LA_URL>${url('header')}</LA_URL>`))])))) },
    { name: 'kid-in-lines', asks: 'white space around the key ID of the header', text: playlist(key(base64(object([1, utf16(header(`${protect.replace('<KID>', '<KID> ').replace('</KID>', ' </KID>')}<LA_URL>${url('header')}</LA_URL>`))])))) },
  );
  const wrm = (inside) => base64(object([1, utf16(header(inside))]));
  const la = `<LA_URL>${url('header')}</LA_URL>`;
  const bytes = utf16(header(protect + la));
  const awkward = (name, asks, line, head) => list.push({ name, asks, text: playlist(line, head) });
  awkward('escaped-url', '&amp; in LA_URL', key(wrm(`${protect}<LA_URL>${url('header')}?a=1&amp;b=2</LA_URL>`)));
  awkward('lui-url-alone', 'LUI_URL without LA_URL', key(wrm(`${protect}<LUI_URL>${url('lui')}</LUI_URL>`)));
  awkward('store', 'an object with an empty license store behind the header', key(base64(object([1, bytes], [3, Buffer.alloc(64)]))));
  awkward('store-first', 'a license store in front of the header', key(base64(object([3, Buffer.alloc(64)], [1, bytes]))));
  awkward('bare-header', 'a header without an object around it', key(base64(bytes)));
  awkward('utf8-header', 'a header in UTF-8', key(base64(object([1, Buffer.from(header(protect + la))]))));
  awkward('url-safe', 'base64 of the alphabet of URLs, without padding', key(made('4.0', 'header').toString('base64url')));
  awkward('two-kids', 'two key IDs in the header', key(base64(made('4.2', 'header', KID2))));
  awkward('no-versions', 'no KEYFORMATVERSIONS', key(data).replace(',KEYFORMATVERSIONS="1"', ''));
  awkward('upper-case-format', 'an upper-case KEYFORMAT', key(data, { format: 'COM.MICROSOFT.PLAYREADY' }));
  awkward('upper-case-data', 'DATA:TEXT/PLAIN;BASE64 in URI', key(data, { uri: 'DATA:TEXT/PLAIN;BASE64,' }));
  awkward('method-cenc', 'METHOD SAMPLE-AES-CENC', key(data, { method: 'SAMPLE-AES-CENC' }));
  awkward('key-and-header', 'EXT-X-KEY (first), EXT-X-PLAYREADYHEADER (second)', `${key(first)}\n#EXT-X-PLAYREADYHEADER:${second}`);
  return list.map((probe) => ({ ...probe, format: 'hls', file: probe.master ? 'master.m3u8' : 'media.m3u8' }));
}

// ---- Smooth

const smooth = (inside) => `<?xml version="1.0" encoding="utf-8"?>
<SmoothStreamingMedia MajorVersion="2" MinorVersion="2" TimeScale="10000000" Duration="40000000"><Protection>${inside}</Protection><StreamIndex Type="video" Chunks="2" QualityLevels="1" Url="QualityLevels({bitrate})/Fragments(video={start time})"><QualityLevel Index="0" Bitrate="440000" FourCC="H264" MaxWidth="320" MaxHeight="180" CodecPrivateData="000000016764000dacd941419f9f0110000003001000000303c8f1429960000000168ebe3cb22c0"/><c t="0" d="20000000"/><c d="20000000"/></StreamIndex></SmoothStreamingMedia>
`;

function smoothStreaming(form) {
  const made = form.object;
  const element = (bytes, system = PLAYREADY.toUpperCase()) => `<ProtectionHeader SystemID="${system}">${base64(bytes)}</ProtectionHeader>`;
  const list = VERSIONS.map((version) => ({ name: `header-${version}`, asks: `ProtectionHeader, header ${version}`, text: smooth(form.element('protection-header', version, 'header')) }));
  list.push(
    { name: 'braces', asks: 'SystemID in braces', text: smooth(element(made('4.0', 'header'), `{${PLAYREADY}}`)) },
    { name: 'two-headers', asks: 'two ProtectionHeader', text: smooth(element(made('4.0', 'first')) + element(made('4.0', 'second'))) },
    { name: 'store', asks: 'a license store behind the header', text: smooth(element(object([1, utf16(header(`${protect}<LA_URL>${url('header')}</LA_URL>`))], [3, Buffer.alloc(64)]))) },
    { name: 'lui-url-alone', asks: 'LUI_URL without LA_URL', text: smooth(element(object([1, utf16(header(`${protect}<LUI_URL>${url('lui')}</LUI_URL>`))]))) },
  );
  return list.map((probe) => ({ ...probe, format: 'smooth', file: 'manifest.ismc' }));
}

// ---- Boxes

function boxes() {
  const names = [['box-0', 'a pssh box of version 0 in moov'], ['box-1', 'a pssh box of version 1 in moov'], ['two-boxes', 'two PlayReady boxes in moov']];
  return names.map(([name, asks]) => ({ name, asks, format: 'mp4', file: `${name}.mp4` }));
}

// Writes all probes below a folder: one folder each.
export function make(prkit, samples, folder) {
  const run = (...args) => execFileSync(prkit, args, { maxBuffer: 1 << 24 });
  const made = new Map();
  const kids = (version, more) => (more ? ['--kid', KID, '--kid', more] : ['--kid', KID]);
  const form = {
    object(version, host, more) {
      const name = `${version} ${host} ${more ?? ''}`;
      if (!made.has(name)) {
        made.set(name, run('new', ...kids(version, more), '--header-version', version, '--la-url', url(host), '--raw'));
      }
      return made.get(name);
    },
    element: (as, version, host) => run('new', '--kid', KID, '--header-version', version, '--la-url', url(host), '--as', as, ...(as === 'cenc-pssh' && version !== '4.0' ? ['--pssh-version', '1'] : [])).toString().trim(),
  };
  const write = (name, bytes) => writeFileSync(join(folder, name), bytes);
  mkdirSync(folder, { recursive: true });
  const clear = join(folder, 'clear.mp4');
  copyFileSync(join(samples, 'dash-live/video-init.mp4'), clear);
  run('remove', '--system', 'all', '--force', '-i', clear);
  const inject = (name, bytes, ...more) => {
    write('pro', bytes);
    run('inject', '--pro', `@${join(folder, 'pro')}`, ...more, '--force', '-o', join(folder, name), clear);
  };
  inject('init-other.mp4', form.object('4.0', 'init'));
  inject('box-0.mp4', form.object('4.0', 'header'));
  inject('box-1.mp4', form.object('4.2', 'header'), '--pssh-version', '1');
  write('pssh', Buffer.concat([box(form.object('4.0', 'first')), box(form.object('4.0', 'second'))]));
  run('inject', '--pssh', `@${join(folder, 'pssh')}`, '--force', '-o', join(folder, 'two-boxes.mp4'), clear);
  const probes = [...dash(form), ...hls(form), ...smoothStreaming(form), ...boxes()];
  for (const probe of probes) {
    probe.folder = join(folder, `${probe.format}-${probe.name}`);
    mkdirSync(probe.folder, { recursive: true });
    copyFileSync(join(samples, 'dash-live/video-1.m4s'), join(probe.folder, 'v1.m4s'));
    if (probe.format === 'mp4') {
      copyFileSync(join(folder, probe.file), join(probe.folder, probe.file));
      continue;
    }
    writeFileSync(join(probe.folder, probe.format === 'hls' ? 'media.m3u8' : probe.file), probe.text);
    if (probe.master) writeFileSync(join(probe.folder, probe.file), probe.master);
    copyFileSync(clear, join(probe.folder, 'init.mp4'));
    copyFileSync(join(folder, 'init-other.mp4'), join(probe.folder, 'init-other.mp4'));
  }
  return probes;
}
