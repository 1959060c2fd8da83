"""CPU time a call of the module beside pymp4, in one process, in turn: the least of many rounds.

Showing reads the license URL and the key IDs of a `pssh` box, alone and in an init segment; editing writes another license
URL into it. pymp4 parses all boxes and builds them again, and knows nothing of the header inside; for editing, its time is
that of parsing and building alone.
"""

import pathlib
import time

import prkit
from pymp4.parser import Box

ROOT = pathlib.Path(__file__).resolve().parents[2]
INIT = (ROOT / "samples" / "field" / "plain.mp4").read_bytes()
CHANGE = prkit.Change(la_url="https://other.example/rightsmanager.asmx")


def cpu(work, rounds: int = 400, times: int = 25) -> float:
    """Microseconds of a call."""
    best = float("inf")
    for _ in range(times):
        started = time.process_time_ns()
        for _ in range(rounds):
            work()
        best = min(best, (time.process_time_ns() - started) / rounds)
    return best / 1000


def shown(data: bytes):
    def work():
        for pssh in prkit.show(data).pssh:
            header = pssh.header
            if header is not None:
                header.la_url, header.key_ids

    return work


def boxes(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at : at + size])
        at += size
    return found


def main() -> None:
    asset = prkit.show(INIT)
    first = next(pssh for pssh in asset.pssh if pssh.header is not None)
    box = INIT[first.offset : first.offset + first.size]
    structure = [part for part in boxes(INIT) if part[4:8] in (b"ftyp", b"moov")]
    init = b"".join(structure)
    print(f"{'':<34}{'prkit':>9}{'pymp4':>9}{'ratio':>8}")
    for name, ours, theirs in (
        (f"show a pssh box of {len(box)} bytes", shown(box), lambda: Box.parse(box)),
        (f"edit it", lambda: prkit.reheader(box, CHANGE), lambda: Box.build(Box.parse(box))),
        (f"show an init segment of {len(init)} bytes", shown(init), lambda: [Box.parse(part) for part in structure]),
        (f"edit it", lambda: prkit.reheader(init, CHANGE), lambda: [Box.parse(part) for part in structure]),
    ):
        a, b = cpu(ours), cpu(theirs)
        print(f"{name:<34}{a:>7.1f}µs{b:>7.1f}µs{b / a:>8.1f}")


if __name__ == "__main__":
    main()
