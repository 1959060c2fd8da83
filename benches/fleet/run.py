#!/usr/bin/env python3
"""Measures prkit over many files against the least that any program has to do, in the same run.

    cargo build --profile dist && benches/fleet/run.py [--dir FOLDER] [--long GIB] [--many COUNT] [PRKIT]
    benches/fleet/run.py --table ROWS      only what a table of so many rows costs

Each pair is run in turn, A B A B …, so that a ratio holds when the machine's speed drifts. Rows for `benches/table` are printed,
with the median of the ratios; how far they spread goes to standard error. Needs a C compiler, and some gigabytes in FOLDER.
Peers are measured where they are on PATH; beside them a program that does nothing, once a file: none is faster.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
URL = "https://license.{}.example.com/rightsmanager.asmx"
COUNT = 5000


def timed(command, out=os.devnull):
    """Wall seconds, processor seconds and peak memory in MiB of a command that writes to a file."""
    with open(out, "wb") as stdout:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(command)}: status {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(*cells):
    """A line of the table."""
    print("|", " | ".join(cells), "|", flush=True)


def ms(seconds):
    return f"{seconds * 1000:,.0f} ms"


def spread(title, ratios):
    """The median; how far the others are from it is said on the side."""
    ratios = sorted(ratios)
    rest = len(ratios) // 4
    print(f"{title}: {ratios[0]:.2f} to {ratios[-1]:.2f}, half of them {ratios[rest]:.2f} to {ratios[-1 - rest]:.2f}",
          file=sys.stderr)
    return statistics.median(ratios)


def in_turn(rounds, *commands):
    """What each command takes in each round; they are made from the number of the round, and write to a file."""
    for make, out in commands:
        timed(make(0), out)
    return [[timed(make(number), out) for make, out in commands] for number in range(1, rounds + 1)]


def against(title, ours, floor, rounds, goal, out=os.devnull):
    runs = in_turn(rounds, (ours, out), (floor, os.devnull))
    wall, least = (statistics.median(run[i][0] for run in runs) for i in (0, 1))
    busy = statistics.median(run[0][1] for run in runs)
    ratio = spread(f"{title}, {ms(busy)} of processors", [a[0] / b[0] for a, b in runs])
    row(title, ms(wall), ms(least), f"{ratio:.2f}", goal)
    return wall


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir")
    parser.add_argument("--long", default="2")
    parser.add_argument("--many", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--table", type=int)
    parser.add_argument("prkit", nargs="?", default=os.environ.get("PRKIT", os.path.join(HERE, "../../target/dist/prkit")))
    args = parser.parse_args()
    prkit, rounds = os.path.abspath(args.prkit), args.rounds
    if args.table:
        tables(prkit, args.table, args.dir, rounds)
        return
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        floors = os.path.join(folder, "floors")
        subprocess.run(["cc", "-O2", "-pthread", "-o", floors, os.path.join(HERE, "floors.c")], check=True)
        make = [sys.executable, os.path.join(HERE, "make.py")]
        small, long, many = (os.path.join(folder, name) for name in ("small", "long.mp4", "many"))
        out = os.path.join(folder, "out.json")
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        subprocess.run(make + ["segments", small, str(COUNT)], check=True)
        # What was written before is on the disk when it is measured.
        os.sync()
        with open(os.path.join(small, "00000/000.m4s"), "rb") as first:
            at = str(first.read().find("old.example".encode("utf-16-le")))
        show = lambda folder, *more: [prkit, "show", "--json", folder, *more]
        edit = lambda folder, name: [prkit, "reheader", "-i", "--json", "--la-url", URL.format(name), folder]
        showing = against(f"`show` of {COUNT:,} segments", lambda _: show(small), lambda _: [floors, "show", small],
                          rounds, "at most 1.5", out)
        # Each name is as long as the one before it.
        editing = against(f"`reheader -i` of {COUNT:,} segments", lambda n: edit(small, f"n{n:02}"),
                          lambda _: [floors, "edit", small, at], rounds, "at most 2", out)
        scaling(show, floors, small, rounds, out)
        peers(small, showing, editing)
        subprocess.run(make + ["long", long, args.long], check=True)
        against(f"`show` of a {args.long} GiB file of fragments", lambda _: show(long),
                lambda _: [floors, "boxes", long], rounds, "at most 1.3")
        os.remove(long)
        if args.many:
            subprocess.run(make + ["segments", many, str(args.many)], check=True)
            size(f"`show` of {args.many:,} segments", args.many, showing, lambda _: show(many), out)
            size(f"`reheader -i` of {args.many:,} segments", args.many, editing, lambda n: edit(many, f"n{n:02}"), out)


def scaling(show, floors, folder, rounds, out):
    """How much faster two processors are than one, and how much the floor is."""
    ours = [(lambda _, jobs=jobs: show(folder, "-j", jobs), out) for jobs in "12"]
    least = [(lambda _, jobs=jobs: [floors, "show", folder, jobs], os.devnull) for jobs in "12"]
    runs = in_turn(rounds, *ours, *least)
    title = "the same on two processors instead of one"
    mine = spread(title, [one[0] / two[0] for one, two, _, _ in runs])
    floor = spread(title + ", floor", [one[0] / two[0] for _, _, one, two in runs])
    row(title, f"{mine:.2f} times faster", f"{floor:.2f} times", "", "at least 1.7, where the floor has it")


def size(title, count, few, make, out):
    """Memory, and how much of the speed on few files is left on many."""
    timed(make(0), out)
    wall, _, peak = timed(make(1), out)
    rate = (count / wall) / (COUNT / few)
    row(title, ms(wall), "", f"{rate:.2f} of the rate on {COUNT:,}", "at least 0.8")
    row("its memory", f"{peak:.0f} MiB", "", "", "at most 64 MiB")


def tables(prkit, rows, where, rounds):
    """What --edits costs: the same dry run over the same segments without a table, and with few and many rows."""
    with tempfile.TemporaryDirectory(dir=where) as folder:
        media, table = os.path.join(folder, "media"), os.path.join(folder, "table")
        subprocess.run([sys.executable, os.path.join(HERE, "make.py"), "segments", media, str(COUNT)], check=True)
        dry = [prkit, "reheader", "-n", "--json", media]
        plain = dry + ["--la-url", URL.format("all")]
        timed(plain)
        known = "00112233-4455-6677-8899-aabbccddeeff"
        forms = {
            "by path": ("path,la-url", lambda n: f"media/{n // 250:05}/{n % 250:03}.m4s"),
            "by pattern": ("path,la-url", lambda n: f"media/{n // 250:05}/{n % 250:03}*.m4s"),
            "by file name": ("path,la-url", lambda n: f"**/{n:07}.m4s" if n else "**/*"),
            "by key id": ("kid,la-url", lambda n: str(uuid.UUID(int=n)) if n + 1 < rows else known),
        }
        for name, (header, row) in forms.items():
            for count in (COUNT, rows):
                # The key id of all segments is the last.
                shift = rows - count if header.startswith("kid") else 0
                with open(table, "w") as out:
                    out.write(header + "\n")
                    out.writelines(f"{row(n + shift)},{URL.format('r%07d' % n)}\n" for n in range(count))
                runs = [(timed(plain), timed(dry + ["--edits", table])) for _ in range(rounds)]
                wall, cpu = (statistics.median(run[1][n] for run in runs) for n in (0, 1))
                least = statistics.median(run[0][1] for run in runs)
                # What this program itself had before it became the other one counts too.
                peak = max(run[1][2] for run in runs)
                print(f"{count:8} rows {name:13} {os.path.getsize(table) / 2**20:6.1f} MiB  {wall:7.3f} s, processor "
                      f"{cpu:7.3f} s (without a table {least:7.3f} s), at most {peak:5.1f} MiB", flush=True)


def peers(folder, show, edit):
    """The usual box editors take one file a run; AtomicParsley takes none without ftyp, so a sample stands for the others."""
    segment = os.path.join(folder, "00000/000.m4s")
    sample = os.path.join(folder, "sample.mp4")
    shutil.copy(os.path.join(HERE, "../../samples/dash-ondemand/audio.mp4"), sample)
    programs = (
        ("true", [], []),
        ("mp4dump", [segment], None),
        ("MP4Box", ["-info", segment], None),
        ("mp4file", ["--dump", segment], None),
        ("AtomicParsley", [sample, "-T"], [sample, "--title", "title", "-o", sample + ".new"]),
    )
    for name, read, write in programs:
        program = shutil.which(name)
        if not program:
            print(f"{name}: not on this machine", file=sys.stderr)
            continue
        what = "a program that does nothing" if name == "true" else f"`{name}`"
        for args, ours, mine in ((read, "show", show), (write, "reheader -i", edit)):
            if args is not None:
                each = statistics.median(timed([program] + args)[0] for _ in range(50)) * COUNT
                row(f"{what}, once for each of the {COUNT:,}; `{ours}`", ms(mine), ms(each),
                    f"{each / mine:.0f} times faster", "at least 20")


if __name__ == "__main__":
    main()
