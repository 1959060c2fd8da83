"""Jobs over objects of buckets, without an engine. Needs pyarrow."""

import pathlib
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
import typing
import unittest

import pyarrow as pa

import prkit
from buckets import Bucket
from prkit import _jobs
from test_jobs import CHANGE, CHILD, INIT, OLD, url

FOLDER = "s3://films/runs/1"


class Jobs(unittest.TestCase):
    def setUp(self) -> None:
        self.bucket = Bucket("films")
        self.addCleanup(self.bucket.close)
        self.body = prkit.reheader(INIT, prkit.Change(la_url=OLD))

    def catalogue(self, count: int) -> list[str]:
        return [self.bucket.put(f"title-{number // 5}/{number}.mp4", self.body) for number in range(count)]

    def job(self, change: prkit.Change = CHANGE, tasks: int = 4, **more: typing.Any) -> _jobs.Job:
        return _jobs.Job.begin(FOLDER, change, tasks, **more)

    def run_all(self, job: _jobs.Job, names: list[str]) -> list[dict[str, typing.Any]]:
        events: list[dict[str, typing.Any]] = pa.concat_tables([job.edit(task, rows) for task, rows in job.parts(names).items()]).to_pylist()
        return events

    def body_of(self, name: str) -> bytes:
        return self.bucket.get(name.removeprefix("s3://films/"))[0]

    def test_a_run_is_done_once_told_of_and_taken_back(self) -> None:
        names = self.catalogue(20)
        dry = self.run_all(self.job(dry_run=True), names)
        self.assertEqual({row["state"] for row in dry}, {"changed"})
        self.assertEqual({row["size_after"] for row in dry}, {prkit.plan(self.body, CHANGE).size_after})
        self.assertEqual({self.bucket.writes()[name] for name in names}, {1}, "a dry run writes nothing")
        events = self.run_all(self.job(), names)
        self.assertEqual(sorted(row["path"] for row in events), sorted(names))
        self.assertEqual({row["state"] for row in events}, {"changed"})
        self.assertEqual(set(map(url, names)), {OLD + "x"})
        again = self.run_all(self.job(), names)
        self.assertEqual({row["state"] for row in again}, {"already"})
        self.assertEqual({self.bucket.writes()[name] for name in names}, {2})
        (ledger,) = _jobs.ledgers(FOLDER)
        taken = _jobs.summary(_jobs.undo(ledger, False))
        self.assertEqual((taken.changed, taken.ok), (20, True))
        self.assertEqual({self.body_of(name) for name in names}, {self.body})
        taken = _jobs.summary(_jobs.undo(ledger, False))
        self.assertEqual((taken.changed, taken.unchanged, taken.ok), (0, 20, True))

    def test_attempts_that_are_killed_and_at_work_side_by_side_edit_each_object_once(self) -> None:
        names = self.catalogue(60)
        job = self.job(tasks=1)
        with tempfile.TemporaryDirectory() as folder:
            given = pathlib.Path(folder) / "task"
            given.write_bytes(pickle.dumps((0, [{"path": name} for name in names], job)))
            moment, kills = random.Random(11), 0
            for _ in range(12):
                children = [subprocess.Popen([sys.executable, "-c", CHILD, str(given)]) for _ in range(2)]
                done = sum(count > 1 for count in self.bucket.writes().values())
                until = time.monotonic() + 60
                # From the moment on that they work.
                while children[0].poll() is None and time.monotonic() < until:
                    if sum(count > 1 for count in self.bucket.writes().values()) > done:
                        time.sleep(moment.uniform(0, 0.02))
                        break
                for child in children:
                    child.send_signal(signal.SIGKILL)
                    kills += child.wait() == -signal.SIGKILL
        self.assertGreater(kills, 2)
        events = job.edit(0, [{"path": name} for name in names]).to_pylist()
        self.assertEqual(sorted(row["path"] for row in events), sorted(names))
        self.assertLessEqual({row["state"] for row in events}, {"changed", "already"})
        self.assertEqual(set(map(url, names)), {OLD + "x"})
        self.assertEqual({self.bucket.writes()[name] for name in names}, {2}, "the first body, and one edit")
        taken = _jobs.summary(_jobs.undo(job.ledger(0), False))
        self.assertEqual((taken.changed, taken.ok), (60, True))
        self.assertEqual({self.body_of(name) for name in names}, {self.body})

    def test_files_of_a_run_over_objects_prefixes_and_other_changes_are_failed_rows(self) -> None:
        names = self.catalogue(2)
        events = {row["path"]: row for row in self.run_all(self.job(), [names[0], str(INIT), "s3://films/title-0/", "s3://films/none.mp4"])}
        self.assertEqual(events[names[0]]["state"], "changed")
        self.assertIn("ledger in a bucket", events[str(INIT)]["error"])
        self.assertIn("prefix", events["s3://films/title-0/"]["error"])
        self.assertEqual(events["s3://films/none.mp4"]["state"], "failed")
        other = self.run_all(self.job(prkit.Change(la_url="https://other.example/")), [names[1]])
        self.assertEqual([row["state"] for row in other], ["failed"])
        self.assertEqual(url(names[1]), OLD)

    def test_objects_are_recorded_in_a_folder_of_files_too(self) -> None:
        names = self.catalogue(6)
        with tempfile.TemporaryDirectory() as folder:
            job = _jobs.Job.begin(pathlib.Path(folder) / "run", CHANGE, 2)
            self.assertEqual({row["state"] for row in self.run_all(job, names)}, {"changed"})
            self.assertEqual({row["state"] for row in self.run_all(job, names)}, {"already"})
            self.assertEqual(set(map(url, names)), {OLD + "x"})
            for ledger in _jobs.ledgers(job.folder):
                self.assertTrue(_jobs.summary(_jobs.undo(ledger, False)).ok)
        self.assertEqual({self.body_of(name) for name in names}, {self.body})

    def test_the_ledger_is_that_of_a_batch(self) -> None:
        names = self.catalogue(5)
        batch = prkit.Batch(inputs=["s3://films/title-0/"], change=CHANGE, in_place=True, ledger=f"{FOLDER}/", resume=None)
        self.assertEqual(batch.run().changed, 5)
        self.assertEqual(batch.run().done_before, 5)
        self.assertEqual({row["state"] for row in self.run_all(self.job(), names)}, {"already"})
        self.assertEqual(prkit.undo(f"{FOLDER}/").changed, 5)
        self.assertEqual({self.body_of(name) for name in names}, {self.body})


if __name__ == "__main__":
    unittest.main()
