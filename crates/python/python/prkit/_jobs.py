"""What the jobs of all engines share: names by task, ledgers, events as Arrow tables.

    inventory ──assign──▶ task = hash(title) mod tasks ──edit──▶ RUN/task-00042.log, then events           files
              names, and columns of --edits                      s3://…/RUN/edits/OBJECT-VERSION.json      objects of buckets

An engine repeats tasks: workers die, and copies of slow ones are started. Of files, a task's ledger is claimed by one process
at a time and written before anything is edited; whoever comes second goes on with it, and passes over what it tells of. Of
objects, all tasks write one ledger, an object of its own for every edit and before it, and the request that makes the new
object names the run in its metadata: whoever comes second finds it there, and whoever comes at the same time is refused.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
import time
import typing
import urllib.parse
import urllib.request
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from . import _prkit
from ._types import Change, Error, Summary

#: A row an object. state is changed, unchanged, already (by an earlier attempt of the same run), left (something in it looks
#: like PlayReady's and was not changed) or failed; with dry_run, what it would be. Sizes are in bytes.
EVENTS = pa.schema(
    [
        ("path", pa.string()),
        ("task", pa.int32()),
        ("state", pa.string()),
        ("dry_run", pa.bool_()),
        ("strategy", pa.string()),
        ("method", pa.string()),
        ("size_before", pa.int64()),
        ("size_after", pa.int64()),
        ("bytes_written", pa.int64()),
        ("bytes_moved", pa.int64()),
        ("error", pa.string()),
    ]
)

Row = dict[str, typing.Any]
_ABOUT = "run.json"
#: Side by side in one task, where no other number is asked for: objects are waited for, files are worked on.
_THREADS, _THREADS_OF_OBJECTS = 1, 8


def _text(value: typing.Any) -> str:
    return str(value)


def _flag(value: typing.Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value) not in known:
        raise ValueError(f"expected true or false, not {value!r}")
    return known[str(value)]


def _one(value: typing.Any) -> list[str]:
    if ":" in str(value).replace("guid:", "").replace("uuid:", "").replace("urn:", ""):
        raise ValueError("a table names key IDs and no keys: name those by keys_file or keys_env of the change")
    return [str(value)]


def _renamed(value: typing.Any) -> dict[str, str]:
    old, equals, new = str(value).partition("=")
    if not equals:
        raise ValueError(f"expected OLD=NEW, not {value!r}")
    return {old: new}


def _bytes(value: typing.Any) -> int:
    if isinstance(value, int):
        return value
    text = str(value)
    return 0 if text == "strip" else int(text[:-1]) * 1024 if text[-1:] in "Kk" else int(text)


#: Columns of --edits that a change has, with the field that each is, and how its cells are read.
COLUMNS: Mapping[str, tuple[str, Callable[[typing.Any], typing.Any]]] = {
    "la-url": ("la_url", _text),
    "la-url-replace": ("la_url_replace", _renamed),
    "lui-url": ("lui_url", _text),
    "ds-id": ("ds_id", _text),
    "custom-attributes": ("custom_attributes", _text),
    "license-requested": ("license_requested", _flag),
    "set-kid": ("key_ids", _one),
    "add-kid": ("add_key_ids", _one),
    "remove-kid": ("remove_key_ids", _one),
    "from-media": ("keys_of_media", _flag),
    "algid": ("algorithm", _text),
    "header-version": ("version", _text),
    "checksum": ("checksums", _text),
    "canonicalize": ("canonicalize", _flag),
    "els": ("els", _bytes),
}
_REMOVED = {f"no-{name}": name.replace("-", "_") for name in ("la-url", "lui-url", "ds-id", "custom-attributes", "decryptor-setup")}


def check_columns(names: Iterable[str]) -> None:
    """Refuses columns that mean nothing here: a misspelt one would be an edit that is not made."""
    known = ["path", *COLUMNS, *_REMOVED]
    for name in names:
        if name not in known:
            raise ValueError(f"the inventory has a column {name!r}, which is none of {', '.join(known)}")


def change_of(row: Row, base: Change) -> Change:
    """The change of a row: its cells over those of the base; an empty cell is not named."""
    fields: dict[str, typing.Any] = {}
    removed: list[str] = []
    for name, cell in row.items():
        if name == "path" or cell is None or cell == "":
            continue
        try:
            if name in _REMOVED:
                removed += [_REMOVED[name]] if _flag(cell) else []
            else:
                field, read = COLUMNS[name]
                fields[field] = read(cell)
        except ValueError as error:
            raise ValueError(f"column {name}: {error}") from None
    if removed:
        fields["remove"] = [*(base.remove or ()), *removed]
    return dataclasses.replace(base, **fields) if fields else base


def local(name: str) -> str | None:
    """The path of a file, links resolved; None for a URL of another store."""
    if "://" not in name:
        return os.path.realpath(name)
    url = urllib.parse.urlsplit(name)
    if url.scheme == "file":
        return os.path.realpath(urllib.request.url2pathname(url.path))
    return None


def is_opened(name: str) -> bool:
    """Whether a name is a URL that the engine opens itself."""
    return name.partition("://")[0].lower() in ("s3", "http", "https")


def folder_of(path: str) -> str:
    """The title of a file, where nothing else is said: the folder that it is in."""
    return path.rpartition("/")[0]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A change of many objects, as its tasks get it."""

    folder: str
    change: Change
    tasks: int
    title: Callable[[str], str] = folder_of
    dry_run: bool = False
    roots: Sequence[str] = ()
    verify: bool = False
    alone: bool = False
    threads: int | None = None
    wait: float = 600.0

    @classmethod
    def begin(
        cls,
        folder: str | os.PathLike[str],
        change: Change | None,
        tasks: int | None,
        title: Callable[[str], str] | None = None,
        *,
        dry_run: bool = False,
        roots: Iterable[str] = (),
        verify: bool = False,
        alone: bool = False,
        threads: int | None = None,
        wait: float = 600.0,
    ) -> Job:
        """A job whose ledgers are in a folder that all workers see. A run that is there is gone on with."""
        if change is not None and change.content_keys:
            raise TypeError("workers read content keys themselves: name them by keys_file or keys_env")
        name = os.fspath(folder)
        if is_opened(name):
            name = name.rstrip("/")
        else:
            place = pathlib.Path(folder).absolute()
            name = str(place)
            if not dry_run:
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                tasks = _number_of_tasks(place / _ABOUT, tasks)
        return cls(
            folder=name,
            change=change or Change(),
            tasks=tasks or 64,
            title=title or folder_of,
            dry_run=dry_run,
            roots=tuple(roots),
            verify=verify,
            alone=alone,
            threads=threads,
            wait=wait,
        )

    def task_of(self, name: str) -> int:
        """The task of an object: the same one for all of a title, in every attempt."""
        return zlib.crc32(os.fsencode(self.title(local(name) or name))) % self.tasks

    @property
    def is_of_objects(self) -> bool:
        """Whether its ledger is in a bucket: one for all tasks."""
        return is_opened(self.folder)

    def ledger(self, task: int) -> str:
        return f"{self.folder}/" if self.is_of_objects else os.path.join(self.folder, f"task-{task:05}.log")

    def parts(self, inventory: Iterable[str | os.PathLike[str] | Mapping[str, typing.Any]]) -> dict[int, list[Row]]:
        """An inventory by tasks."""
        parts: dict[int, list[Row]] = {}
        for item in inventory:
            row = dict(item) if isinstance(item, Mapping) else {"path": os.fspath(item)}
            check_columns(row)
            try:
                row["path"].encode()
            except UnicodeEncodeError:
                raise ValueError(f"the name {row['path']!r} is no UTF-8, and tables hold text only") from None
            parts.setdefault(self.task_of(row["path"]), []).append(row)
        return parts

    def assign(self, table: pa.Table) -> pa.Table:
        """The rows of an inventory with their tasks."""
        check_columns(table.column_names)
        tasks = [self.task_of(name) for name in table.column("path").to_pylist()]
        return table.append_column("task", pa.array(tasks, pa.int32()))

    def edit(self, task: int, rows: Sequence[Row]) -> pa.Table:
        """Carries out a task, or what earlier attempts left of it."""
        events: list[Row] = []
        files: dict[str, tuple[str, Change]] = {}
        for row in rows:
            name = row["path"]
            try:
                change, path = change_of(row, self.change), local(name)
                if path is None and is_opened(name):
                    path = name
                    if name.endswith("/"):
                        raise ValueError("it is a prefix: what is below it would be in several tasks")
                elif path is not None and os.path.isdir(path):
                    raise ValueError("it is a folder: what is in it would be in several tasks")
                elif path is not None and self.is_of_objects and not self.dry_run:
                    raise ValueError("it is a file, and a ledger in a bucket is one of objects")
                if path is None:
                    events.append(self._looked_at(name, change))
                elif path not in files:
                    files[path] = (name, change)
                elif files[path][1] != change:
                    raise ValueError(f"the inventory names it twice, as {files[path][0]} and with another change")
            except (Error, ValueError, OSError, ImportError) as error:
                events.append({"path": name, "state": "failed", "error": str(error)})
        if files:
            events += self._edited(task, files)
        for event in events:
            event.update(task=task, dry_run=self.dry_run)
        return pa.Table.from_pylist(events, schema=EVENTS)

    def edit_table(self, table: pa.Table) -> pa.Table:
        """The same for rows with their tasks, whichever they are."""
        parts: dict[int, list[Row]] = {}
        for row in table.to_pylist():
            parts.setdefault(row.pop("task"), []).append(row)
        return pa.concat_tables([EVENTS.empty_table(), *(self.edit(task, rows) for task, rows in sorted(parts.items()))])

    def edit_batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same for a partition."""
        partition = list(batches)
        if partition:
            yield from self.edit_table(pa.Table.from_batches(partition)).to_batches()

    def assign_batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from self.assign(pa.Table.from_batches([batch])).to_batches()

    def _edited(self, task: int, files: Mapping[str, tuple[str, Change]]) -> list[Row]:
        events: list[Row] = []

        def take(event: Row) -> None:
            name = files[event["path"]][0] if event.get("path") in files else event.get("path")
            events.append({**_event(event), "path": name})

        own = [(path, change) for path, (_, change) in files.items() if change is not self.change]
        asked = self.change._asked()
        # One ledger for all tasks cannot tell what is asked of the objects of one.
        if not self.is_of_objects:
            digest = hashlib.sha256(asked)
            for path, change in sorted(own, key=lambda pair: pair[0]):
                digest.update(json.dumps([path, hashlib.sha256(change._asked()).hexdigest()]).encode())
            asked = digest.digest()
        threads = self.threads or (_THREADS_OF_OBJECTS if any(map(is_opened, files)) else _THREADS)
        until = time.monotonic() + self.wait
        while True:
            try:
                _prkit.run_batch(
                    list(files),
                    self.change._native(),
                    asked,
                    rows=[(path, change._native()) for path, change in own],
                    target=(not self.dry_run, None),
                    ledger=None if self.dry_run else self.ledger(task),
                    resume=None,
                    roots=list(self.roots),
                    include=[],
                    exclude=[],
                    jobs=threads,
                    verify=self.verify,
                    alone=self.alone,
                    on_event=take,
                )
                return events
            except Error as error:
                # An earlier attempt is still at it: one that is slow, or whose node was thought dead.
                if error.kind == "busy" and time.monotonic() < until:
                    time.sleep(0.2)
                    continue
                told = {event["path"] for event in events}
                left = [name for name, _ in files.values() if name not in told]
                return events + [{"path": name, "state": "failed", "error": str(error)} for name in left]

    def _looked_at(self, url: str, change: Change) -> Row:
        """An object of another store, through fsspec: what an edit would be, and nothing else."""
        if not self.dry_run:
            message = "only files and objects of S3 are edited: where no mark and no record is kept, a task that is tried again edits twice"
            raise Error(message, "refused")
        import fsspec

        store, path = fsspec.core.url_to_fs(url)
        with store.open(path, "rb") as file:
            plan = _prkit.plan(file, change._native())
        state = "changed" if plan else "unchanged"
        sizes = {"size_before": plan.size_before, "size_after": plan.size_after}
        return {"path": url, "state": state, "strategy": plan.strategy, **sizes}


def _number_of_tasks(about: pathlib.Path, tasks: int | None) -> int:
    """That of the run, whoever goes on with it: an object stays in its task."""
    if not about.exists():
        # Whole, or not there: whoever comes second reads it.
        own = about.with_name(f"{about.name}-{uuid.uuid4()}")
        own.write_text(json.dumps({"schema": 1, "prkit": _prkit.__version__, "tasks": tasks or 64}), encoding="utf-8")
        try:
            os.link(own, about)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    known = int(json.loads(about.read_text(encoding="utf-8"))["tasks"])
    if tasks is not None and tasks != known:
        raise ValueError(f"{about} is of a run with {known} tasks, not {tasks}")
    return known


def _event(event: Row) -> Row:
    """What the program would print of an object, as a row."""
    if event.get("error"):
        state = "failed"
    elif event.get("done_before"):
        state = "already"
    elif event.get("left"):
        state = "left"
    else:
        state = "changed" if event.get("changed") else "unchanged"
    same = ("strategy", "method", "size_before", "size_after", "bytes_written", "bytes_moved", "error")
    return {"state": state, **{name: event.get(name) for name in same}}


def ledgers(folder: str | os.PathLike[str]) -> list[str]:
    """The ledgers of a run."""
    if is_opened(os.fspath(folder)):
        return [os.fspath(folder).rstrip("/") + "/"]
    found = sorted(str(path) for path in pathlib.Path(folder).absolute().glob("task-*.log"))
    if not found:
        raise ValueError(f"{os.fspath(folder)} holds no ledgers of a run")
    return found


def undo(ledger: str, dry_run: bool) -> pa.Table:
    """Takes back what a task did. What an earlier attempt took back already is unchanged."""
    events: list[Row] = []

    def take(event: Row) -> None:
        events.append({**_event(event), "path": event.get("path"), "dry_run": dry_run})

    try:
        threads = _THREADS_OF_OBJECTS if is_opened(ledger) else _THREADS
        summary = _prkit.undo(ledger, dry_run=dry_run, jobs=threads, on_event=take)
        if summary.problem is not None:
            events.append({"path": ledger, "state": "failed", "error": summary.problem, "dry_run": dry_run})
    except Error as error:
        events.append({"path": ledger, "state": "failed", "error": str(error), "dry_run": dry_run})
    task = None if is_opened(ledger) else int(os.path.basename(ledger)[len("task-") : -len(".log")])
    return pa.Table.from_pylist([{**event, "task": task} for event in events], schema=EVENTS)


def lost(task: int, rows: Sequence[Row], error: BaseException, dry_run: bool) -> pa.Table:
    """Rows of a task that the engine gave up; its ledger tells what was done, and a run of the same folder goes on."""
    why = str(getattr(error, "cause", None) or error).strip().splitlines() or [type(error).__name__]
    failed = {"task": task, "state": "failed", "error": f"the engine gave its task up: {why[0]}", "dry_run": dry_run}
    return pa.Table.from_pylist([{"path": row["path"], **failed} for row in rows], schema=EVENTS)


def summary(events: pa.Table) -> Summary:
    """What the events of a run add up to."""
    counts: dict[str, int] = {}
    for state in events.column("state").to_pylist():
        counts[state] = counts.get(state, 0) + 1
    written = sum(filter(None, events.column("bytes_written").to_pylist()))
    return Summary(
        changed=counts.get("changed", 0) + counts.get("left", 0),
        unchanged=counts.get("unchanged", 0),
        failed=counts.get("failed", 0),
        with_left=counts.get("left", 0),
        done_before=counts.get("already", 0),
        foreign=0,
        bytes_written=written,
    )
