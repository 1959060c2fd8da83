"""URLs as sources: a server that answers for parts, and a bucket that keeps conditions (tests/engines/bucket.py)."""

import http.server
import os
import pathlib
import tempfile
import threading
import time
import typing
import unittest

import prkit
from buckets import Bucket
from test_prkit import INIT, SAMPLES, first

CHANGE = prkit.Change(la_url="https://other.example/rightsmanager.asmx")


class Parts(http.server.BaseHTTPRequestHandler):
    """Files of the samples, in parts where they are asked for; /slow answers when it is let go on."""

    protocol_version = "HTTP/1.1"
    go_on = threading.Event()
    asked: typing.ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        name = self.path.split("?")[0].lstrip("/")
        if name == "slow":
            self.go_on.wait(30)
            name = "field/plain.mp4"
        path = SAMPLES / name
        if not path.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = path.read_bytes()
        asked = self.headers.get("Range")
        start, end = 0, len(body)
        if asked is not None:
            start, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
            end = min(end, last + 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(end - start))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(body[start:end])

    def log_message(self, format: str, *args: typing.Any) -> None:
        pass


class Urls(unittest.TestCase):
    def setUp(self) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Parts)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(prkit.set_remote)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        Parts.asked.clear()
        Parts.go_on.clear()

    def test_a_url_is_shown_planned_and_edited_as_the_file_is(self) -> None:
        for name in ("field/plain.mp4", "dash-live/video-init.mp4", "dash-ondemand/audio.mp4", "progressive/movie.mp4"):
            here, there = prkit.show(SAMPLES / name), prkit.show(f"{self.base}/{name}")
            self.assertEqual({**there.to_dict(), "path": None}, {**here.to_dict(), "path": None}, name)
            self.assertEqual(prkit.plan(f"{self.base}/{name}", CHANGE).segments, prkit.plan(SAMPLES / name, CHANGE).segments, name)
            self.assertEqual(prkit.reheader(f"{self.base}/{name}", CHANGE), prkit.reheader(SAMPLES / name, CHANGE), name)
            self.assertEqual(prkit.lint(f"{self.base}/{name}"), prkit.lint(SAMPLES / name), name)

    def test_an_error_has_the_url_without_what_is_secret_in_it(self) -> None:
        with self.assertRaises(prkit.Error) as caught:
            prkit.show(f"{self.base}/none.mp4?token=word-1234")
        self.assertEqual((caught.exception.kind, caught.exception.path), ("io", f"{self.base}/none.mp4?…"))
        self.assertIn("404", str(caught.exception))
        with self.assertRaises(prkit.Error) as caught:
            prkit.show(f"{self.base}/bad/README.md")
        self.assertEqual(caught.exception.path, f"{self.base}/bad/README.md")
        with self.assertRaises(prkit.Error):
            prkit.rewrite(f"{self.base}/field/plain.mp4", CHANGE, in_place=True)

    def test_headers_go_to_the_host_that_is_named(self) -> None:
        prkit.set_remote(http_headers={"Authorization": "Bearer word-1234"}, timeout=10)
        prkit.show(f"{self.base}/field/plain.mp4")
        self.assertEqual(Parts.asked[0][1], "Bearer word-1234")
        prkit.set_remote()
        prkit.show(f"{self.base}/field/plain.mp4")
        self.assertIsNone(Parts.asked[-1][1])
        with self.assertRaises(ValueError):
            prkit.set_remote(http_headers={"a\nb": "c"})
        for wrong in (0, float("nan")):
            with self.assertRaises(ValueError):
                prkit.set_remote(timeout=wrong)

    def test_other_threads_work_while_a_server_is_waited_for(self) -> None:
        found: list[prkit.Asset] = []
        waiting = threading.Thread(target=lambda: found.append(prkit.show(f"{self.base}/slow")))
        waiting.start()
        while not any(path == "/slow" for path, _ in Parts.asked):
            time.sleep(0.01)
        # If the interpreter's lock were held, neither the server nor this thread could go on.
        self.assertEqual(found, [])
        Parts.go_on.set()
        waiting.join(60)
        self.assertEqual(found[0].pssh, prkit.show(INIT).pssh)


class Objects(unittest.TestCase):
    bucket: typing.ClassVar[Bucket]

    @classmethod
    def setUpClass(cls) -> None:
        cls.bucket = Bucket("films")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.bucket.close()

    def test_an_object_is_edited_where_it_is(self) -> None:
        url = self.bucket.put("one.mp4", INIT.read_bytes(), **{"Content-Type": "video/mp4", "x-amz-meta-of": "me"})
        self.assertEqual(prkit.show(url).path, url)
        done = prkit.rewrite(url, CHANGE, in_place=True)
        self.assertEqual((done.changed, done.method), (True, "copied"))
        body, headers = self.bucket.get("one.mp4")
        self.assertEqual(body, prkit.reheader(INIT, CHANGE))
        self.assertEqual((headers["Content-Type"], headers["x-amz-meta-of"]), ("video/mp4", "me"))
        self.assertFalse(prkit.rewrite(url, CHANGE, in_place=True).changed)
        with self.assertRaises(prkit.Error) as caught:
            prkit.rewrite("s3://films/none.mp4", CHANGE, in_place=True)
        self.assertEqual((caught.exception.kind, caught.exception.path), ("io", "s3://films/none.mp4"))

    def test_from_an_object_to_a_file_and_from_a_file_to_an_object(self) -> None:
        url = self.bucket.put("from.mp4", INIT.read_bytes())
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "to.mp4"
            prkit.rewrite(url, CHANGE, in_place=False, output=output)
            self.assertEqual(output.read_bytes(), prkit.reheader(INIT, CHANGE))
        prkit.rewrite(INIT, CHANGE, in_place=False, output="s3://films/made.mp4")
        self.assertEqual(self.bucket.get("made.mp4")[0], prkit.reheader(INIT, CHANGE))
        with self.assertRaises(prkit.Error):
            prkit.rewrite(INIT, CHANGE, in_place=False, output="s3://films/made.mp4")
        self.assertEqual(self.bucket.get("from.mp4")[0], INIT.read_bytes())

    def test_a_batch_goes_over_objects_and_prefixes(self) -> None:
        for number in range(6):
            self.bucket.put(f"batch/{number % 2}/{number}.mp4", INIT.read_bytes())
        single = self.bucket.put("single.mp4", INIT.read_bytes())
        events: list[dict[str, typing.Any]] = []
        batch = prkit.Batch(inputs=["s3://films/batch/", single], change=CHANGE, in_place=True)
        self.assertEqual(batch.run(on_event=events.append).changed, 7)
        self.assertIn("s3://films/batch/1/3.mp4", [event["path"] for event in events])
        self.assertEqual(self.bucket.get("batch/1/3.mp4")[0], prkit.reheader(INIT, CHANGE))
        self.assertEqual(batch.run().unchanged, 7)

    def test_a_process_that_is_forked_asks_by_connections_of_its_own(self) -> None:
        url = self.bucket.put("forked.mp4", INIT.read_bytes())
        expected = first(prkit.show(url)).la_url
        children = []
        for _ in range(2):
            child = os.fork()
            if child == 0:
                os._exit(0 if first(prkit.show(url)).la_url == expected else 1)
            children.append(child)
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0, 0])
        self.assertEqual(first(prkit.show(url)).la_url, expected)


if __name__ == "__main__":
    unittest.main()
