"""What the jobs of all engines share, without an engine. Needs pyarrow."""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import typing
import unittest
import uuid

import pyarrow as pa

import prkit
from prkit import _jobs

ROOT = pathlib.Path(__file__).resolve().parents[3]
INIT = ROOT / "samples" / "field" / "plain.mp4"
PROGRAM = os.environ.get("PRKIT", str(ROOT / "target" / "debug" / "prkit"))
OLD = "https://old.example/a"
#: Not idempotent: every time it is done, the URL gets another x.
CHANGE = prkit.Change(la_url_replace={OLD: OLD + "x"})

CHILD = """
import pickle, sys
task, rows, job = pickle.loads(open(sys.argv[1], "rb").read())
job.edit(task, rows)
"""


def url(path: str) -> str:
    header = next(pssh.header for pssh in prkit.show(path).pssh if pssh.header is not None)
    assert header is not None
    return str(header.la_url)


class Jobs(unittest.TestCase):
    def setUp(self) -> None:
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.root = pathlib.Path(held.name).resolve()
        self.folder = self.root / "run"
        self.body = prkit.reheader(INIT, prkit.Change(la_url=OLD))

    def catalogue(self, count: int, title: int = 5) -> list[str]:
        names = []
        for number in range(count):
            path = self.root / f"title-{number // title}" / f"{number}.mp4"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(self.body)
            names.append(str(path))
        return names

    def job(self, change: prkit.Change | None = CHANGE, tasks: int | None = 4, **more: typing.Any) -> _jobs.Job:
        return _jobs.Job.begin(self.folder, change, tasks, None, **more)

    def run_all(self, job: _jobs.Job, names: list[str]) -> pa.Table:
        return pa.concat_tables([job.edit(task, rows) for task, rows in job.parts(names).items()])

    def test_a_task_that_is_killed_at_any_moment_edits_each_object_once(self) -> None:
        import pickle

        names = self.catalogue(60, title=2)
        job = self.job(tasks=1)
        given = self.root / "task"
        given.write_bytes(pickle.dumps((0, [{"path": name} for name in names], job)))
        moment = random.Random(11)
        kills = 0
        for _ in range(40):
            child = subprocess.Popen([sys.executable, "-c", CHILD, str(given)])
            ledger = pathlib.Path(job.ledger(0))
            known = ledger.stat().st_size if ledger.exists() else 0
            until = time.monotonic() + 60
            # From the moment on that it works; before that there is nothing to be killed in.
            while child.poll() is None and time.monotonic() < until:
                if ledger.exists() and ledger.stat().st_size > known:
                    time.sleep(moment.uniform(0, 0.01))
                    child.send_signal(signal.SIGKILL)
                    break
                time.sleep(0.0005)
            kills += child.wait() == -signal.SIGKILL
            if child.returncode == 0:
                break
        self.assertGreater(kills, 2)
        events = job.edit(0, [{"path": name} for name in names])
        self.assertEqual(set(map(url, names)), {OLD + "x"})
        self.assertEqual(sorted(events.column("path").to_pylist()), sorted(names))
        self.assertLessEqual(set(events.column("state").to_pylist()), {"changed", "already"})
        lines = [json.loads(line) for line in pathlib.Path(job.ledger(0)).read_text().splitlines()]
        self.assertEqual(sorted(line["path"] for line in lines if line.get("changed")), sorted(names))
        taken = _jobs.summary(_jobs.undo(job.ledger(0), False))
        self.assertEqual((taken.changed, taken.ok), (60, True))
        self.assertEqual({pathlib.Path(name).read_bytes() for name in names}, {self.body})

    def test_two_attempts_of_a_task_take_turns(self) -> None:
        names = self.catalogue(40, title=1)
        job = self.job(tasks=1)
        import pickle

        given = self.root / "task"
        given.write_bytes(pickle.dumps((0, [{"path": name} for name in names], job)))
        children = [subprocess.Popen([sys.executable, "-c", CHILD, str(given)]) for _ in range(3)]
        self.assertEqual([child.wait() for child in children], [0, 0, 0])
        self.assertEqual(set(map(url, names)), {OLD + "x"})

    def test_a_stopped_attempt_is_waited_for_and_told_of(self) -> None:
        names = self.catalogue(3)
        job = self.job(tasks=1, wait=0.5)
        import fcntl

        with open(job.ledger(0), "w") as held:
            os.fchmod(held.fileno(), 0o600)
            fcntl.flock(held, fcntl.LOCK_EX)
            events = job.edit(0, [{"path": name} for name in names])
        self.assertEqual(events.column("state").to_pylist(), ["failed"] * 3)
        self.assertIn("another process is at work with it", events.column("error")[0].as_py())
        self.assertEqual(set(map(url, names)), {OLD})
        # Nothing but the claim was there, so it is begun now.
        self.assertEqual(_jobs.summary(job.edit(0, [{"path": name} for name in names])).changed, 3)

    def test_the_program_takes_back_a_task(self) -> None:
        names = self.catalogue(6)
        job = self.job(tasks=1)
        self.run_all(job, names)
        done = subprocess.run([PROGRAM, "undo", job.ledger(0)], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({pathlib.Path(name).read_bytes() for name in names}, {self.body})

    def test_a_folder_of_ledgers_is_taken_back_as_a_whole(self) -> None:
        names = self.catalogue(12, title=2)
        job = self.job(tasks=3)
        self.run_all(job, names)
        self.assertGreater(len(_jobs.ledgers(self.folder)), 1)
        taken = prkit.undo(self.folder)
        self.assertEqual((taken.changed, taken.ok), (12, True))
        self.assertEqual({pathlib.Path(name).read_bytes() for name in names}, {self.body})
        again = _jobs.Job.begin(self.root / "again", CHANGE, 3)
        self.run_all(again, names)
        done = subprocess.run([PROGRAM, "undo", again.folder], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({pathlib.Path(name).read_bytes() for name in names}, {self.body})
        (self.root / "empty").mkdir()
        self.assertEqual(subprocess.run([PROGRAM, "undo", self.root / "empty"], capture_output=True, check=False).returncode, 3)
        with self.assertRaisesRegex(prkit.Error, "no ledger"):
            prkit.undo(self.root / "empty")

    def test_a_title_is_one_task_and_stays_it(self) -> None:
        names = self.catalogue(40)
        job = self.job(tasks=7)
        for rows in job.parts(names).values():
            titles = {os.path.dirname(row["path"]) for row in rows}
            for title in titles:
                self.assertEqual(sum(os.path.dirname(row["path"]) == title for row in rows), 5)
        self.assertEqual(self.job(tasks=None).parts(reversed(names)).keys(), job.parts(names).keys())
        with self.assertRaisesRegex(ValueError, "7 tasks, not 8"):
            self.job(tasks=8)
        by_file = _jobs.Job.begin(self.root / "other", CHANGE, 7, str)
        self.assertGreater(len(by_file.parts(names)), 5)

    def test_columns_are_those_of_a_table_of_edits(self) -> None:
        names = self.catalogue(4)
        kid = uuid.UUID(int=5)
        rows: list[dict[str, typing.Any]] = [
            {"path": names[0], "la-url": "https://one.example/", "header-version": None},
            {"path": names[1], "no-la-url": "true", "la-url": ""},
            {"path": names[2], "la-url-replace": f"{OLD}=https://moved.example/a"},
            {"path": names[3], "header-version": "4.3"},
        ]
        job = self.job(change=None, tasks=1)
        events = job.edit(0, rows)
        self.assertEqual(events.column("state").to_pylist(), ["changed"] * 4, events.column("error").to_pylist())
        self.assertEqual((url(names[0]), url(names[1]), url(names[2])), ("https://one.example/", "None", "https://moved.example/a"))
        expected = subprocess.run([PROGRAM, "reheader", str(INIT), "--la-url", OLD, "--header-version", "4.3", "-o", "-"], capture_output=True, check=True)
        self.assertEqual(pathlib.Path(names[3]).read_bytes(), expected.stdout)
        with self.assertRaisesRegex(ValueError, "'la_url'"):
            job.parts([{"path": names[0], "la_url": "https://one.example/"}])
        key = "0123456789abcdef0123456789abcdef"
        (failed,) = self.job(change=None, tasks=None).edit(0, [{"path": names[0], "set-kid": f"{kid}:{key}"}]).to_pylist()
        self.assertIn("no keys", failed["error"])
        self.assertNotIn(key, failed["error"])

    def test_failures_are_rows(self) -> None:
        names = self.catalogue(3)
        pathlib.Path(names[1]).write_bytes(self.body[:-200])
        missing = str(self.root / "title-0" / "none.mp4")
        objects = [*names, missing, "gs://bucket/key.mp4"]
        rows: list[dict[str, typing.Any]] = [dict(path=name) for name in objects]
        rows += [{"path": names[0]}, {"path": names[2], "la-url": "https://other.example/"}]
        events = {row["path"]: row for row in self.job(tasks=1).edit(0, rows[:6]).to_pylist()}
        self.assertEqual(
            [events[str(row["path"])]["state"] for row in rows[:5]], ["changed", "failed", "changed", "failed", "failed"]
        )
        self.assertIn("edits twice", events["gs://bucket/key.mp4"]["error"])
        (folder,) = self.job(tasks=1).edit(0, [{"path": str(self.root / "title-0")}]).to_pylist()
        self.assertIn("it is a folder", folder["error"])
        with self.assertRaisesRegex(ValueError, "no UTF-8"):
            self.job(tasks=1).parts([str(self.root / "\udcff.mp4")])
        (lost,) = _jobs.lost(3, [rows[0]], RuntimeError("the worker died\nsee its log"), False).to_pylist()
        self.assertEqual((lost["path"], lost["state"]), (names[0], "failed"))
        self.assertEqual(lost["error"], "the engine gave its task up: the worker died")
        self.assertEqual(url(names[0]), OLD + "x", "named twice, edited once")
        twice = _jobs.Job.begin(self.root / "twice", CHANGE, 1, None).edit(0, [rows[2], rows[6]]).to_pylist()
        self.assertIn("names it twice", next(row["error"] for row in twice if row["state"] == "failed"))

    def test_a_dry_run_is_a_table_and_reads_other_stores(self) -> None:
        import fsspec

        names = self.catalogue(3)
        fsspec.filesystem("memory").pipe_file("bucket/init.mp4", self.body)
        job = self.job(tasks=2, dry_run=True)
        events = self.run_all(job, [*names, "memory://bucket/init.mp4", "memory://bucket/none.mp4"])
        by_name = {row["path"]: row for row in events.to_pylist()}
        self.assertEqual({row["dry_run"] for row in by_name.values()}, {True})
        self.assertEqual(by_name["memory://bucket/none.mp4"]["state"], "failed")
        self.assertEqual(by_name["memory://bucket/init.mp4"]["state"], "changed")
        planned = prkit.plan(self.body, CHANGE).size_after
        self.assertEqual(by_name["memory://bucket/init.mp4"]["size_after"], planned)
        self.assertEqual({by_name[name]["size_after"] for name in names}, {planned})
        self.assertEqual(set(map(url, names)), {OLD})
        self.assertFalse(self.folder.exists())

    def test_another_change_is_not_gone_on_with(self) -> None:
        names = self.catalogue(2)
        self.run_all(self.job(tasks=1), names)
        other = self.job(change=prkit.Change(la_url="https://other.example/"), tasks=1)
        events = self.run_all(other, names).to_pylist()
        self.assertEqual({row["state"] for row in events}, {"failed"})
        self.assertEqual(set(map(url, names)), {OLD + "x"})
        with self.assertRaises(TypeError):
            self.job(change=prkit.Change(checksums="add", content_keys={uuid.UUID(int=1): "00" * 16}))


if __name__ == "__main__":
    unittest.main()
