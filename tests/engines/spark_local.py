"""Spark with a master and two workers on this machine, whose executors and Python workers are killed: each object is edited
once. Needs pyspark 4, pyarrow, and Java 17.

    python tests/engines/spark_local.py --objects 300 --kills 4
    python tests/engines/spark_local.py --objects 5000 --kills 40 --slow     speculative copies of a slow task are started
    python tests/engines/spark_local.py --objects 5000 --kills 40 --bucket   objects of a bucket
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import typing

import psutil
import pyspark
from pyspark.sql import SparkSession

import catalogue
import prkit.spark
from prkit import _jobs

MASTER = "spark://127.0.0.1:17077"
SLOW = 3
#: Where attempts of the slow task leave a file.
MARKS = "PRKIT_TEST_MARKS"
HERE = pathlib.Path(__file__).resolve().parent


def daemon(temp: str, name: str, host: str, *arguments: str) -> subprocess.Popen[bytes]:
    log = open(os.path.join(temp, name), "wb")
    home = pathlib.Path(pyspark.__file__).parent
    paths = os.pathsep.join(filter(None, [str(HERE), *sys.path]))
    more = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": host, "SPARK_WORKER_DIR": temp, "PYTHONPATH": paths, "PYSPARK_PYTHON": sys.executable}
    return subprocess.Popen([home / "bin" / "spark-class", *arguments], stdout=log, stderr=log, env={**os.environ, **more}, start_new_session=True)


def at_work(*workers: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Executors, and the Python processes that work for them."""
    found = []
    for process in catalogue.below(*workers):
        try:
            line = " ".join(process.cmdline())
            is_worker = "pyspark.daemon" in line or "pyspark/daemon" in line
            is_child = is_worker and "python" in (process.parent() or process).name()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if is_child or "CoarseGrainedExecutorBackend" in line:
            found.append(process)
    return found


class Slow(_jobs.Job):
    """A job with a task that is slow when it is tried for the first time: a copy of it is started elsewhere."""

    def edit(self, task: int, rows: typing.Any) -> typing.Any:
        from pyspark import TaskContext

        context = TaskContext.get()
        if task == SLOW and context is not None:
            pathlib.Path(os.environ[MARKS], f"attempt-{context.attemptNumber()}").touch()
            if context.attemptNumber() == 0:
                time.sleep(60)
        return super().edit(task, rows)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--objects", type=int, default=300)
    options.add_argument("--tasks", type=int, default=24)
    options.add_argument("--kills", type=int, default=0)
    options.add_argument("--every", type=float, default=2.0, help="seconds between two kills")
    options.add_argument("--slow", action="store_true")
    options.add_argument("--bucket", action="store_true", help="objects instead of files")
    options.add_argument("--delay", type=float, default=0, help="seconds that the bucket takes longer for a request")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="pr") as temp:
        os.environ[MARKS] = temp
        bucket = catalogue.Bucket(asked.delay) if asked.bucket else None
        root, folder = (pathlib.Path(temp) / "catalogue", pathlib.Path(temp) / "run") if bucket is None else ("s3://films", "s3://films/runs/1")
        names = catalogue.make(root, asked.objects)
        before = catalogue.contents(names)
        deploy = "org.apache.spark.deploy."
        started = [daemon(temp, "master.log", "127.0.0.1", f"{deploy}master.Master", "--host", "127.0.0.1", "--port", "17077", "--webui-port", "0")]
        try:
            catalogue.wait_for(lambda: "Starting Spark master" in (pathlib.Path(temp) / "master.log").read_text(), 120, "no master")
            # On two hosts, by their names: no copy of a slow task is started on a host that is at it.
            for number, host in enumerate(("127.0.0.1", "127.0.0.2")):
                started.append(daemon(temp, f"worker{number}.log", host, f"{deploy}worker.Worker", "--host", host, "--cores", "2", "--memory", "1g", "--webui-port", "0", MASTER))
            run(asked, names, before, folder, started[1:])
        finally:
            catalogue.end(*started)
            if bucket is not None:
                bucket.close()


def run(asked, names, before, folder, workers) -> None:
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executor.memory": "600m",
        "spark.executor.cores": "2",
        "spark.task.maxFailures": "50",
        "spark.deploy.maxExecutorRetries": "-1",
        "spark.speculation": str(asked.slow).lower(),
        "spark.speculation.interval": "200ms",
        "spark.speculation.multiplier": "1.2",
        "spark.speculation.quantile": "0.3",
        "spark.speculation.minTaskRuntime": "500ms",
        **{f"spark.executorEnv.{name}": value for name, value in os.environ.items() if name == MARKS or name.startswith("AWS_")},
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), *sys.path])),
        "spark.pyspark.python": sys.executable,
    }
    builder = SparkSession.builder.master(MASTER).appName("prkit")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    if asked.slow:
        prkit.spark._jobs.Job = Slow  # type: ignore[misc]
    killer = catalogue.Killer(lambda: at_work(*workers), asked.every, asked.kills, asked.seed)
    inventory = spark.createDataFrame([(name,) for name in names], "path string")
    # Executors are there before anything is killed, so that what is killed is at work.
    spark.range(8).repartition(8).count()
    killer.start()
    started = time.monotonic()
    events = prkit.spark.run(inventory, catalogue.CHANGE, folder=folder, tasks=asked.tasks).toArrow()
    seconds = time.monotonic() - started
    killed = killer.stop()
    print(f"{len(names)} objects, {asked.tasks} tasks, {killed} kills, {seconds:.1f} s, {len(names) / seconds:.0f} objects/s")
    if asked.kills:
        assert killed > 0, "nothing was killed, so nothing was tested"
    catalogue.judge(names, before, events, folder)
    if asked.slow:
        assert pathlib.Path(os.environ[MARKS], "attempt-1").exists(), "no copy of the slow task was started"
        print("a copy of the slow task was started")
    taken = prkit.spark.summary(prkit.spark.undo(spark, folder).toArrow())
    assert (taken.changed, taken.ok) == (len(names), True), taken
    assert catalogue.contents(names) == before, "undo is byte-identical"
    print("each edited once, undone byte by byte")
    spark.stop()


if __name__ == "__main__":
    main()
