// What was seen, in the few words of the table.
//
//   takes   which object was handed over: the host of its license URL, or "object" for one without a URL
//   asks    where the license URL comes from, by its host; "application" where the player leaves that to the page
//   kid     the key ID that the player has: right, zeros, empty, other, or - for none
//   error   the player's own code for it

import { KID } from './probes.mjs';

const NAMES = { app: 'application' };
const host = (url) => {
  const found = /^http:\/\/(\w+)\.example/.exec(url)?.[1] ?? url;
  return NAMES[found] ?? found;
};
const unique = (list) => [...new Set(list)];

// The objects in bytes: boxes behind each other, or one alone.
function objects(data) {
  const bytes = Buffer.from(data, 'hex');
  if (bytes.toString('latin1', 4, 8) !== 'pssh') return bytes.length === 0 ? [] : [bytes];
  const found = [];
  for (let at = 0; at + 32 <= bytes.length; at += Math.max(bytes.readUInt32BE(at), 32)) {
    found.push(bytes.subarray(at, at + bytes.readUInt32BE(at)));
  }
  return found;
}

// The object by the host of its own license URL; that in CUSTOMATTRIBUTES is another one.
function label(object) {
  const text = object.toString('latin1').replaceAll('\0', '').replace(/<CUSTOMATTRIBUTES[^]*?<\/CUSTOMATTRIBUTES>/, '');
  return /<LA_URL>http:\/\/(\w+)\.example/.exec(text)?.[1] ?? 'object';
}

function kid(kids) {
  const right = KID.replaceAll('-', '');
  // Bytes that were printed as numbers.
  const read = kids.flatMap((kid) => String(kid).split(' ')).map((kid) => (/^\d+(,\d+){15}$/.test(kid) ? Buffer.from(kid.split(',').map(Number)).toString('hex') : kid.replaceAll('-', '').toLowerCase()));
  if (read.length === 0) return '-';
  if (read.includes(right)) return 'right';
  if (read.every((found) => /^0+$/.test(found))) return 'zeros';
  return read.every((found) => found === '') ? 'empty' : 'other';
}

export function row(result, version) {
  const takes = unique(result.data.flatMap(objects).map(label));
  const asks = result.app ? ['application'] : unique(result.asked.map(host));
  const error = unique(result.errors.map((text) => text.replace(/^Uncaught /, '').replace(/^(\w*Error): .*/s, '$1').slice(0, 60)))[0] ?? '-';
  return {
    player: result.player, version, format: result.format, probe: result.probe,
    takes: takes.join('+') || '-', asks: asks.join('+') || '-', kid: kid(result.kids), error,
  };
}

const COLUMNS = ['player', 'version', 'format', 'probe', 'takes', 'asks', 'kid', 'error'];

export function tsv(rows) {
  const lines = rows.map((row) => COLUMNS.map((column) => row[column]).join('\t'));
  return `# Written by tests/oracles/players/run; docs/players.md shows it.\n${COLUMNS.join('\t')}\n${lines.join('\n')}\n`;
}

const FORMATS = { dash: 'DASH', hls: 'HLS', smooth: 'Smooth Streaming', mp4: 'MP4' };
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '\\<');

export function markdown(rows, probes, month) {
  const versions = unique(rows.map((row) => `${row.player} ${row.version}`));
  const parts = [`# What players read

Measured in ${month}, not remembered: ${versions.join(', ')}.
\`tests/oracles/players/run\` gives each of them every form that prkit writes, and awkward ones from the field, and writes
this page and the table behind the PLY rules of \`prkit lint\`. The key system is a stand-in that takes note of what it is
given and asks for a license: what is seen is what the player does, and no license is ever given.

* **takes**: which object the player hands to the key system, or gives out. *first* and *second* are in the order of the
  document, *init* is in \`moov\` of the init segment, *header* and *object* the only one there; – none.
* **asks**: where the URL of its license request comes from. *header*, *first*, *second*, *init*: \`LA_URL\` of that object;
  *element*: \`Laurl\` and its like beside it; *lui*: \`LUI_URL\`; *custom*: an \`LA_URL\` in \`CUSTOMATTRIBUTES\`;
  *application*: the page around the player has to know it; – no request.
* **key ID**: what the player has for the key ID of the content, from \`default_KID\` or from the header.
`];
  for (const [format, title] of Object.entries(FORMATS)) {
    const here = rows.filter((row) => row.format === format);
    const players = unique(here.map((row) => row.player));
    if (players.length === 0) continue;
    parts.push(`## ${title}\n`);
    parts.push(`| input | ${players.join(' | ')} |\n|---|${players.map(() => '---').join('|')}|`);
    const lines = probes.filter((probe) => probe.format === format).map((probe) => {
      const cells = players.map((player) => {
        const row = here.find((row) => row.player === player && row.probe === probe.name);
        if (!row) return '';
        const parts = [`takes ${row.takes === '-' ? '–' : row.takes}`];
        if (row.asks !== '-') parts.push(`asks ${row.asks}`);
        if (row.kid !== '-') parts.push(`key ID ${row.kid}`);
        if (row.error !== '-') parts.push(`error ${row.error}`);
        return cell(parts.join('; '));
      });
      return `| ${cell(probe.asks)} | ${cells.join(' | ')} |`;
    });
    parts.push(lines.join('\n'), '');
  }
  return `${parts.join('\n').trimEnd()}\n`;
}
