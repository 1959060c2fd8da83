"""What the tests of all engines share: a catalogue of short files or objects, an edit that shows when it is done twice, and kills."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
import typing
import urllib.request
from collections.abc import Callable

import psutil

import prkit

ROOT = pathlib.Path(__file__).resolve().parents[2]
INIT = ROOT / "samples" / "field" / "plain.mp4"
OLD = "https://old.example/a"
#: Not idempotent: every time it is done, the URL gets another x.
CHANGE = prkit.Change(la_url_replace={OLD: OLD + "x"})


PORT = 16480


class Bucket:
    """A bucket on a server of its own (bucket.py), which the environment of what is started from here leads to."""

    def __init__(self, delay: float) -> None:
        server = pathlib.Path(__file__).with_name("bucket.py")
        self.server = subprocess.Popen([sys.executable, server, str(PORT), f"--delay={delay}"], stdout=subprocess.PIPE)
        assert self.server.stdout is not None and self.server.stdout.readline() == b"ready\n"
        os.environ.update(AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="word", AWS_ENDPOINT_URL=f"http://127.0.0.1:{PORT}")

    def close(self) -> None:
        self.server.kill()
        self.server.wait()


def request(path: str, body: bytes | None = None) -> bytes:
    """Of the bucket's server."""
    asked = urllib.request.Request(f"http://127.0.0.1:{PORT}/{path}", body, method="GET" if body is None else "PUT")
    with urllib.request.urlopen(asked) as answer:
        return typing.cast(bytes, answer.read())


def is_object(name: str) -> bool:
    return name.startswith("s3://")


def content(name: str) -> bytes:
    return request(name.removeprefix("s3://")) if is_object(name) else pathlib.Path(name).read_bytes()


def make(root: pathlib.Path | str, count: int, title: int = 20) -> list[str]:
    """So many files or objects, in folders of a title each."""
    body = prkit.reheader(INIT, prkit.Change(la_url=OLD))
    names = []
    for number in range(count):
        name = f"{root}/title-{number // title:05}/{number:06}.mp4"
        if is_object(name):
            request(name.removeprefix("s3://"), body)
        else:
            path = pathlib.Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        names.append(name)
    return names


def times(names: list[str]) -> dict[int, int]:
    """How many objects were edited how many times, by what they are now."""
    counts: collections.Counter[int] = collections.Counter()
    for name in names:
        url = next(pssh.header.la_url for pssh in prkit.show(content(name)).pssh if pssh.header is not None)
        assert url is not None and url.startswith(OLD) and set(url[len(OLD) :]) <= {"x"}, (name, url)
        counts[len(url) - len(OLD)] += 1
    return dict(counts)


def contents(names: list[str]) -> dict[str, bytes]:
    return {name: content(name) for name in names}


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


def logged(folder: pathlib.Path | str) -> list[dict[str, typing.Any]]:
    """The lines of the ledgers that tell of edits."""
    if not isinstance(folder, str):
        lines = [json.loads(line) for ledger in folder.glob("task-*.log") for line in ledger.read_text().splitlines()]
        return [line for line in lines if line.get("changed")]
    bucket, _, prefix = folder.removeprefix("s3://").partition("/")
    return [json.loads(request(f"{bucket}/{key}")) for key in json.loads(request(f"-/keys?{bucket}/{prefix}/edits/"))]


def judge(names: list[str], before: dict[str, bytes], events: "object", folder: pathlib.Path | str) -> None:
    """Each object was edited once, and the events and the ledgers say so of each."""
    assert times(names) == {1: len(names)}, times(names)
    rows = events.to_pylist()  # type: ignore[attr-defined]
    states = collections.Counter(row["state"] for row in rows)
    assert sorted(row["path"] for row in rows) == sorted(names), "a row an object"
    assert set(states) <= {"changed", "already"}, states
    told: collections.Counter[str] = collections.Counter()
    for line in logged(folder):
        name = line.get("url") or line["path"]
        told[name] += 1
        assert line["before"]["size"] == len(before[name]), name
    assert told == collections.Counter(names), "a line an object"
    if is_object(names[0]):
        writes = json.loads(request("-/writes"))
        assert {writes[name.removeprefix("s3://")] for name in names} == {2}, "made once, edited once"
    print("events", dict(states))
