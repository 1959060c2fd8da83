"""Runs over many files: changed, told of, gone on with, taken back."""

import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import typing
import unittest

import prkit
from test_prkit import INIT, first, program


class Batches(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name) / "catalogue"
        for number in range(12):
            path = self.root / f"title-{number % 3}" / f"{number}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(INIT.read_bytes())
        (self.root / "notes.txt").write_text("no media\n")
        (self.root / "title-0" / "cut.mp4").write_bytes(INIT.read_bytes()[:-200])
        self.before = self.files()
        self.change = prkit.Change(la_url="https://other.example/rightsmanager.asmx")
        self.ledger = pathlib.Path(self.folder.name) / "run.log"

    def files(self) -> dict[pathlib.Path, bytes]:
        return {path: path.read_bytes() for path in sorted(self.root.rglob("*")) if path.is_file()}

    def test_a_catalogue_is_changed_told_of_and_taken_back(self) -> None:
        events: list[dict[str, object]] = []
        batch = prkit.Batch(inputs=[self.root], change=self.change, in_place=True, ledger=self.ledger)
        summary = batch.run(on_event=events.append)
        self.assertEqual((summary.changed, summary.failed, summary.ok), (12, 1, False))
        self.assertEqual(len(events), 13)
        self.assertEqual(sum(event.get("changed") is True for event in events), 12)
        broken = [event for event in events if event["error"]]
        self.assertTrue(str(broken[0]["path"]).endswith("cut.mp4"))
        good = [path for path in self.before if path.suffix == ".mp4" and path.name != "cut.mp4"]
        self.assertTrue(all(first(prkit.show(path)).la_url == self.change.la_url for path in good))
        again = prkit.Batch(inputs=[self.root], change=self.change, in_place=True, ledger=self.ledger, resume=True).run()
        self.assertEqual((again.changed, again.done_before), (0, 12))
        with self.assertRaises(prkit.Error):
            other = prkit.Change(la_url="https://third.example/")
            prkit.Batch(inputs=[self.root], change=other, in_place=True, ledger=self.ledger, resume=True).run()
        self.assertEqual(prkit.undo(self.ledger, dry_run=True).failed, 0)
        self.assertNotEqual(self.files(), self.before)
        taken = prkit.undo(self.ledger)
        self.assertEqual((taken.changed, taken.ok), (12, True))
        self.assertEqual(self.files(), self.before)

    def test_the_program_takes_back_what_the_module_did(self) -> None:
        prkit.Batch(inputs=[self.root], change=self.change, in_place=True, ledger=self.ledger).run()
        done = program("undo", str(self.ledger))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.files(), self.before)

    def test_a_dry_run_and_outputs_leave_inputs_alone(self) -> None:
        summary = prkit.Batch(inputs=[self.root], change=self.change, in_place=False).run()
        self.assertEqual(summary.changed, 12)
        self.assertEqual(self.files(), self.before)
        output = pathlib.Path(self.folder.name) / "out"
        prkit.Batch(inputs=[self.root], change=self.change, in_place=False, output=output).run()
        self.assertEqual(self.files(), self.before)
        self.assertEqual(sum(path.is_file() for path in output.rglob("*.mp4")), 12)

    def test_what_an_event_raises_ends_the_run_between_files(self) -> None:
        class Enough(Exception):
            pass

        def stop(event: dict[str, object]) -> None:
            raise Enough

        batch = prkit.Batch(inputs=[self.root], change=self.change, in_place=True, ledger=self.ledger, jobs=1)
        with self.assertRaises(Enough):
            batch.run(on_event=stop)
        after = self.files()
        changed = [path for path in after if path in self.before and after[path] != self.before[path]]
        self.assertTrue(all(first(prkit.show(path)).la_url == self.change.la_url for path in changed))
        self.assertTrue(prkit.undo(self.ledger).ok)
        self.assertEqual(self.files(), self.before)

    def test_a_run_is_begun_or_gone_on_with(self) -> None:
        batch = prkit.Batch(inputs=[self.root], change=self.change, in_place=True, ledger=self.ledger, resume=None)
        self.assertEqual(batch.run().changed, 12)
        again = batch.run()
        self.assertEqual((again.changed, again.done_before), (0, 12))
        # What a kill leaves before the first line is whole: nothing was done.
        cut = pathlib.Path(self.folder.name) / "cut.log"
        cut.touch(mode=0o600)
        cut.write_bytes(self.ledger.read_bytes()[:40])
        other = prkit.Change(la_url="https://third.example/")
        self.assertEqual(prkit.Batch(inputs=[self.root], change=other, in_place=True, ledger=cut, resume=None).run().changed, 12)
        self.assertEqual(prkit.undo(cut).changed, 12)
        self.assertEqual(prkit.undo(self.ledger).changed, 12)
        self.assertEqual(self.files(), self.before)

    def test_an_interrupt_stops_in_order(self) -> None:
        for number in range(800):
            path = self.root / f"many-{number}" / "init.mp4"
            path.parent.mkdir()
            path.write_bytes(INIT.read_bytes())
        before = self.files()
        code = (
            "import prkit, sys\n"
            "batch = prkit.Batch(inputs=[sys.argv[1]], change=prkit.Change(la_url=sys.argv[2]), in_place=True, ledger=sys.argv[3], jobs=1)\n"
            "try:\n    batch.run()\n"
            "except KeyboardInterrupt:\n    sys.exit(42)\n"
        )
        arguments = [str(self.root), str(self.change.la_url), str(self.ledger)]
        with subprocess.Popen([sys.executable, "-c", code, *arguments]) as child:
            until = time.monotonic() + 60
            while not (self.ledger.exists() and self.ledger.read_bytes().count(b"\n") > 5) and time.monotonic() < until:
                time.sleep(0.005)
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(), 42)
        after = self.files()
        self.assertEqual(set(after), set(before), "nothing is left beside the files")
        changed = [path for path in before if after[path] != before[path]]
        self.assertTrue(0 < len(changed) < 800, len(changed))
        for path in changed:
            self.assertEqual(first(prkit.show(after[path])).la_url, self.change.la_url)
        taken = prkit.undo(self.ledger)
        self.assertEqual((taken.changed, taken.ok), (len(changed), True))
        self.assertEqual(self.files(), before)

    def test_arguments_that_make_no_sense_are_refused(self) -> None:
        wrongs: list[dict[str, typing.Any]] = [
            {"inputs": str(self.root), "in_place": True},
            {"inputs": [self.root]},
            {"inputs": [self.root], "in_place": True, "output": "x"},
            {"inputs": [self.root], "in_place": True, "resume": True},
            {"inputs": [self.root], "in_place": True, "resume": None},
        ]
        for wrong in wrongs:
            with self.assertRaises(TypeError):
                prkit.Batch(change=self.change, **wrong)


if __name__ == "__main__":
    unittest.main()
