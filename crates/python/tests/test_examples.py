"""The examples, run. Needs boto3 and moto for the function, nbclient, ipykernel, pandas and matplotlib for the notebook."""

import importlib.util
import os
import pathlib
import types
import typing
import unittest
import unittest.mock

import prkit

ROOT = pathlib.Path(__file__).resolve().parents[3]
INIT = ROOT / "samples" / "field" / "plain.mp4"


def has(*names: str) -> bool:
    return all(importlib.util.find_spec(name) is not None for name in names)


def example(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@unittest.skipUnless(has("boto3", "moto", "flask"), "needs boto3 and moto[server]")
class Function(unittest.TestCase):
    def setUp(self) -> None:
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        self.addCleanup(server.stop)
        host, port = server.get_host_and_port()
        names = {"LA_URL": "https://other.example/rm", "RUN": "7", "RECORDS": "records", "S3_ENDPOINT": f"http://{host}:{port}"}
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        patch = unittest.mock.patch.dict(os.environ, {**names, **keys})
        patch.start()
        self.addCleanup(patch.stop)
        self.module = example("lambda")
        self.s3 = self.module.client()
        for bucket in ("media", "records"):
            self.s3.create_bucket(Bucket=bucket)
        self.old = INIT.read_bytes()
        more = {"ContentType": "video/mp4", "CacheControl": "max-age=60", "Metadata": {"title": "7"}, "Tagging": "tier=gold&a%20b=c"}
        self.s3.put_object(Bucket="media", Key="a b/init.mp4", Body=self.old, **more)

    def event(self) -> dict[str, typing.Any]:
        """What S3 Batch Operations sends."""
        task = {"taskId": "t1", "s3Key": "a+b/init.mp4", "s3VersionId": None, "s3BucketArn": "arn:aws:s3:::media"}
        return {"invocationSchemaVersion": "1.0", "invocationId": "i", "job": {"id": "j"}, "tasks": [task]}

    def object(self) -> dict[str, typing.Any]:
        found: dict[str, typing.Any] = self.s3.get_object(Bucket="media", Key="a b/init.mp4")
        return found

    def test_an_object_is_edited_once_and_keeps_what_is_known_of_it(self) -> None:
        (result,) = self.module.handler(self.event(), None)["results"]
        self.assertEqual((result["taskId"], result["resultCode"], result["resultString"]), ("t1", "Succeeded", "changed"))
        found = self.object()
        body = found["Body"].read()
        self.assertEqual(body, prkit.reheader(self.old, prkit.Change(la_url="https://other.example/rm")))
        self.assertEqual((found["ContentType"], found["CacheControl"]), ("video/mp4", "max-age=60"))
        self.assertEqual(found["Metadata"], {"title": "7", "prkit-run": "7"})
        tags = self.s3.get_object_tagging(Bucket="media", Key="a b/init.mp4")["TagSet"]
        self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, {"tier": "gold", "a b": "c"})
        # Called again, with an edit that would do something once more.
        with unittest.mock.patch.dict(os.environ, {"LA_URL": "https://third.example/rm"}):
            (again,) = self.module.handler(self.event(), None)["results"]
        self.assertEqual(again["resultString"], "already")
        self.assertEqual(self.object()["Body"].read(), body)
        self.assertEqual(self.module.undo(self.s3, "7", "records"), 1)
        found = self.object()
        self.assertEqual((found["Body"].read(), found["Metadata"]), (self.old, {"title": "7"}))

    def test_an_object_takes_as_many_requests_as_docs_scale_says(self) -> None:
        self.s3.put_object(Bucket="media", Key="a b/init.mp4", Body=self.old)
        sent: list[str] = []
        self.s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.method))
        change = prkit.Change(la_url="https://other.example/rm")
        self.assertEqual(self.module.reheader(self.s3, "media", "a b/init.mp4", change, "7", "records"), "changed")
        self.assertEqual(sent, ["GET", "PUT", "PUT"])
        sent.clear()
        self.assertEqual(self.module.reheader(self.s3, "media", "a b/init.mp4", change, "7", "records"), "already")
        self.assertEqual(sent, ["GET"])

    def test_what_was_kept_first_is_what_undo_gives_back(self) -> None:
        # An attempt that ended between keeping the old object and writing the new one.
        record = self.module.record_of("7", "media", "a b/init.mp4")
        about = {"bucket": "media", "key": "a%20b/init.mp4"}
        self.s3.put_object(Bucket="records", Key=record, Body=self.old, Metadata=about)
        state = self.module.handler({"bucket": "media", "key": "a b/init.mp4"}, None)
        self.assertEqual(state, {"bucket": "media", "key": "a b/init.mp4", "state": "changed"})
        self.module.undo(self.s3, "7", "records")
        self.assertEqual(self.object()["Body"].read(), self.old)

    def test_another_writer_is_not_lost(self) -> None:
        other = prkit.reheader(self.old, prkit.Change(la_url="https://writer.example/"))
        real = self.s3.put_object

        def put(**fields: typing.Any) -> object:
            if fields["Bucket"] == "media":
                real(Bucket="media", Key="a b/init.mp4", Body=other)
            return real(**fields)

        with unittest.mock.patch.object(self.s3, "put_object", put), unittest.mock.patch.object(self.module, "client", lambda: self.s3):
            (result,) = self.module.handler(self.event(), None)["results"]
        self.assertEqual(result["resultCode"], "TemporaryFailure")
        self.assertEqual(self.object()["Body"].read(), other)

    def test_what_is_no_media_fails_for_good(self) -> None:
        self.s3.put_object(Bucket="media", Key="a b/init.mp4", Body=b"\x00" * 64)
        (result,) = self.module.handler(self.event(), None)["results"]
        self.assertEqual(result["resultCode"], "PermanentFailure")


@unittest.skipUnless(has("nbclient", "nbformat", "ipykernel", "matplotlib", "pandas"), "needs nbclient, ipykernel, pandas, matplotlib")
class Notebook(unittest.TestCase):
    def test_it_runs_from_the_listing_to_undo(self) -> None:
        import nbclient
        import nbformat

        notebook = nbformat.read(ROOT / "examples" / "catalogue.ipynb", as_version=4)
        self.assertFalse(any(cell.get("outputs") for cell in notebook.cells), "it is stored without outputs")
        with unittest.mock.patch.dict(os.environ, {"PRKIT_SAMPLES": str(ROOT / "samples")}):
            nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
        shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        self.assertTrue(any("image/png" in output.get("data", {}) for output in shown), "plots")
        self.assertTrue(any("Summary(" in output.get("data", {}).get("text/plain", "") for output in shown))


if __name__ == "__main__":
    unittest.main()
