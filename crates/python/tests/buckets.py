"""A bucket on a server of its own (tests/engines/bucket.py), which the environment leads to as long as it is there."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import typing
import urllib.request

import prkit

SERVER = pathlib.Path(__file__).resolve().parents[3] / "tests" / "engines" / "bucket.py"


class Bucket:
    def __init__(self, name: str, *arguments: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.name, self.endpoint = name, f"http://127.0.0.1:{port}"
        self.server = subprocess.Popen([sys.executable, str(SERVER), str(port), *arguments], stdout=subprocess.PIPE)
        assert self.server.stdout is not None and self.server.stdout.readline() == b"ready\n"
        self.before = dict(os.environ)
        os.environ.update(AWS_ACCESS_KEY_ID="id-1234", AWS_SECRET_ACCESS_KEY="word-1234", AWS_ENDPOINT_URL=self.endpoint)
        prkit.set_remote()

    def close(self) -> None:
        os.environ.clear()
        os.environ.update(self.before)
        self.server.kill()
        self.server.wait()
        assert self.server.stdout is not None
        self.server.stdout.close()
        prkit.set_remote()

    def put(self, key: str, body: bytes, **headers: str) -> str:
        request = urllib.request.Request(f"{self.endpoint}/{self.name}/{key}", body, headers, method="PUT")
        urllib.request.urlopen(request).close()
        return f"s3://{self.name}/{key}"

    def get(self, key: str) -> tuple[bytes, typing.Any]:
        with urllib.request.urlopen(f"{self.endpoint}/{self.name}/{key}") as answer:
            return answer.read(), answer.headers

    def writes(self) -> dict[str, int]:
        """How often each object was written."""
        with urllib.request.urlopen(f"{self.endpoint}/-/writes") as answer:
            return {f"s3://{key}": count for key, count in json.loads(answer.read()).items()}
