#!/usr/bin/env python3
"""Measures prkit over many files against the least that any program has to do, in the same run.

    cargo build --release && benches/fleet/run.py [--dir FOLDER] [--long GIB] [--many COUNT]
    benches/fleet/run.py --table ROWS      only what a table of so many rows costs

Each pair is run in turn, A B A B …, so that a ratio holds when the machine's speed drifts; the median of the ratios is
printed. Needs a C compiler, and some gigabytes in FOLDER. Peers are measured where they are on PATH.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
PRKIT = os.environ.get("PRKIT", os.path.join(HERE, "../../target/release/prkit"))
URL = "https://license.{}.example.com/rightsmanager.asmx"


def timed(command, out=os.devnull):
    """Wall seconds, processor seconds and peak memory in KiB of a command that writes to a file."""
    with open(out, "wb") as stdout:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(command)}: status {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def against(title, ours, floor, rounds, goal, out=os.devnull):
    """Runs both in turn; `ours` and `floor` make the command of a round."""
    timed(ours(0), out), timed(floor(0))
    runs = [(timed(ours(n), out), timed(floor(n))) for n in range(1, rounds + 1)]
    ratio = statistics.median(a[0] / b[0] for a, b in runs)
    cpu = statistics.median(a[1] / max(b[1], 1e-4) for a, b in runs)
    wall = statistics.median(a[0] for a, _ in runs)
    least = statistics.median(b[0] for _, b in runs)
    peak = max(a[2] for a, _ in runs) / 1024
    print(f"{title:46} {wall:8.3f} s  floor {least:7.3f} s  ratio {ratio:5.2f} (processor {cpu:5.2f})"
          f"  {goal}  {peak:.0f} MiB", flush=True)
    return wall


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir")
    parser.add_argument("--long", default="2")
    parser.add_argument("--many", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--table", type=int)
    args = parser.parse_args()
    if args.table:
        tables(args.table, args.dir, args.rounds)
        return
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        floors = os.path.join(folder, "floors")
        subprocess.run(["cc", "-O2", "-pthread", "-o", floors, os.path.join(HERE, "floors.c")], check=True)
        make = [sys.executable, os.path.join(HERE, "make.py")]
        small, long, many = (os.path.join(folder, name) for name in ("small", "long.mp4", "many"))
        out = os.path.join(folder, "out.json")
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        subprocess.run(make + ["segments", small, "5000"], check=True)
        with open(os.path.join(small, "00000/000.m4s"), "rb") as first:
            at = str(first.read().find("old.example".encode("utf-16-le")))
        show = [PRKIT, "show", "--json", small]
        show_5000 = against("show, 5,000 segments, JSON to a file", lambda n: show, lambda n: [floors, "show", small],
                            args.rounds, "goal 1.5", out)
        edit = lambda n: [PRKIT, "reheader", "-i", "--json", "--la-url", URL.format("n%02d" % n), small]
        edit_5000 = against("re-header in place, --sync group", edit, lambda n: [floors, "edit", small, at],
                            args.rounds, "goal 2", out)
        one, two = (against(f"show, -j{j}", lambda n, j=j: show + [f"-j{j}"], lambda n, j=j: [floors, "show", small, j],
                            args.rounds, "", out) for j in ("1", "2"))
        print(f"{'from 1 to 2 processors':46} {one / two:8.2f} times")
        peer(small, show_5000, edit_5000)
        subprocess.run(make + ["long", long, args.long], check=True)
        walk = [PRKIT, "show", "--json", "--system", "widevine", long]
        against(f"walk, {args.long} GiB of fragments", lambda n: walk, lambda n: [floors, "boxes", long], args.rounds,
                "goal 1.3")
        os.remove(long)
        if args.many:
            subprocess.run(make + ["segments", many, str(args.many)], check=True)
            wall, _, peak = timed([PRKIT, "show", "--json", many], out)
            wall, _, peak = timed([PRKIT, "show", "--json", many], out)
            rate = (args.many / wall) / (5000 / show_5000)
            print(f"show, {args.many} segments: {peak / 1024:.0f} MiB (goal 64), {rate:.2f} of the rate on 5,000")
            wall, _, peak = timed([PRKIT, "reheader", "-i", "--json", "--la-url", URL.format("big"), many], out)
            rate = (args.many / wall) / (5000 / edit_5000)
            print(f"re-header, {args.many} segments: {peak / 1024:.0f} MiB (goal 64), {rate:.2f} of the rate on 5,000")


def tables(rows, where, rounds):
    """What --edits costs: the same dry run over 5,000 segments without a table, and with few and many rows."""
    with tempfile.TemporaryDirectory(dir=where) as folder:
        media, table = os.path.join(folder, "media"), os.path.join(folder, "table")
        subprocess.run([sys.executable, os.path.join(HERE, "make.py"), "segments", media, "5000"], check=True)
        dry = [PRKIT, "reheader", "-n", "--json", media]
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
            for count in (5000, rows):
                # The key id of all segments is the last.
                shift = rows - count if header.startswith("kid") else 0
                with open(table, "w") as out:
                    out.write(header + "\n")
                    out.writelines(f"{row(n + shift)},{URL.format('r%07d' % n)}\n" for n in range(count))
                runs = [(timed(plain), timed(dry + ["--edits", table])) for _ in range(rounds)]
                wall, cpu = (statistics.median(run[1][n] for run in runs) for n in (0, 1))
                least = statistics.median(run[0][1] for run in runs)
                # What this program itself had before it became the other one counts too.
                peak = max(run[1][2] for run in runs) / 1024
                print(f"{count:8} rows {name:13} {os.path.getsize(table) / 2**20:6.1f} MiB  {wall:7.3f} s, processor "
                      f"{cpu:7.3f} s (without a table {least:7.3f} s), at most {peak:5.1f} MiB", flush=True)


def peer(folder, show, edit):
    """The usual box editors take one file a run."""
    file = os.path.join(folder, "00000/000.m4s")
    for name, args in (("mp4dump", [file]), ("MP4Box", ["-info", file]), ("mp4file", ["--dump", file])):
        program = shutil.which(name)
        if not program:
            print(f"{name}: not on this machine")
            continue
        walls = [timed([program] + args)[0] for _ in range(20)]
        each = statistics.median(walls) * 5000
        print(f"{name}, once a file: {each:.1f} s for 5,000, {each / show:.0f} times show, {each / edit:.0f} times re-header")


if __name__ == "__main__":
    main()
