"""Inputs that have more and more of one thing: each function makes them in a folder, and gives what is named.

Every structure is what real files have, only more of it; headers differ where they may, so that nothing is saved by being
the same.
"""

import base64
import importlib.util
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, path))
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


fleet = module("fleet_make", "../fleet/make.py")
rewrite = module("rewrite_run", "../rewrite/run.py")
box, full, SYSTEM = fleet.box, fleet.full, fleet.SYSTEM
FTYP = box(b"ftyp", b"iso6\0\0\0\0iso6dash")
SYSTEM_TEXT = "9a04f079-9840-4286-ab92-e65be0885f95"


def kid(number):
    return struct.pack(">QQ", 1, number + 1)


def guid(id_):
    """A key id as headers have it."""
    return id_[3::-1] + id_[5:3:-1] + id_[7:5:-1] + id_[8:]


def text_of(id_):
    digits = id_.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def object_of(number):
    """A PlayReady Object for the key of this number."""
    xml = (
        '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.0.0.0"><DATA>'
        "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"
        f"<KID>{base64.b64encode(guid(kid(number))).decode()}</KID><LA_URL>{fleet.URL}</LA_URL></DATA></WRMHEADER>"
    ).encode("utf-16-le")
    record = struct.pack("<HH", 1, len(xml)) + xml
    return struct.pack("<IH", 6 + len(record), 1) + record


def pssh(number):
    data = object_of(number)
    return full(b"pssh", 0, 0, SYSTEM, struct.pack(">I", len(data)), data)


def write(folder, name, *content):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        for part in content:
            out.write(part if isinstance(part, bytes) else part.encode())
    return path


def fragment(number, headers=b"", size=64):
    def moof(offset):
        trun = full(b"trun", 0, 0x201, struct.pack(">IiI", 1, offset, size))
        traf = box(b"traf", full(b"tfhd", 0, 0x20000, struct.pack(">I", 1)), trun)
        return box(b"moof", full(b"mfhd", 0, 0, struct.pack(">I", number)), traf, headers)

    return moof(len(moof(0)) + 8) + box(b"mdat", bytes(size))


def sidx(sizes):
    references = [struct.pack(">III", size, 90000, 0x90000000) for size in sizes]
    return full(b"sidx", 0, 0, struct.pack(">IIIIHH", 1, 90000, 0, 0, 0, len(references)), *references)


def fragments(folder, count):
    """Fragments with a header each, all of them the same, and an index."""
    all_ = [fragment(number, pssh(0)) for number in range(count)]
    return [write(folder, "fragments.mp4", FTYP, sidx([len(one) for one in all_]), *all_)]


def headers(folder, count):
    """Fragments with a header each, all of them different."""
    return [write(folder, "headers.mp4", FTYP, *(fragment(number, pssh(number)) for number in range(count)))]


def boxes(folder, count):
    """Headers in one fragment."""
    return [write(folder, "boxes.mp4", FTYP, fragment(1, b"".join(pssh(number) for number in range(count))))]


def segments(folder, count):
    fleet.segments(os.path.join(folder, "segments"), count)
    return [os.path.join(folder, "segments")]


def track(number):
    tenc = full(b"tenc", 0, 0, struct.pack(">BBBB", 0, 0, 1, 8), kid(number))
    sinf = box(b"sinf", box(b"frma", b"mp4a"), full(b"schm", 0, 0, b"cenc", b"\0\1\0\0"), box(b"schi", tenc))
    entry = box(b"enca", bytes(6), b"\0\1", bytes(8), struct.pack(">HHII", 2, 16, 0, 48000 << 16), sinf)
    tables = [full(code, 0, 0, bytes(length)) for code, length in ((b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4))]
    stbl = box(b"stbl", full(b"stsd", 0, 0, struct.pack(">I", 1), entry), *tables)
    hdlr = full(b"hdlr", 0, 0, bytes(4), b"soun", bytes(13))
    tkhd = full(b"tkhd", 0, 0, struct.pack(">IIIII", 0, 0, number + 1, 0, 0), bytes(60))
    return box(b"trak", tkhd, box(b"mdia", hdlr, box(b"minf", stbl)))


def tracks(folder, count):
    moov = box(b"moov", *(track(number) for number in range(count)), pssh(0))
    return [write(folder, "tracks.mp4", FTYP, moov, box(b"mdat", bytes(64)))]


def chunks(folder, count):
    path = os.path.join(folder, "chunks.mp4")
    rewrite.make(path, count, 16)
    return [path]


def indexes(folder, count):
    """Indexes behind each other, each of ten fragments."""
    parts = []
    for _ in range(count):
        all_ = [fragment(number) for number in range(10)]
        parts += [sidx([len(one) for one in all_]), *all_]
    return [write(folder, "indexes.mp4", FTYP, pssh(0), *parts)]


def mpd(sets):
    return (
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013"><Period>' + "".join(sets) + "</Period></MPD>"
    )


def set_of(number, media=""):
    data = base64.b64encode(pssh(number)).decode()
    return (
        '<AdaptationSet mimeType="audio/mp4"><ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" '
        f'cenc:default_KID="{text_of(kid(number))}"/><ContentProtection schemeIdUri="urn:uuid:{SYSTEM_TEXT}">'
        f"<cenc:pssh>{data}</cenc:pssh></ContentProtection><Representation id=\"{number}\">{media}</Representation></AdaptationSet>"
    )


def descriptors(folder, count):
    return [write(folder, "descriptors.mpd", mpd([set_of(number) for number in range(count)]))]


def ranges(folder, count):
    media, lines = bytearray(FTYP), []
    for number in range(count):
        part = fragment(number)
        lines.append(f"#EXTINF:2,\n#EXT-X-BYTERANGE:{len(part)}@{len(media)}\nranges.mp4\n")
        media += part
    write(folder, "ranges.mp4", bytes(media))
    return [write(folder, "ranges.m3u8", "#EXTM3U\n", *lines)]


def key_line(number, keyformat):
    data = base64.b64encode(object_of(number)).decode()
    return (
        f'#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT="{keyformat}",'
        f'URI="data:text/plain;charset=UTF-16;base64,{data}"\n'
    )


def key_lines(folder, count):
    lines = [key_line(number, "com.microsoft.playready") + f"#EXTINF:2,\n{number}.m4s\n" for number in range(count)]
    return [write(folder, "keys.m3u8", "#EXTM3U\n", *lines)]


def formats(folder, count):
    lines = [key_line(0, f"com.microsoft.playready.{number}") for number in range(count)]
    return [write(folder, "formats.m3u8", "#EXTM3U\n", *lines, "#EXTINF:2,\n1.m4s\n")]


def rows(folder, count):
    """A table with a row for each of some files, by patterns that do not begin with what tells them apart."""
    files = segments(folder, count)
    lines = [f"**/{n // 250:05}/{n % 250:03}*.m4s,https://license.r{n:06}.example.com\n" for n in range(count)]
    return ["--edits", write(folder, "rows.csv", "path,la-url\n", *lines), *files]


def titles(folder, count):
    """Folders with a manifest and the file that it names."""
    for number in range(count):
        title = os.path.join(folder, "titles", f"{number:05}")
        os.makedirs(title)
        write(title, "init.mp4", FTYP, box(b"moov", track(number), pssh(number)))
        write(title, "title.mpd", mpd([set_of(number, "<BaseURL>init.mp4</BaseURL>")]))
    return [os.path.join(folder, "titles")]
