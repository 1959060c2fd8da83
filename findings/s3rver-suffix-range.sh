#!/usr/bin/env bash
# s3rver 3.7.1 (npm): the last 100 bytes of an object are its first 101
# November 2026, Node 20
#
# One would guess: `Range: bytes=-100` gives the last 100 bytes (RFC 9110, 14.1.2), as it does in S3. Readers of MP4 files ask that
# way for `moov` or `mfra` at the end of a film whose length they do not know.
#
# Seen: 206, with bytes 0 to 100 and a Content-Range that names them. A reader that trusts its own request takes the front of the
# film for its end.
set -euo pipefail
tmp=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$tmp"' EXIT; cd "$tmp"
npm install --silent --no-audit --no-fund s3rver@3.7.1 >/dev/null
mkdir data
node_modules/.bin/s3rver -d data -a 127.0.0.1 -p 15872 --configure-bucket films >server.log 2>&1 & server=$!

cat > run.mjs <<'JS'
import { createHmac, createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const host = '127.0.0.1:15872';
const hash = (text) => createHash('sha256').update(text).digest('hex');
const keyed = (key, text) => createHmac('sha256', key).update(text).digest();

// Signature version 4, of the few headers that are sent here.
async function request(method, path, extra = {}, body = '') {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = date.slice(0, 8);
  const headers = { host, 'x-amz-content-sha256': hash(body), 'x-amz-date': date };
  const names = Object.keys(headers).sort().join(';');
  const lines = Object.keys(headers).sort().map((name) => `${name}:${headers[name]}\n`).join('');
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const asked = hash([method, path, '', lines, names, headers['x-amz-content-sha256']].join('\n'));
  const key = ['us-east-1', 's3', 'aws4_request'].reduce(keyed, keyed('AWS4S3RVER', day));
  const signature = keyed(key, ['AWS4-HMAC-SHA256', date, scope, asked].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=S3RVER/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return fetch(`http://${host}${path}`, { method, headers: { ...headers, ...extra, authorization }, body: body || undefined });
}

for (let tries = 0; ; tries += 1) {
  try {
    await fetch(`http://${host}/`);
    break;
  } catch (error) {
    if (tries > 100) throw error;
    await sleep(200);
  }
}
const put = await request('PUT', '/films/film', {}, 'a'.repeat(500) + 'b'.repeat(500));
console.log('put', put.status);
const got = await request('GET', '/films/film', { range: 'bytes=-100' });
const text = await got.text();
console.log('got', got.status, text.length, 'bytes of', text[0], got.headers.get('content-range'));
JS

node run.mjs | tee seen
diff - seen <<'SEEN'
put 200
got 206 101 bytes of a bytes 0-100/1000
SEEN
