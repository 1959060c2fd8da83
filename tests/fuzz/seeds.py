#!/usr/bin/env python3
"""Seeds for the fuzz targets: samples, generated files, and with --corpus the corpus beside the checkout, if any.

usage: seeds.py [--corpus] FOLDER [MOVIES]     writes FOLDER/TARGET/NAME; MOVIES holds generated files
       seeds.py --mutants N FOLDER OUTPUT      writes N inputs made of those in FOLDER, always the same ones
"""

import base64
import hashlib
import json
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
SHARED = ROOT.parent / "shared"

# Longer ones make every run slow and show nothing that short ones do not.
MAX = 64 * 1024
# As in src/lib.rs.
CHOICES = 32
WITH_CHOICES = {"pssh", "object", "header_edit", "plan_apply", "manifest"}

MEDIA = {".mp4", ".m4s", ".mp4a", ".m4a", ".cmfv", ".ismv", ".isma", ".ismt", ".avif", ".heic", ".heif", ".mov", ".f4v"}
MANIFESTS = {".mpd": 0, ".m3u8": 1, ".ism": 2, ".ismc": 2, ".cpix": 3, ".xml": 3}


def write(folder, target, name, data, first=None):
    if len(data) > MAX:
        return
    if target in WITH_CHOICES:
        choices = bytearray(hashlib.sha256(f"{target} {name}".encode()).digest()[:CHOICES])
        if first is not None:
            choices[0] = first
        data += bytes(choices)
    place = folder / target
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(data)


def media(folder, name, data):
    for target in ("walker", "pssh", "plan_apply"):
        write(folder, target, name, data)


def payload(folder, name, data):
    for target in ("object", "header_edit"):
        write(folder, target, name, data)


def message(folder, name, data):
    write(folder, "soap", name, data)


def one(folder, path, name):
    data = path.read_bytes()
    kind = path.suffix.lower()
    if kind in MEDIA or name.startswith("odd_"):
        media(folder, name, data)
        if data.find(b"XMR\0") >= 0:
            write(folder, "license", name, data[data.find(b"XMR\0"):])
    elif kind in (".pssh", ".bin"):
        write(folder, "pssh", name, data)
        write(folder, "object", name, data)
    elif kind == ".pro":
        payload(folder, name, data)
    elif kind == ".xmr":
        write(folder, "license", name, data)
    elif kind == ".json":
        write(folder, "policy", name, data)
    if kind in MANIFESTS:
        write(folder, "manifest", name, data, MANIFESTS[kind])
    if kind in (".xml", ".txt", ".b64") or "soap" in name or "clock" in name:
        message(folder, name, data)
    if kind == ".b64":
        try:
            raw = base64.b64decode(data)
        except ValueError:
            return
        write(folder, "license" if raw.startswith(b"XMR") else "object", name, raw)
        if not raw.startswith(b"XMR"):
            write(folder, "header_edit", name, raw)


def mutant(chance, seeds):
    """A seed with some bytes changed, taken out, doubled, or come from another one."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 2, 4, 8, 16, 64, 256)))
        how = chance.randrange(7)
        if how == 0:
            data[at:end] = chance.randbytes(end - at)
        elif how == 1:
            data[at:end] = bytes((chance.choice((0, 1, 0x7F, 0x80, 0xFF)),)) * (end - at)
        elif how == 2:
            del data[at:end]
        elif how == 3:
            data[at:at] = data[at:end]
        elif how == 4 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif how == 5:
            other = chance.choice(seeds)
            start = chance.randrange(len(other) + 1)
            data[at:end] = other[start:start + chance.choice((4, 16, 64, 1024))]
        else:
            # The choices behind the file.
            data[-CHOICES:] = chance.randbytes(CHOICES)
    return bytes(data)


def mutants(count, folder, output):
    seeds = [path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())]
    chance = random.Random(1)
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    for index in range(int(count)):
        (output / f"mutant-{index}").write_bytes(mutant(chance, seeds))


def main():
    if sys.argv[1] == "--mutants":
        mutants(*sys.argv[2:])
        return
    arguments = sys.argv[1:]
    with_corpus = arguments[0] == "--corpus"
    folder, *movies = arguments[with_corpus:]
    folder = pathlib.Path(folder)
    places = [SAMPLES, SHARED / "corpus", SHARED / "spec/vectors"] if with_corpus else [SAMPLES]
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else []:
            if path.is_file() and path.name not in ("pros.json", "FACTS.json"):
                one(folder, path, str(path.relative_to(place)).replace("/", "_"))
    pros = SHARED / "corpus/pros.json"
    if with_corpus and pros.is_file():
        lists = json.loads(pros.read_text())
        for name in ("pros", "bare_wrmheaders", "odd"):
            for index, entry in enumerate(lists[name]):
                payload(folder, f"{name}-{index}", base64.b64decode(entry["b64"]))
    for place in movies:
        for path in sorted(pathlib.Path(place).iterdir()):
            media(folder, path.name, path.read_bytes())
    queries = [
        "http://test.playready.microsoft.com/service/rightsmanager.asmx?cfg=(kid:AAAAEAAQABAQABAAAAAAAQ==,persist:true,"
        "sl:2000,begindate:20180105,enddate:20180205,firstexp:172800,contentkey:AAAAEAAQABAQABAAAAAAAQ==)",
        "(persist:false,sl:150),(kid:header,uncompdvidopl:300)",
        "?PlayRight=1&UseSimpleNonPersistentLicense=1&FirstPlayExpiration=60",
        '{"policies":[{"name":"Rental","end":"2018-02-05T20:00:00Z","begin":"2018-01-05"}]}',
        '{"policies":[{"name":"A","end":"2016-08-30","acquired":"2016-08-01"}],'
        '"events":[{"at":"2016-09-01","copy":"c"},{"at":"2016-09-01","clock":"2016-08-01"},'
        '{"at":"2016-09-01","restore":"c"},{"at":"2016-09-01","play":"*"}]}',
    ]
    for index, text in enumerate(queries):
        write(folder, "policy", f"query-{index}", text.encode())


main()
