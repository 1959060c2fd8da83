"""The module as people use it. Run from anywhere: python -m unittest discover -s crates/python/tests"""

import io
import json
import os
import pathlib
import pickle
import subprocess
import tempfile
import threading
import unittest
import uuid

import prkit

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples"
CORPUS = pathlib.Path(os.environ.get("PRKIT_CORPUS", ROOT.parent / "shared" / "corpus"))
INIT = SAMPLES / "field" / "plain.mp4"
OTHER = SAMPLES / "dash-live" / "video-init.mp4"
PROGRAM = os.environ.get("PRKIT", str(ROOT / "target" / "debug" / "prkit"))
SIGNED = "keys/signed.xml"
KID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")


def program(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, check=False)


def first(asset: prkit.Asset) -> prkit.PlayReadyHeader:
    header = next(pssh.header for pssh in asset.pssh if pssh.header is not None)
    assert header is not None
    return header


class Showing(unittest.TestCase):
    def shown_as_by_the_program(self, folder: pathlib.Path) -> int:
        shown = 0
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            printed = json.loads(program("show", "--json", str(path)).stdout)
            try:
                here = prkit.show(path).to_dict()
            except prkit.Error as error:
                self.assertEqual(printed["kind"], "unknown", path)
                self.assertTrue(printed["error"].startswith(str(error)), path)
                continue
            self.assertEqual(here, printed, path)
            shown += 1
        return shown

    def test_every_sample_is_shown_as_the_program_shows_it(self) -> None:
        self.assertGreater(self.shown_as_by_the_program(SAMPLES), 50)

    @unittest.skipUnless(CORPUS.is_dir(), "needs the corpus of other people's files")
    def test_every_file_of_the_corpus_is_shown_as_the_program_shows_it(self) -> None:
        self.assertGreater(self.shown_as_by_the_program(CORPUS), 50)

    def test_a_source_is_bytes_a_path_a_file_or_a_reader(self) -> None:
        data = INIT.read_bytes()

        class Reader:
            size = len(data)
            reads: list[tuple[int, int]] = []
            hints: list[tuple[int, int]] = []

            def read_at(self, offset: int, length: int) -> bytes:
                self.reads.append((offset, length))
                return data[offset : offset + length]

            def hint(self, spans: list[tuple[int, int]]) -> None:
                self.hints.extend(spans)

        url = first(prkit.show(INIT)).la_url
        self.assertIsNotNone(url)
        for source in (data, bytearray(data), memoryview(data), str(INIT), INIT, io.BytesIO(data), Reader()):
            self.assertEqual(first(prkit.show(source)).la_url, url, type(source))
        self.assertTrue(Reader.reads)
        with open(INIT, "rb") as file:
            self.assertEqual(prkit.show(file).size, len(data))
        for wrong in (7, None, ["a"]):
            with self.assertRaises(TypeError):
                prkit.show(wrong)  # type: ignore[arg-type]
        with self.assertRaisesRegex(ValueError, "no ftp:// URL is opened"):
            prkit.show("ftp://host/key")

    def test_what_a_reader_raises_is_what_is_raised(self) -> None:
        class Throttled(RuntimeError):
            pass

        class Reader:
            size = 1 << 20

            def read_at(self, offset: int, length: int) -> bytes:
                raise Throttled("slow down")

        with self.assertRaises(Throttled):
            prkit.show(Reader())

        class Short:
            size = 1 << 20

            def read_at(self, offset: int, length: int) -> bytes:
                return b""

        with self.assertRaises(EOFError):
            prkit.show(Short())

    def test_errors_have_kind_and_place(self) -> None:
        with self.assertRaises(prkit.Error) as caught:
            prkit.show(b"\x1f\x8bno media at all, and no text either \x00\x01")
        self.assertEqual((caught.exception.kind, caught.exception.offset, caught.exception.box), ("not-recognised", 0, "/"))
        with self.assertRaises(prkit.Error) as caught:
            prkit.show(SAMPLES / "no-such-file.mp4")
        self.assertEqual((caught.exception.kind, caught.exception.path), ("io", SAMPLES / "no-such-file.mp4"))
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((str(again), again.kind, again.path), (str(caught.exception), "io", caught.exception.path))

    def test_values_pickle_and_compare(self) -> None:
        asset = prkit.show(INIT)
        again = pickle.loads(pickle.dumps(asset))
        self.assertEqual(again, asset)
        self.assertEqual(hash(again), hash(asset))
        self.assertEqual(again.pssh, asset.pssh)
        self.assertEqual((again.kind, again.size, again.path, again.error), (asset.kind, asset.size, asset.path, asset.error))
        self.assertEqual(again.findings, asset.findings)
        self.assertEqual(first(again), first(asset))
        self.assertNotEqual(asset, prkit.show(OTHER))


