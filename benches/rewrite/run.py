#!/usr/bin/env python3
"""What an edit costs, against floors measured in the same run.

    benches/rewrite/run.py [--runs N] [--size BYTES] [--dir DIR] [PRKIT]

Files are made in DIR (default: the system's folder for temporary files): it needs three times SIZE, and a file system with
insert range for the second line (ext4, xfs). Nothing is asserted: the numbers are printed, with what they should be.
"""

import argparse
import base64
import os
import struct
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
KID = bytes.fromhex("33221100554477668899aabbccddeeff")


def box(kind, *content):
    content = b"".join(content)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind, *content, version=0):
    return box(kind, struct.pack(">I", version << 24), *content)


def header(url):
    kid = base64.b64encode(KID).decode()
    return (
        '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.0.0.0"><DATA>'
        "<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>"
        f"<KID>{kid}</KID><LA_URL>{url}</LA_URL></DATA></WRMHEADER>"
    ).encode("utf-16-le")


def pssh(url):
    text = header(url)
    pro = struct.pack("<IHHH", len(text) + 10, 1, 1, len(text)) + text
    system = bytes.fromhex("9a04f07998404286ab92e65be0885f95")
    return full(b"pssh", system, struct.pack(">I", len(pro)), pro)


def moov(chunks, first, size):
    """A track of `chunks` chunks of one sample each, of `size` bytes."""
    tenc = full(b"tenc", struct.pack(">BBBB", 0, 0, 1, 8), KID)
    sinf = box(b"sinf", box(b"frma", b"mp4a"), full(b"schm", b"cenc", b"\0\1\0\0"), box(b"schi", tenc))
    entry = box(b"enca", bytes(6), b"\0\1", bytes(8), struct.pack(">HHII", 2, 16, 0, 48000 << 16), sinf)
    offsets = struct.pack(f">{chunks}Q", *range(first, first + chunks * size, size))
    stbl = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), entry),
        full(b"stts", struct.pack(">III", 1, chunks, 1024)),
        full(b"stsc", struct.pack(">IIII", 1, 1, 1, 1)),
        full(b"stsz", struct.pack(">II", size, chunks)),
        full(b"co64", struct.pack(">I", chunks), offsets),
    )
    dinf = box(b"dinf", full(b"dref", struct.pack(">I", 1), box(b"url ", b"\0\0\0\1")))
    minf = box(b"minf", full(b"smhd", bytes(4)), dinf, stbl)
    mdhd = full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 48000, 0, 0x55C4, 0))
    mdia = box(b"mdia", mdhd, full(b"hdlr", bytes(4), b"soun", bytes(13)), minf)
    tkhd = full(b"tkhd", struct.pack(">IIIII", 0, 0, 1, 0, 0), bytes(60))
    mvhd = full(b"mvhd", struct.pack(">IIII", 0, 0, 1000, 0), bytes(80))
    return box(b"moov", mvhd, box(b"trak", tkhd, mdia), pssh("https://license.example.test/a/rights.asmx"))


def make(path, chunks, size):
    """A progressive file: ftyp, moov, mdat with real bytes."""
    ftyp = box(b"ftyp", b"isom\0\0\0\0isom")
    first = len(ftyp) + len(moov(chunks, 0, size)) + 16
    pattern = os.urandom(MIB)
    with open(path, "wb") as file:
        file.write(ftyp + moov(chunks, first, size))
        file.write(struct.pack(">I4sQ", 1, b"mdat", 16 + chunks * size))
        left = chunks * size
        while left:
            left -= file.write(pattern[: min(left, MIB)])
        os.fsync(file.fileno())


def timed(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def own_memory(command):
    """The most memory of its own a process had, in KiB: anonymous pages, not pages of files."""
    most = 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                for line in status:
                    if line.startswith("RssAnon:"):
                        most = max(most, int(line.split()[1]))
        except OSError:
            pass
    assert process.returncode == 0, command
    return most


def paired(runs, *measures):
    """The medians of measures taken in turn, so that a noisy neighbour meets all of them."""
    taken = [[] for _ in measures]
    for run in range(runs):
        for list_, measure in zip(taken, measures):
            list_.append(measure(run))
    return [sorted(list_)[runs // 2] for list_ in taken]


def row(*cells):
    """A line of the table that `benches/table` collects."""
    print("|", " | ".join(cells), "|", flush=True)


def line(what, ours, floor, ratio, goal):
    ms = lambda seconds: f"{seconds * 1e3:,.1f} ms" if seconds < 0.1 else f"{seconds * 1e3:,.0f} ms"
    row(what, ms(ours), ms(floor), ratio, goal)


def memory(what, kib):
    row(what, f"{kib / 1024:.1f} MiB", "", "", "at most 16 MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--size", type=int, default=2 << 30)
    parser.add_argument("--dir", default=tempfile.gettempdir())
    parser.add_argument("prkit", nargs="?", default="target/dist/prkit")
    args = parser.parse_args()
    prkit = os.path.abspath(args.prkit)
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        large, small = os.path.join(folder, "large.mp4"), os.path.join(folder, "small.mp4")
        chunks = 2048
        make(large, chunks, args.size // chunks)
        make(small, chunks, 2 * MIB // chunks)
        url = lambda run, more="": f"https://license.example.test/{'ab'[run % 2]}{more}/rights.asmx"
        edit = lambda path, run, *more: [prkit, "reheader", "-i", "--la-url", url(run + 1), *more, path]
        def same(path):
            return lambda run: timed(edit(path, run))

        ours, floor = paired(2 * args.runs, same(large), same(small))
        long = f"a file of {args.size / (1 << 30):g} GiB"
        line(f"edit of the same size in {long}; floor: in 2 MiB", ours, floor, f"{ours / floor:.2f}", "at most 1.5")

        copy = os.path.join(folder, "copy.mp4")

        def cp(_):
            took = timed(["cp", "--reflink=never", large, copy])
            os.unlink(copy)
            return took

        def synced_cp(_):
            took = timed(["cp", "--reflink=never", large, copy]) + timed(["sync", copy])
            os.unlink(copy)
            return took

        def grow(run):
            # Longer by more than the filler of the time before, so that blocks are put in each time.
            path = "x" * (2200 * (run + 1))
            return timed([prkit, "reheader", "-i", "--la-url", url(run, path), large])

        ours, floor = paired(min(args.runs, 9), grow, cp)
        line(f"{long} grown in place; floor: `cp`", ours, floor, f"{floor / ours:.0f} times faster", "at least 20")

        def output(_):
            took = timed([prkit, "reheader", "--la-url", url(0, "y" * 99), "-o", copy, large])
            os.unlink(copy)
            return took

        ours, floor = paired(args.runs, output, synced_cp)
        line(f"{long} with `-o`; floor: `cp` and `sync`", ours, floor, f"{ours / floor:.2f}", "at most 1.1")

        for what, path in [("2 MiB", small), (long, large)]:
            memory(f"memory of its own, {what}", own_memory(edit(path, 0, "--fit", "any")))
        os.unlink(large)
        many = os.path.join(folder, "many.mp4")
        make(many, 10_000_000, 16)
        memory("the same, ten million chunks", own_memory(edit(many, 0)))
        moving = [prkit, "reheader", "-i", "--la-url", url(0, "z" * 5000), many]
        memory("the same, ten million chunks that all move", own_memory(moving))


if __name__ == "__main__":
    sys.exit(main())
