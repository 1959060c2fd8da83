"""A change of many objects as tasks of Ray: names are distributed, the engine of prkit works, Ray does all else.

    prkit.ray.run(names, change, folder="/shared/runs/1")   plain tasks, and their events as one Arrow table
    prkit.ray.run(urls, change, folder="s3://films/runs/1") objects of buckets
    prkit.ray.dataset(ds, change, folder=...)               the same inside of Ray Data
    prkit.ray.undo("/shared/runs/1")                        the run taken back, as tasks

Files are in folders that all nodes see, and so is the run's folder, on a file system whose locks hold between nodes. Of objects
of buckets the run's folder is one in a bucket, and workers find credentials as prkit.show does.
"""

from __future__ import annotations

import os
import typing
from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa

import ray
import ray.exceptions

from . import _jobs
from ._jobs import EVENTS, summary
from ._types import Change

__all__ = ["EVENTS", "dataset", "run", "summary", "undo"]


def run(
    inventory: Iterable[str | os.PathLike[str] | Mapping[str, typing.Any]],
    change: Change | None = None,
    *,
    folder: str | os.PathLike[str],
    tasks: int | None = None,
    title: Callable[[str], str] | None = None,
    dry_run: bool = False,
    roots: Iterable[str] = (),
    verify: bool = False,
    alone: bool = False,
    threads: int | None = None,
    on_events: Callable[[pa.Table], object] | None = None,
    options: Mapping[str, typing.Any] | None = None,
) -> pa.Table:
    """Changes the PlayReady Headers of the files or objects of an inventory, each exactly once, and gives a row for each.

    inventory holds paths or s3:// URLs, or rows with a path and columns of --edits. folder gets a ledger a task, or, in a
    bucket, one for all; a run that is there is gone on with. Objects of one title, which title(path) names and which is else
    the folder that they are in, are in one of so many tasks. threads work side by side in a task: 1 for files, 8 for objects,
    which are waited for. options are those of ray.remote; what Ray gives up is a failed row. on_events gets rows as they come.
    """
    job = _jobs.Job.begin(
        folder, change, tasks, title, dry_run=dry_run, roots=roots, verify=verify, alone=alone, threads=threads
    )
    edit = ray.remote(**{"num_cpus": 1, **(options or {})})(_jobs.Job.edit)
    shared = ray.put(job)
    parts = job.parts(inventory)
    at_work = {edit.remote(shared, task, rows): task for task, rows in sorted(parts.items())}
    return _collect(at_work, lambda task, error: _jobs.lost(task, parts[task], error, dry_run), on_events)


def undo(
    folder: str | os.PathLike[str],
    *,
    dry_run: bool = False,
    on_events: Callable[[pa.Table], object] | None = None,
    options: Mapping[str, typing.Any] | None = None,
) -> pa.Table:
    """Makes the files or objects of a run as they were before it. What Ray tries again is not taken back twice."""
    take_back = ray.remote(**{"num_cpus": 1, **(options or {})})(_jobs.undo)
    ledgers = _jobs.ledgers(folder)
    at_work = {take_back.remote(ledger, dry_run): number for number, ledger in enumerate(ledgers)}
    return _collect(at_work, lambda task, error: _jobs.lost(task, [{"path": ledgers[task]}], error, dry_run), on_events)


def dataset(
    inventory: typing.Any,
    change: Change | None = None,
    *,
    folder: str | os.PathLike[str],
    tasks: int | None = None,
    title: Callable[[str], str] | None = None,
    dry_run: bool = False,
    roots: Iterable[str] = (),
    verify: bool = False,
    alone: bool = False,
    threads: int | None = None,
) -> typing.Any:
    """The same for a ray.data.Dataset with a column path, and columns of --edits: a Dataset of events.

    It is lazy, as datasets are. Whatever evaluates it again finds the objects done, and says already.
    """
    job = _jobs.Job.begin(
        folder, change, tasks, title, dry_run=dry_run, roots=roots, verify=verify, alone=alone, threads=threads
    )
    assigned = inventory.map_batches(job.assign, batch_format="pyarrow")
    return assigned.groupby("task").map_groups(job.edit_table, batch_format="pyarrow")


def _collect(
    at_work: dict[typing.Any, int],
    lost: Callable[[int, BaseException], pa.Table],
    on_events: Callable[[pa.Table], object] | None,
) -> pa.Table:
    tables = [EVENTS.empty_table()]
    while at_work:
        (done, *_), _ = ray.wait(list(at_work))
        task = at_work.pop(done)
        try:
            events = ray.get(done)
        except ray.exceptions.RayError as error:
            events = lost(task, error)
        tables.append(events)
        if on_events is not None:
            on_events(events)
    return pa.concat_tables(tables)
