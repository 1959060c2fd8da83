"""A change of many objects as a job of Spark: names are distributed, the engine of prkit works, Spark does all else.

    events = prkit.spark.run(inventory, change, folder="/shared/runs/1")   a DataFrame: lazy, written or counted as any
    prkit.spark.undo(spark, "/shared/runs/1")                              the run taken back

Files are in folders that all executors see, and so is the run's folder, on a file system whose locks hold between nodes. Of
objects of buckets the run's folder is one in a bucket, folder="s3://films/runs/1", and executors find credentials as prkit.show
does. Executors need the wheel of prkit and pyarrow.
"""

from __future__ import annotations

import os
import typing
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from . import _jobs
from ._jobs import EVENTS, summary
from ._types import Change

if typing.TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["EVENTS", "run", "summary", "undo"]

_DDL = ", ".join(
    f"{field.name} {({'string': 'string', 'int32': 'int', 'int64': 'long', 'bool': 'boolean'})[str(field.type)]}"
    for field in EVENTS
)


def run(
    inventory: DataFrame,
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
) -> DataFrame:
    """Changes the PlayReady Headers of the files or objects of an inventory, each exactly once: a row for each, when it is evaluated.

    inventory has a column path, and may have columns of --edits. folder gets a ledger a task; a run that is there is gone
    on with, so whatever evaluates the result again, or tries a task again, finds its objects done and says already. threads work side by side in a task: 1 for files, 8 for
    objects, which are waited for.
    """
    from pyspark.sql.types import IntegerType, StructType

    _jobs.check_columns(inventory.columns)
    job = _jobs.Job.begin(
        folder, change, tasks, title, dry_run=dry_run, roots=roots, verify=verify, alone=alone, threads=threads
    )
    assigned = inventory.mapInArrow(
        job.assign_batches, StructType([*inventory.schema.fields]).add("task", IntegerType())
    )
    return assigned.repartition(job.tasks, "task").mapInArrow(job.edit_batches, _DDL)


def undo(spark: SparkSession, folder: str | os.PathLike[str], *, dry_run: bool = False) -> DataFrame:
    """Makes the files or objects of a run as they were before it, when it is evaluated; twice is as once."""
    ledgers = _jobs.ledgers(folder)

    def take_back(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for ledger in batch.column("ledger").to_pylist():
                yield from _jobs.undo(ledger, dry_run).to_batches()

    frame = spark.createDataFrame([(ledger,) for ledger in ledgers], "ledger string")
    return frame.repartition(len(ledgers), "ledger").mapInArrow(take_back, _DDL)
