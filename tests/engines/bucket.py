"""A server of buckets that keeps what Amazon promises: conditions, least sizes of parts, nothing of the old object in a new one.

    python tests/engines/bucket.py PORT [--delay SECONDS]

moto keeps no condition on completed uploads and answers in milliseconds; this one is one process without threads, so a request
happens as a whole or not at all. Buckets are there when they are named. Objects are held in memory. --delay is what every
answer takes longer, as one from another region would; answers to different connections take it side by side.

GET /-/writes   a JSON object: how often each key was written by a PUT or a completion, by BUCKET/KEY
GET /-/keys?BUCKET/PREFIX   a JSON array of keys
GET /-/traffic  a JSON object: requests by method, bytes of bodies up and down
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import dataclasses
import hashlib
import itertools
import json
import re
import sys
import urllib.parse
from xml.sax.saxutils import escape, unescape

MIB = 1 << 20
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
PAGE = 1000


@dataclasses.dataclass(frozen=True)
class Object:
    body: bytes
    entity: str
    headers: dict[str, str]


@dataclasses.dataclass
class Upload:
    key: str
    headers: dict[str, str]
    parts: dict[int, tuple[bytes, str]]


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, str], bytes]


def xml(text: str, status: int = 200) -> Answer:
    return status, {"content-type": "application/xml"}, b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def refused(status: int, code: str) -> Answer:
    return xml(f"<Error><Code>{code}</Code></Error>", status)


def kept(request: Request) -> dict[str, str]:
    """What an object has beside its bytes."""
    names = ("content-type", "content-encoding", "content-language", "content-disposition", "cache-control", "expires")
    return {name: value for name, value in request.headers.items() if name in names or name.startswith(("x-amz-meta-", "x-amz-tagging"))}


class Buckets:
    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.uploads: dict[str, Upload] = {}
        self.numbers = itertools.count(1)
        self.writes: collections.Counter[str] = collections.Counter()
        self.traffic: collections.Counter[str] = collections.Counter()

    def answer(self, request: Request) -> Answer:
        path = urllib.parse.unquote(request.path).lstrip("/")
        if path == "-/writes":
            return 200, {}, json.dumps(self.writes).encode()
        if path == "-/keys":
            bucket, _, prefix = next(iter(request.query), "").partition("/")
            found = (key.partition("/")[2] for key in self.objects if key.startswith(f"{bucket}/{prefix}"))
            return 200, {}, json.dumps(sorted(found)).encode()
        if path == "-/traffic":
            return 200, {}, json.dumps(self.traffic).encode()
        self.traffic[request.method] += 1
        self.traffic["up"] += len(request.body)
        bucket, _, key = path.partition("/")
        query, upload = request.query, request.query.get("uploadId")
        match request.method:
            case "PUT" if not key:
                answer = 200, {}, b""
            case "GET" if not key:
                answer = self.uploads_of(bucket) if "uploads" in query else self.page(bucket, query)
            case "GET" | "HEAD" if "tagging" in query:
                answer = self.tags(path)
            case "GET" | "HEAD":
                answer = self.get(path, request)
            case "PUT" if upload:
                answer = self.part(upload, int(query["partNumber"]), request)
            case "PUT":
                answer = self.put(path, request)
            case "POST" if upload:
                answer = self.complete(upload, request)
            case "POST" if "uploads" in query:
                name = f"upload{next(self.numbers)}"
                self.uploads[name] = Upload(path, kept(request), {})
                answer = xml(f"<InitiateMultipartUploadResult {NAMESPACE}><UploadId>{name}</UploadId></InitiateMultipartUploadResult>")
            case "DELETE":
                self.uploads.pop(upload, None) if upload else self.objects.pop(path, None)
                answer = 204, {}, b""
            case _:
                answer = refused(405, "MethodNotAllowed")
        self.traffic["down"] += len(answer[2])
        return answer

    def page(self, bucket: str, query: dict[str, str]) -> Answer:
        start = f"{bucket}/{query.get('prefix', '')}"
        behind = query.get("continuation-token") or query.get("start-after", "")
        keys = sorted(key for key in self.objects if key.startswith(start) and key[len(bucket) + 1 :] > behind)
        shown = [key[len(bucket) + 1 :] for key in keys[:PAGE]]
        is_cut = len(keys) > PAGE
        encode = urllib.parse.quote if query.get("encoding-type") == "url" else escape
        contents = "".join(
            f"<Contents><Key>{encode(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>{escape(self.objects[f'{bucket}/{key}'].entity)}</ETag><Size>{len(self.objects[f'{bucket}/{key}'].body)}</Size></Contents>"
            for key in shown
        )
        more = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if is_cut else ""
        return xml(f"<ListBucketResult {NAMESPACE}><IsTruncated>{str(is_cut).lower()}</IsTruncated>{contents}{more}</ListBucketResult>")

    def uploads_of(self, bucket: str) -> Answer:
        uploads = "".join(
            f"<Upload><Key>{escape(upload.key[len(bucket) + 1 :])}</Key><UploadId>{name}</UploadId></Upload>"
            for name, upload in self.uploads.items()
            if upload.key.startswith(f"{bucket}/")
        )
        return xml(f"<ListMultipartUploadsResult {NAMESPACE}><IsTruncated>false</IsTruncated>{uploads}</ListMultipartUploadsResult>")

    def tags(self, path: str) -> Answer:
        if path not in self.objects:
            return refused(404, "NoSuchKey")
        tags = urllib.parse.parse_qsl(self.objects[path].headers.get("x-amz-tagging", ""))
        found = "".join(f"<Tag><Key>{escape(name)}</Key><Value>{escape(value)}</Value></Tag>" for name, value in tags)
        return xml(f"<Tagging><TagSet>{found}</TagSet></Tagging>")

    def get(self, path: str, request: Request) -> Answer:
        known = self.objects.get(path)
        if known is None:
            return refused(404, "NoSuchKey")
        if request.headers.get("if-match", known.entity) != known.entity:
            return refused(412, "PreconditionFailed")
        headers = {"etag": known.entity, "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT", "accept-ranges": "bytes"}
        for name, value in known.headers.items():
            if name == "x-amz-tagging":
                headers["x-amz-tagging-count"] = str(len(urllib.parse.parse_qsl(value)))
            else:
                headers[name] = value
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if asked is None:
            return 200, headers, known.body
        start, end = int(asked[1]), min(int(asked[2]) + 1, len(known.body))
        if start >= len(known.body):
            return refused(416, "InvalidRange")
        headers["content-range"] = f"bytes {start}-{end - 1}/{len(known.body)}"
        return 206, headers, known.body[start:end]

    def keep(self, path: str, body: bytes, headers: dict[str, str]) -> str:
        entity = f'"{hashlib.md5(body).hexdigest()}-{next(self.numbers)}"'
        self.objects[path] = Object(body, entity, headers)
        self.writes[path] += 1
        return entity

    def stands_against(self, path: str, request: Request) -> bool:
        now = self.objects.get(path)
        expected = request.headers.get("if-match")
        is_other = expected is not None and (now is None or now.entity != expected)
        return is_other or ("if-none-match" in request.headers and now is not None)

    def put(self, path: str, request: Request) -> Answer:
        if self.stands_against(path, request):
            return refused(412, "PreconditionFailed")
        source = request.headers.get("x-amz-copy-source")
        if source is None:
            return 200, {"etag": self.keep(path, request.body, kept(request))}, b""
        found = self.source(source, request)
        if found is None:
            return refused(412, "PreconditionFailed")
        replaced = request.headers.get("x-amz-metadata-directive") == "REPLACE"
        entity = self.keep(path, found.body, kept(request) if replaced else found.headers)
        return xml(f"<CopyObjectResult {NAMESPACE}><ETag>{escape(entity)}</ETag></CopyObjectResult>")

    def source(self, source: str, request: Request) -> Object | None:
        found = self.objects.get(urllib.parse.unquote(source).lstrip("/"))
        expected = request.headers.get("x-amz-copy-source-if-match")
        return None if found is None or expected not in (None, found.entity) else found

    def part(self, name: str, number: int, request: Request) -> Answer:
        upload = self.uploads.get(name)
        if upload is None:
            return refused(404, "NoSuchUpload")
        body, source = request.body, request.headers.get("x-amz-copy-source")
        if source is not None:
            found = self.source(source, request)
            if found is None:
                return refused(412, "PreconditionFailed")
            start, end = map(int, request.headers["x-amz-copy-source-range"].removeprefix("bytes=").split("-"))
            if end >= len(found.body) or len(found.body) <= 5 * MIB:
                return refused(400, "InvalidArgument")
            body = found.body[start : end + 1]
        entity = f'"part{next(self.numbers)}"'
        upload.parts[number] = body, entity
        if source is None:
            return 200, {"etag": entity}, b""
        return xml(f"<CopyPartResult {NAMESPACE}><ETag>{escape(entity)}</ETag></CopyPartResult>")

    def complete(self, name: str, request: Request) -> Answer:
        upload = self.uploads.get(name)
        if upload is None:
            return refused(404, "NoSuchUpload")
        if self.stands_against(upload.key, request):
            return refused(412, "PreconditionFailed")
        parts = [upload.parts[number] for number in sorted(upload.parts)]
        named = unescape(request.body.decode(), {"&quot;": '"'})
        if any(entity.strip('"') not in named for _, entity in parts):
            return refused(400, "InvalidPart")
        if any(len(body) < 5 * MIB for body, _ in parts[:-1]):
            return refused(400, "EntityTooSmall")
        del self.uploads[name]
        entity = self.keep(upload.key, b"".join(body for body, _ in parts), upload.headers)
        return xml(f"<CompleteMultipartUploadResult {NAMESPACE}><ETag>{escape(entity)}</ETag></CompleteMultipartUploadResult>")


async def served(buckets: Buckets, delay: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ", 2)
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path, _, query = target.partition("?")
            if delay:
                await asyncio.sleep(delay)
            request = Request(method, path, dict(urllib.parse.parse_qsl(query, keep_blank_values=True)), headers, body)
            status, more, body = buckets.answer(request)
            lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in more.items()), f"content-length: {len(body)}"]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if method == "HEAD" else body))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("--delay", type=float, default=0, help="seconds that each answer takes longer")
    asked = options.parse_args()
    buckets = Buckets()
    serve = lambda reader, writer: served(buckets, asked.delay, reader, writer)
    server = await asyncio.start_server(serve, "127.0.0.1", asked.port, limit=1 << 20, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
