"""What the tests of all engines share: a catalogue of short files, an edit that shows when it is done twice, and kills."""

from __future__ import annotations

import collections
import pathlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil

import prkit

ROOT = pathlib.Path(__file__).resolve().parents[2]
INIT = ROOT / "samples" / "field" / "plain.mp4"
OLD = "https://old.example/a"
#: Not idempotent: every time it is done, the URL gets another x.
CHANGE = prkit.Change(la_url_replace={OLD: OLD + "x"})


def make(root: pathlib.Path, count: int, title: int = 20) -> list[str]:
    """So many objects, in folders of a title each."""
    body = prkit.reheader(INIT, prkit.Change(la_url=OLD))
    names = []
    for number in range(count):
        path = root / f"title-{number // title:05}" / f"{number:06}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        names.append(str(path))
    return names


def times(names: list[str]) -> dict[int, int]:
    """How many objects were edited how many times, by what they are now."""
    counts: collections.Counter[int] = collections.Counter()
    for name in names:
        url = next(pssh.header.la_url for pssh in prkit.show(name).pssh if pssh.header is not None)
        assert url is not None and url.startswith(OLD) and set(url[len(OLD) :]) <= {"x"}, (name, url)
        counts[len(url) - len(OLD)] += 1
    return dict(counts)


def contents(names: list[str]) -> dict[str, bytes]:
    return {name: pathlib.Path(name).read_bytes() for name in names}


class Killer(threading.Thread):
    """Ends processes with SIGKILL, one at a time, until it is told to stop."""

    def __init__(self, victims: Callable[[], list[psutil.Process]], every: float, most: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.victims, self.every, self.most = victims, every, most
        self.random, self.killed, self.over = random.Random(seed), 0, threading.Event()

    def run(self) -> None:
        while self.killed < self.most and not self.over.wait(self.every * self.random.uniform(0.3, 1.7)):
            try:
                victims = self.victims()
                if victims:
                    self.random.choice(victims).kill()
                    self.killed += 1
            except psutil.NoSuchProcess:
                pass

    def stop(self) -> int:
        self.over.set()
        self.join()
        return self.killed


def below(*roots: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that were started by these, whether they are still their children or not."""
    found = []
    for root in roots:
        try:
            found += psutil.Process(root.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            pass
    return found


def end(*roots: subprocess.Popen[bytes]) -> None:
    """Ends processes that were started here, and theirs."""
    everything = below(*roots)
    for root in roots:
        root.terminate()
    for root in roots:
        try:
            root.wait(20)
        except subprocess.TimeoutExpired:
            root.kill()
            root.wait()
    for process in everything:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass


def wait_for(what: Callable[[], bool], seconds: float, message: str) -> None:
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            sys.exit(message)
        time.sleep(0.2)


def judge(names: list[str], before: dict[str, bytes], events: "object", folder: pathlib.Path) -> None:
    """Each object was edited once, and the events and the ledgers say so of each."""
    import json

    assert times(names) == {1: len(names)}, times(names)
    rows = events.to_pylist()  # type: ignore[attr-defined]
    states = collections.Counter(row["state"] for row in rows)
    assert sorted(row["path"] for row in rows) == sorted(names), "a row an object"
    assert set(states) <= {"changed", "already"}, states
    logged: collections.Counter[str] = collections.Counter()
    for ledger in folder.glob("task-*.log"):
        for line in ledger.read_text().splitlines():
            fields = json.loads(line)
            if fields.get("changed"):
                logged[fields["path"]] += 1
                assert fields["before"]["size"] == len(before[fields["path"]]), fields["path"]
    assert logged == collections.Counter(names), "a line an object"
    print("events", dict(states))
