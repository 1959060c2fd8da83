#!/usr/bin/env python3
"""How what an operation costs grows with what is in its input: the exponent over four sizes, in instructions.

    cargo build --profile dist && benches/growth/run.py [--short] [--only NAME] [--dir FOLDER] [PRKIT]

Every operation that a structure is of consequence for is run under `valgrind --tool=callgrind` on inputs of which each has
twice as much of it as the one before. Instructions are counted, which no other process disturbs, and those of a start that
does nothing are taken off. An exponent of 1 is a straight line; one above 1.15 is an error. Needs valgrind, and some hundred
megabytes in FOLDER; `--short` takes small inputs.
"""

import argparse
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import structures

MOST = 1.15
LONGER = "https://license.example.com/" + "x" * 600
SHOW, LINT, CHECK = ["show", "--json", "-j1"], ["lint", "--json", "-j1"], ["check", "--json"]
DRY = ["reheader", "-n", "--json", "-j1", "--la-url"]
SAME, GROW = DRY + [structures.fleet.URL.replace("old", "new")], DRY + [LONGER]
IN_PLACE, TABLE = ["reheader", "-i", "--json", "-j1", "--la-url", LONGER], ["reheader", "-n", "--json", "-j1"]

# What is in the input, the least of it in the long form and in the short one, and what is done with it.
GROWTH = [
    ("fragments", 500, 100, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME, "reheader, longer": GROW}),
    ("headers", 250, 50, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME, "reheader, longer": GROW}),
    ("boxes", 250, 50, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME, "reheader, longer": GROW}),
    ("segments", 250, 50, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME, "reheader -i": IN_PLACE}),
    ("tracks", 250, 50, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader, longer": GROW}),
    ("chunks", 50_000, 10_000, {"reheader, longer": GROW, "reheader -i": IN_PLACE}),
    ("indexes", 50, 10, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader, longer": GROW}),
    ("descriptors", 100, 25, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME}),
    ("ranges", 500, 100, {"show": SHOW, "check": CHECK}),
    ("key_lines", 100, 25, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME}),
    ("formats", 100, 25, {"show": SHOW, "lint": LINT, "check": CHECK, "reheader": SAME}),
    ("rows", 250, 50, {"reheader --edits": TABLE}),
    ("titles", 50, 10, {"show": SHOW, "check": CHECK, "reheader": SAME}),
]


def instructions(command, folder):
    """What a command executes; it may find something, or nothing to do."""
    with tempfile.NamedTemporaryFile(dir=folder) as counts:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts.name}", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )
    collected = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode not in (0, 1) or not collected:
        sys.exit(f"{' '.join(command)}: status {run.returncode}\n{run.stderr[-2000:]}")
    return int(collected[1])


def exponent(sizes, costs):
    """The slope of the line through the logarithms that is nearest to them."""
    points = [(math.log(size), math.log(cost)) for size, cost in zip(sizes, costs)]
    x, y = (sum(axis) / len(points) for axis in zip(*points))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def grown(prkit, folder, name, least, operations, start):
    """A row for each operation, with its exponent."""
    sizes = [least << doubled for doubled in range(4)]
    costs = {what: [] for what in operations}
    for size in sizes:
        for what, command in operations.items():
            made = tempfile.mkdtemp(dir=folder)
            named = getattr(structures, name)(made, size)
            costs[what].append(max(instructions([prkit, *command, *named], folder) - start, 1))
            shutil.rmtree(made)
    return [(name, what, sizes, costs[what], exponent(sizes, costs[what])) for what in operations]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--dir")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("prkit", nargs="?", default=os.environ.get("PRKIT", os.path.join(here, "../../target/dist/prkit")))
    args = parser.parse_args()
    prkit = os.path.abspath(args.prkit)
    steep = []
    with tempfile.TemporaryDirectory(dir=args.dir) as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        start = instructions([prkit, "--version"], folder)
        print("| of what | operation | from, to | instructions for each, fewest and most | exponent |\n|---|---|---|---|---|")
        rows = [row for row in GROWTH if args.only in (None, row[0])]
        work = lambda row: grown(prkit, folder, row[0], row[2 if args.short else 1], row[3], start)
        for found in pool.map(work, rows):
            for name, what, sizes, costs, slope in found:
                each = " to ".join(f"{costs[at] // sizes[at]:,}" for at in (0, -1))
                print(f"| {name} | {what} | {sizes[0]:,} to {sizes[-1]:,} | {each} | {slope:.2f} |", flush=True)
                if slope > MOST:
                    steep.append(f"{what} of {name}: {slope:.2f}")
    if steep:
        sys.exit(f"grows faster than in a straight line ({MOST}): {', '.join(steep)}")


if __name__ == "__main__":
    main()
