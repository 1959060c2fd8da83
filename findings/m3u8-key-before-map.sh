#!/usr/bin/env bash
# m3u8 6.0.0 (PyPI): written out again, a playlist encrypts its clear init segment and keeps one DRM system of two
# November 2026, Python 3.11
#
# One would guess: `m3u8.loads(text).dumps()` may lose comments and layout, and says the same about keys. `playlist.keys`
# lists both key lines, after all.
#
# Seen: two things, in a playlist as packagers write it for several DRM systems.
#   * EXT-X-KEY applies to every Media Segment and Media Initialization Section that follows it (RFC 8216, 4.3.2.4). The
#     EXT-X-MAP stands in front of the key lines here, since an init segment is never encrypted; dumps() writes the key
#     line first, which declares the init segment encrypted.
#   * A segment keeps one key, the last of its key lines: PlayReady's is gone, and so is KEYID from the line that stays.
set -euo pipefail
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT; cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check m3u8==6.0.0

cat > run.py <<'PY'
import m3u8

TEXT = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="init.mp4"
#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="data:text/plain;base64,AAAA",KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1"
#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="data:text/plain;base64,BBBB",KEYID=0x00112233445566778899AABBCCDDEEFF,KEYFORMAT="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",KEYFORMATVERSIONS="1"
#EXTINF:4.000,
1.m4s
#EXT-X-ENDLIST
"""

playlist = m3u8.loads(TEXT)
print("keys read:", [key.keyformat for key in playlist.keys])
for line in playlist.dumps().splitlines():
    if line.startswith(("#EXT-X-KEY", "#EXT-X-MAP")):
        print(line)
PY

venv/bin/python run.py | tee seen
diff - seen <<'SEEN'
keys read: ['com.microsoft.playready', 'urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed']
#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="data:text/plain;base64,BBBB",KEYFORMAT="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",KEYFORMATVERSIONS="1"
#EXT-X-MAP:URI="init.mp4"
SEEN
