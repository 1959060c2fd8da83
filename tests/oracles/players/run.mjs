// node run.mjs TOOLS PRKIT SAMPLES FOLDER EXPECTED.tsv     prints the table; TSV and Markdown go into FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browse } from './browser.mjs';
import { players } from './page.mjs';
import { parsers } from './parsers.mjs';
import { make } from './probes.mjs';
import { markdown, row, tsv } from './table.mjs';

const [tools, prkit, samples, folder, expected, only = ''] = process.argv.slice(2);
const all = make(prkit, samples, join(folder, 'probes'));
const probes = all.filter((probe) => `${probe.format}-${probe.name}`.includes(only));
const version = Object.fromEntries(Object.entries({ ...players, ...parsers }).map(([name, player]) =>
  [name, JSON.parse(readFileSync(join(tools, 'node_modules', player.package, 'package.json'))).version]));
const known = new Set(readFileSync(expected, 'utf8').split('\n').map((line) => line.split('\t').toSpliced(1, 1).join('\t')));
const isKnown = (result) => known.has(Object.values(row(result, '')).toSpliced(1, 1).join('\t'));
const results = await browse(tools, join(folder, 'probes'), probes, isKnown);
const order = [...Object.keys(players), ...Object.keys(parsers)];
const number = (row) => order.indexOf(row.player) * 10000 + all.findIndex((probe) => probe.format === row.format && probe.name === row.probe);
const rows = results.map((result) => row(result, version[result.player])).sort((a, b) => number(a) - number(b));
const month = new Date().toLocaleString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
writeFileSync(join(folder, 'players.tsv'), tsv(rows));
writeFileSync(join(folder, 'players.md'), markdown(rows, probes, month));
// What a parser still waits for is not waited for.
process.stdout.write(readFileSync(join(folder, 'players.md')), () => process.exit(0));
