#!/usr/bin/env bash
# mutagen 1.48.1 (PyPI): a title tag moves the samples of an encrypted file, and not their initialization vectors
# November 2026, Python 3.11
#
# One would guess: a tagger that grows `moov` moves every offset of the file along. mutagen does so for `stco`, `co64`
# and `tfhd`, so that an ordinary file plays as before.
#
# Seen: in a progressive file of Common Encryption (ISO/IEC 23001-7, 7.2), where `saio` in `stbl` holds the position of
# the initialization vectors, the samples are found at their new place, and `saio` is as it was. It now points into the
# padding that the tagger wrote: every vector reads as zeros, and the film decrypts to noise. No error, no warning.
set -euo pipefail
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT; cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mutagen==1.48.1

cat > film.py <<'PY'
"""A progressive audio file with four encrypted samples; their vectors stand at the front of `mdat`."""
import struct


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind, version, flags, *parts):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


SAMPLES, LENGTH = 4, 100
KEY_ID = bytes.fromhex("00112233445566778899aabbccddeeff")
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def moov(vectors):
    tenc = full(b"tenc", 0, 0, b"\0\0\1\x08", KEY_ID)
    sinf = box(b"sinf", box(b"frma", b"mp4a"), full(b"schm", 0, 0, b"cenc", struct.pack(">I", 0x10000)), box(b"schi", tenc))
    esds = full(b"esds", 0, 0, bytes.fromhex("0319000100041140150000000001f4000001f40005021190060102"))
    entry = box(b"enca", bytes(6), struct.pack(">H", 1), bytes(8), struct.pack(">HHHHI", 2, 16, 0, 0, 48000 << 16), esds, sinf)
    stbl = box(
        b"stbl",
        full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full(b"stts", 0, 0, struct.pack(">III", 1, SAMPLES, 1024)),
        full(b"stsc", 0, 0, struct.pack(">IIII", 1, 1, SAMPLES, 1)),
        full(b"stsz", 0, 0, struct.pack(">II", LENGTH, SAMPLES)),
        full(b"stco", 0, 0, struct.pack(">II", 1, vectors + 8 * SAMPLES)),
        full(b"saiz", 0, 0, struct.pack(">BI", 8, SAMPLES)),
        full(b"saio", 0, 0, struct.pack(">II", 1, vectors)),
    )
    dref = full(b"dref", 0, 0, struct.pack(">I", 1), full(b"url ", 0, 1))
    minf = box(b"minf", full(b"smhd", 0, 0, bytes(4)), box(b"dinf", dref), stbl)
    mdhd = full(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, 48000, SAMPLES * 1024, 0x55C4, 0))
    hdlr = full(b"hdlr", 0, 0, bytes(4), b"soun", bytes(12), b"sound\0")
    tkhd = full(b"tkhd", 0, 3, struct.pack(">IIIII", 0, 0, 1, 0, SAMPLES * 1024), bytes(8), struct.pack(">HHHH", 0, 0, 0x100, 0), MATRIX, bytes(8))
    mvhd = full(b"mvhd", 0, 0, struct.pack(">IIIIIH", 0, 0, 48000, SAMPLES * 1024, 0x10000, 0x100), bytes(10), MATRIX, bytes(24), struct.pack(">I", 2))
    return box(b"moov", mvhd, box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, minf)))


def film():
    ftyp = box(b"ftyp", b"M4A ", bytes(4), b"M4A isomiso2")
    vectors = len(ftyp) + len(moov(0)) + 8
    data = b"".join(bytes([0xA0 + n]) * 8 for n in range(SAMPLES)) + b"".join(bytes([1 + n]) * LENGTH for n in range(SAMPLES))
    return ftyp + moov(vectors) + box(b"mdat", data)


def pointed_at(data, kind, length):
    field = data.index(kind) + 12
    at = struct.unpack(">I", data[field:field + 4])[0]
    return data[at:at + length].hex()


def report(when, data):
    print(f"{when}: stco leads to {pointed_at(data, b'stco', 4)}, saio to {pointed_at(data, b'saio', 8)}")
PY

cat > run.py <<'PY'
import film
from mutagen.mp4 import MP4

with open("film.m4a", "wb") as file:
    file.write(film.film())
film.report("before", open("film.m4a", "rb").read())
tags = MP4("film.m4a")
tags["\xa9nam"] = "a title"
tags.save()
film.report("after", open("film.m4a", "rb").read())
PY

venv/bin/python run.py | tee seen
diff - seen <<'SEEN'
before: stco leads to 01010101, saio to a0a0a0a0a0a0a0a0
after: stco leads to 01010101, saio to 0000000000000000
SEEN