class Headers(unittest.TestCase):
    def test_a_header_is_made_read_and_changed(self) -> None:
        header = prkit.PlayReadyHeader.new(key_ids=[KID], la_url="https://license.example/rm")
        self.assertEqual((header.key_ids, header.la_url), ((KID,), "https://license.example/rm"))
        self.assertEqual(prkit.PlayReadyHeader.parse(header.to_pssh(version=1)), header)
        self.assertEqual(prkit.PlayReadyHeader.parse(header.to_pro(els=1024)), header)
        self.assertEqual(prkit.PlayReadyHeader.parse(header.to_mspr_pro()), header)
        self.assertEqual(prkit.PlayReadyHeader.parse(header.to_ext_x_key()), header)
        self.assertEqual(prkit.PlayReadyHeader.parse(header.to_protection_header()), header)
        self.assertEqual(prkit.PlayReadyHeader.parse(bytes(header)), header)
        self.assertEqual(pickle.loads(pickle.dumps(header)), header)
        other = header.replace(la_url="https://other.example/", key_ids=[uuid.UUID(int=7), KID], version="4.2")
        self.assertEqual((other.version, other.la_url), ("4.2.0.0", "https://other.example/"))
        self.assertEqual(set(other.key_ids), {uuid.UUID(int=7), KID})
        self.assertNotEqual(other, header)
        self.assertIsNone(header.replace(remove=["la_url"]).la_url)
        self.assertEqual(header.replace(), header)

    def test_a_box_is_what_the_program_makes(self) -> None:
        made = program("new", "--kid", str(KID), "--la-url", "https://license.example/rm", "--as", "pssh", "-o", "-")
        header = prkit.PlayReadyHeader.new(key_ids=[KID], la_url="https://license.example/rm")
        self.assertEqual(prkit.PlayReadyHeader.parse(made.stdout), header)

    def test_what_no_header_can_say_is_refused(self) -> None:
        for fields in ({"la_url": "license.example/rm"}, {"ds_id": "short"}, {"version": "5.0"}):
            with self.assertRaises((prkit.Error, ValueError)):
                prkit.PlayReadyHeader.new(key_ids=[KID], **fields)  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            prkit.PlayReadyHeader.new(kid=[KID])  # type: ignore[call-arg]
        with self.assertRaises(TypeError):
            prkit.PlayReadyHeader.new(key_ids=str(KID))
        with self.assertRaises(prkit.Error):
            prkit.Change(la_url="license.example/rm")

    def test_lint_finds_what_the_program_finds(self) -> None:
        path = SAMPLES / "bad"
        tried = 0
        for sample in sorted(path.rglob("*")) if path.exists() else []:
            if not sample.is_file():
                continue
            printed = program("lint", "--json", str(sample)).stdout
            try:
                found = prkit.lint(sample)
            except prkit.Error:
                continue
            report = json.loads(printed)
            self.assertEqual([finding.rule for finding in found], [finding["rule"] for finding in report["findings"]], sample)
            tried += 1
        header = prkit.PlayReadyHeader.new(key_ids=[KID])
        self.assertTrue(all(finding.level != "error" for finding in header.lint()))


