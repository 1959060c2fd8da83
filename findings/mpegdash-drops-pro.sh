#!/usr/bin/env bash
# mpegdash 0.4.1 (PyPI): of the two protection elements in a descriptor, the one that players prefer is not written again
# November 2026, Python 3.11
#
# One would guess: a parser and writer of MPDs either keeps what is inside ContentProtection, or keeps nothing of it.
#
# Seen: `cenc:pssh` is a field of its model and survives; `mspr:pro` (and every other child) is dropped without a word, its
# namespace declaration too. The manifest stays valid, and players that take `mspr:pro` from the manifest find no
# PlayReady Object in it any more.
set -euo pipefail
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT; cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mpegdash==0.4.1

cat > run.py <<'PY'
from mpegdash.parser import MPEGDASHParser

TEXT = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" xmlns:mspr="urn:microsoft:playready"
     profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" minBufferTime="PT2S" mediaPresentationDuration="PT8S">
<Period><AdaptationSet mimeType="video/mp4">
<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="00112233-4455-6677-8899-aabbccddeeff"/>
<ContentProtection schemeIdUri="urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95"><cenc:pssh>AAAA</cenc:pssh><mspr:pro>BBBB</mspr:pro></ContentProtection>
<Representation id="v" bandwidth="1000" codecs="avc1.640028"><SegmentTemplate media="$Number$.m4s" initialization="i.mp4" duration="4"/></Representation>
</AdaptationSet></Period></MPD>"""

text = MPEGDASHParser.get_as_doc(MPEGDASHParser.parse(TEXT)).toxml()
for what in ("cenc:default_KID", "cenc:pssh", "mspr:pro", "xmlns:mspr"):
    print(f"{what}: {'kept' if what in text else 'gone'}")
PY

venv/bin/python run.py | tee seen
diff - seen <<'SEEN'
cenc:default_KID: kept
cenc:pssh: kept
mspr:pro: gone
xmlns:mspr: gone
SEEN
