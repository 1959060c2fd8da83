"""Objects a second on one machine: threads of this process, tasks of Ray, a job of Spark. What is not installed is skipped.

    python benches/python/scale.py [OBJECTS]

The files have 42 KB, in folders of 20, and are edited in place with a ledger; each way gets files of its own.
"""

from __future__ import annotations

import os
import pathlib
import resource
import sys
import tempfile
import time

import prkit

ROOT = pathlib.Path(__file__).resolve().parents[2]
BODY = (ROOT / "samples" / "field" / "plain.mp4").read_bytes()
CHANGE = prkit.Change(la_url="https://other.example/rightsmanager.asmx")


def catalogue(root: pathlib.Path, count: int) -> list[str]:
    names = []
    for number in range(count):
        path = root / f"title-{number // 20:06}" / f"{number:06}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BODY)
        names.append(str(path))
    os.sync()
    return names


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def told(name: str, count: int, seconds: float, used: float | None = None) -> None:
    of_this = "" if used is None else f"{used / count * 1e6:>9.0f} µs of CPU an object"
    print(f"{name:<34}{count / seconds:>8.0f} objects/s{of_this}", flush=True)


def threads(root: pathlib.Path, count: int, jobs: int | None) -> None:
    catalogue(root / "files", count)
    used, started = cpu(), time.monotonic()
    batch = prkit.Batch(inputs=[root / "files"], change=CHANGE, in_place=True, ledger=root / "run.log", jobs=jobs)
    assert batch.run().changed == count
    told("this process, one thread" if jobs == 1 else "this process, threads as it chooses", count, time.monotonic() - started, cpu() - used)


def by_ray(root: pathlib.Path, count: int) -> None:
    # No token is made in the home folder for a cluster that ends with this.
    os.environ["RAY_AUTH_MODE"] = "disabled"
    import ray

    import prkit.ray

    names = catalogue(root / "files", count)
    ray.init(num_cpus=os.cpu_count(), include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    # Workers are there before the clock runs.
    prkit.ray.run(names[:200], CHANGE, folder=root / "first", dry_run=True)
    started = time.monotonic()
    events = prkit.ray.run(names, CHANGE, folder=root / "run", tasks=max(8, count // 200))
    told("Ray on this machine", count, time.monotonic() - started)
    assert prkit.ray.summary(events).changed == count
    ray.shutdown()


def by_spark(root: pathlib.Path, count: int) -> None:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    import prkit.spark

    names = catalogue(root / "files", count)
    spark = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    inventory = spark.createDataFrame([(name,) for name in names], "path string")
    prkit.spark.run(inventory.limit(200), CHANGE, folder=root / "first", dry_run=True).count()
    started = time.monotonic()
    events = prkit.spark.run(inventory, CHANGE, folder=root / "run", tasks=max(8, count // 200)).toArrow()
    told("Spark on this machine", count, time.monotonic() - started)
    assert prkit.spark.summary(events).changed == count
    spark.stop()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{count} objects, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    ways = [lambda root: threads(root, count, 1), lambda root: threads(root, count, None)]
    for engine, work in (("ray", by_ray), ("pyspark", by_spark)):
        try:
            __import__(engine)
        except ImportError:
            print(f"{engine} is not installed")
            continue
        ways.append(lambda root, work=work: work(root, count))
    for way in ways:
        with tempfile.TemporaryDirectory(prefix="pr", dir=os.environ.get("TMPDIR")) as folder:
            way(pathlib.Path(folder))


if __name__ == "__main__":
    main()