class Editing(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name) / "init.mp4"
        self.path.write_bytes(INIT.read_bytes())
        self.change = prkit.Change(la_url="https://other.example/rightsmanager.asmx?a=1&b=2")

    def of_program(self) -> bytes:
        output = pathlib.Path(self.folder.name) / "program.mp4"
        done = program("reheader", str(INIT), "--la-url", str(self.change.la_url), "-o", str(output))
        self.assertEqual(done.returncode, 0, done.stderr)
        return output.read_bytes()

    def test_every_way_gives_the_bytes_of_the_program(self) -> None:
        expected = self.of_program()
        data = INIT.read_bytes()
        plan = prkit.plan(data, self.change)
        self.assertEqual(prkit.apply(plan, data), expected)
        self.assertEqual(prkit.apply(pickle.loads(pickle.dumps(plan)), INIT), expected)
        self.assertEqual(prkit.apply(prkit.Plan.from_json(plan.to_json()), io.BytesIO(data)), expected)
        self.assertEqual(prkit.reheader(data, self.change), expected)
        output = pathlib.Path(self.folder.name) / "out.mp4"
        done = prkit.rewrite(self.path, self.change, in_place=False, output=output)
        self.assertEqual((done.changed, done.size_after), (True, len(expected)))
        self.assertEqual(output.read_bytes(), expected)
        self.assertEqual(self.path.read_bytes(), data)
        done = prkit.rewrite(self.path, self.change, in_place=True)
        self.assertEqual((done.changed, done.size_before, done.size_after), (True, len(data), len(self.path.read_bytes())))
        self.assertEqual(first(prkit.show(self.path)).la_url, self.change.la_url)
        self.assertFalse(prkit.rewrite(self.path, self.change, in_place=True).changed)

    def test_a_plan_says_what_it_does(self) -> None:
        data = INIT.read_bytes()
        plan = prkit.plan(data, self.change)
        made = b"".join(part if isinstance(part, bytes) else data[part[0] : part[1]] for part in plan.segments)
        self.assertEqual(made, prkit.apply(plan, data))
        self.assertEqual((plan.size_before, plan.size_after), (len(data), len(made)))
        self.assertTrue(plan)
        self.assertFalse(prkit.plan(made, self.change))
        self.assertEqual(plan, prkit.plan(INIT, self.change).from_json(plan.to_json()))

    def test_a_plan_is_not_carried_out_on_another_asset(self) -> None:
        data = INIT.read_bytes()
        plan = prkit.plan(data, self.change)
        other = prkit.reheader(data, prkit.Change(la_url="https://third.example/"))
        for wrong in (other, data + b"\0\0\0\x08free"):
            with self.assertRaises(prkit.Error) as caught:
                prkit.apply(plan, wrong)
            self.assertEqual(caught.exception.kind, "other-asset")
        fields = json.loads(plan.to_json())
        fields["edits"][0]["put"] = "AAAA"
        with self.assertRaises(prkit.Error):
            prkit.apply(prkit.Plan.from_json(json.dumps(fields)), data)

    def test_in_place_has_no_default_and_outputs_are_not_replaced(self) -> None:
        with self.assertRaises(TypeError):
            prkit.rewrite(self.path, self.change)  # type: ignore[call-arg]
        with self.assertRaises(TypeError):
            prkit.rewrite(self.path, self.change, in_place=False)
        with self.assertRaises(prkit.Error):
            prkit.rewrite(INIT, self.change, in_place=False, output=self.path)
        self.assertEqual(self.path.read_bytes(), INIT.read_bytes())
        prkit.rewrite(INIT, self.change, in_place=False, output=self.path, overwrite=True)
        self.assertNotEqual(self.path.read_bytes(), INIT.read_bytes())

    def test_keys_are_not_pickled_and_not_shown(self) -> None:
        key = "0123456789abcdef0123456789abcdef"
        change = prkit.Change(checksums="add", content_keys={KID: key})
        self.assertNotIn(key, repr(change))
        with self.assertRaisesRegex(TypeError, "keys_file or keys_env"):
            pickle.dumps(change)
        header = prkit.PlayReadyHeader.new(key_ids=[KID], version="4.0")
        with_sum = header.replace(checksums="add", content_keys={KID: bytes.fromhex(key)})
        self.assertIn("<CHECKSUM>", with_sum.xml)
        keys = pathlib.Path(self.folder.name) / "keys"
        keys.write_text(f"# keys\n{KID}:{key}\n")
        self.assertEqual(header.replace(checksums="add", keys_file=keys), with_sum)
        os.environ["PRKIT_TEST_KEYS"] = f"{KID}:{key}"
        named = pickle.loads(pickle.dumps(prkit.Change(checksums="add", keys_env="PRKIT_TEST_KEYS")))
        box = header.to_pssh()
        self.assertEqual(first(prkit.show(prkit.reheader(box, named))), with_sum)
        keys.write_text(f"{KID}={key}\n")
        with self.assertRaises(ValueError) as caught:
            header.replace(checksums="add", keys_file=keys)
        self.assertNotIn(key, str(caught.exception))
        with self.assertRaises(ValueError) as caught:
            prkit.Change(content_keys={KID: key[:-1]})
        self.assertNotIn(key[:-1], str(caught.exception))

    def test_a_change_is_a_value(self) -> None:
        self.assertEqual(prkit.Change(la_url="https://a.example/"), prkit.Change(la_url="https://a.example/"))
        self.assertEqual(pickle.loads(pickle.dumps(self.change)), self.change)
        old = str(first(prkit.show(INIT)).la_url)
        moved = prkit.reheader(INIT, prkit.Change(la_url_replace={old: "https://moved.example/"}))
        self.assertEqual(first(prkit.show(moved)).la_url, "https://moved.example/")
        padded = prkit.reheader(INIT, prkit.Change(els=2048))
        self.assertGreater(len(padded), INIT.stat().st_size)

    def test_a_refusal_names_what_overrides_it(self) -> None:
        with self.assertRaises(prkit.Error) as caught:
            prkit.reheader(INIT, prkit.Change(key_ids=[uuid.UUID(int=1)]))
        self.assertEqual(caught.exception.overridden_by, "key-id")
        self.assertTrue(prkit.reheader(INIT, prkit.Change(key_ids=[uuid.UUID(int=1)], override=["key-id"])))
        with self.assertRaisesRegex(ValueError, "signature"):
            prkit.Change(override=["everything"])

    def test_a_plan_is_carried_out_with_the_overrides_that_made_it(self) -> None:
        data = INIT.read_bytes()
        plan = prkit.plan(data, prkit.Change(key_ids=[uuid.UUID(int=1)], override=["key-id"]))
        self.assertEqual(len(prkit.apply(plan, data, override=["key-id"])), plan.size_after)
        signed = SAMPLES / SIGNED
        plan = prkit.plan(signed, prkit.Change(la_url="https://other.example/", override=["signature"]))
        with self.assertRaises(prkit.Error) as caught:
            prkit.apply(plan, signed)
        self.assertEqual(caught.exception.overridden_by, "signature")
        self.assertEqual(len(prkit.apply(plan, signed, override=["signature"])), plan.size_after)
        with self.assertRaisesRegex(ValueError, "signature"):
            prkit.apply(plan, signed, override=["everything"])

    def test_a_copy_that_changes_nothing_says_so(self) -> None:
        output = pathlib.Path(self.folder.name) / "same.mp4"
        url = str(first(prkit.show(INIT)).la_url)
        done = prkit.rewrite(INIT, prkit.Change(la_url=url), in_place=False, output=output)
        self.assertEqual((done.changed, done.size_before, done.size_after), (False, INIT.stat().st_size, INIT.stat().st_size))
        self.assertEqual(output.read_bytes(), INIT.read_bytes())

    def test_threads_work_side_by_side(self) -> None:
        data = INIT.read_bytes() * 1
        results: list[bytes] = []

        def work() -> None:
            for _ in range(20):
                results.append(prkit.reheader(io.BytesIO(data), self.change))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(len(results), 80)


class Checking(unittest.TestCase):
    def test_a_title_agrees_or_does_not(self) -> None:
        manifests = sorted(SAMPLES.glob("dash-live/*.mpd"))
        self.assertTrue(manifests)
        checked = prkit.check(manifests[:1])
        self.assertGreater(checked.compared, 0)
        printed = program("check", "--json", str(manifests[0]))
        found = [finding["rule"] for line in printed.stdout.splitlines() for finding in json.loads(line)["findings"]]
        self.assertEqual(sorted(finding.rule for finding in checked.findings), sorted(found))
        nothing = prkit.check([SAMPLES / "no-such.mpd"])
        self.assertFalse(nothing.agrees)
        self.assertEqual(len(nothing.failed), 1)


if __name__ == "__main__":
    unittest.main()
