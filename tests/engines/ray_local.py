"""Ray with two nodes on this machine, whose task processes are killed: each object is edited once.

    python tests/engines/ray_local.py --objects 300 --kills 6          short
    python tests/engines/ray_local.py --objects 20000 --kills 100      the whole
    python tests/engines/ray_local.py --objects 2000 --stop 60         a node is stopped for a minute, and goes on
    python tests/engines/ray_local.py --objects 2000 --data            the same by Ray Data
    python tests/engines/ray_local.py --objects 20000 --bucket --kills 100           objects of a bucket
    python tests/engines/ray_local.py --objects 1000 --bucket --delay 0.02 --cpus 1 --threads 1 [--nodes 1]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import psutil

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# A cluster of this machine, for as long as the test runs: no token is made in the home folder for it.
os.environ["RAY_AUTH_MODE"] = "disabled"
import ray

import catalogue
import prkit.ray

PORT = 6399


def node(temp: str, cpus: int, *arguments: str) -> subprocess.Popen[bytes]:
    program = pathlib.Path(sys.executable).with_name("ray")
    log = open(os.path.join(temp, f"node{len(arguments)}.log"), "wb")
    common = ["start", "--block", f"--num-cpus={cpus}", "--disable-usage-stats", f"--object-store-memory={256 << 20}"]
    return subprocess.Popen([program, *common, *arguments], stdout=log, stderr=log, start_new_session=True)


def at_work(*nodes: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Processes that carry out a task."""
    found = []
    for process in catalogue.below(*nodes):
        try:
            title = " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if title.startswith("ray::") and "edit" in title:
            found.append(process)
    return found


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--objects", type=int, default=300)
    options.add_argument("--tasks", type=int)
    options.add_argument("--kills", type=int, default=0)
    options.add_argument("--every", type=float, default=0.5, help="seconds between two kills")
    options.add_argument("--stop", type=float, default=0, help="seconds that the second node is stopped")
    options.add_argument("--data", action="store_true")
    options.add_argument("--bucket", action="store_true", help="objects instead of files")
    options.add_argument("--delay", type=float, default=0, help="seconds that the bucket takes longer for a request")
    options.add_argument("--nodes", type=int, default=2, choices=(1, 2))
    options.add_argument("--cpus", type=int, default=2, help="of each node")
    options.add_argument("--threads", type=int, help="of each task")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="pr") as temp:
        bucket = catalogue.Bucket(asked.delay) if asked.bucket else None
        root, folder = (pathlib.Path(temp) / "catalogue", pathlib.Path(temp) / "run") if bucket is None else ("s3://films", "s3://films/runs/1")
        names = catalogue.make(root, asked.objects)
        before = catalogue.contents(names)
        head = node(temp, asked.cpus, "--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={temp}/r")
        other = None
        try:
            # The head has to answer before the other node asks it.
            started = time.monotonic()
            while subprocess.call([pathlib.Path(sys.executable).with_name("ray"), "health-check", f"--address=127.0.0.1:{PORT}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
                if time.monotonic() - started > 120:
                    sys.exit("the head of Ray did not start: " + (pathlib.Path(temp) / "node4.log").read_text()[-2000:])
            if asked.nodes == 2:
                other = node(temp, asked.cpus, f"--address=127.0.0.1:{PORT}")
            ray.init(address=f"127.0.0.1:{PORT}", log_to_driver=False, logging_level="ERROR")
            catalogue.wait_for(lambda: len([n for n in ray.nodes() if n["Alive"]]) == asked.nodes, 120, "the second node of Ray did not start")
            run(asked, names, before, folder, head, other)
        finally:
            ray.shutdown()
            catalogue.end(*(process for process in (other, head) if process is not None))
            if bucket is not None:
                bucket.close()


def run(asked, names, before, folder, head, other) -> None:
    nodes = [node for node in (head, other) if node is not None]
    # Workers are there before the clock runs.
    prkit.ray.run(names[:40], catalogue.CHANGE, folder=folder, dry_run=True)
    killer = catalogue.Killer(lambda: at_work(*nodes), asked.every, asked.kills, asked.seed)
    if asked.stop:
        threading.Thread(target=stopped, args=(other, asked.stop), daemon=True).start()
    killer.start()
    started = time.monotonic()
    tasks = asked.tasks or max(8, asked.objects // 100)
    if asked.data:
        inventory = ray.data.from_items([{"path": name} for name in names])
        tables = prkit.ray.dataset(inventory, catalogue.CHANGE, folder=folder, tasks=tasks, threads=asked.threads).to_arrow_refs()
        import pyarrow

        events = pyarrow.concat_tables([table for table in ray.get(tables) if table.num_rows])
    else:
        # As many tries as there may be kills: what Ray gives up is a failed row, which is tested elsewhere.
        events = prkit.ray.run(names, catalogue.CHANGE, folder=folder, tasks=tasks, threads=asked.threads, options={"max_retries": 200})
    seconds = time.monotonic() - started
    killed = killer.stop()
    print(f"{len(names)} objects, {tasks} tasks, {killed} kills, {seconds:.1f} s, {len(names) / seconds:.0f} objects/s")
    if asked.bucket:
        traffic = json.loads(catalogue.request("-/traffic"))
        print({name: round(count / len(names), 2) for name, count in traffic.items()}, "an object, making it and looking at it among them")
    if asked.kills:
        assert killed > 0, "nothing was killed, so nothing was tested"
    catalogue.judge(names, before, events, folder)
    dry = prkit.ray.run(names, catalogue.CHANGE, folder=folder, dry_run=True)
    assert prkit.ray.summary(dry).changed == len(names) and catalogue.times(names) == {1: len(names)}
    taken = prkit.ray.summary(prkit.ray.undo(folder))
    assert (taken.changed, taken.ok) == (len(names), True), taken
    assert catalogue.contents(names) == before, "undo is byte-identical"
    again = prkit.ray.summary(prkit.ray.undo(folder))
    assert (again.changed, again.unchanged, again.ok) == (0, len(names), True), again
    print("each edited once, undone byte by byte")


def stopped(node, seconds: float) -> None:
    """A node stops for a while and goes on; whether Ray thought it dead meanwhile is printed."""
    while not (busy := at_work(node)):
        time.sleep(0.05)
    time.sleep(0.3)
    processes = [psutil.Process(node.pid), *catalogue.below(node)]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    print(f"stopped {len(processes)} processes of a node, {len(busy)} of them at work", flush=True)
    time.sleep(seconds)
    alive = sum(node["Alive"] for node in ray.nodes())
    for process in processes:
        try:
            process.send_signal(signal.SIGCONT)
        except psutil.NoSuchProcess:
            pass
    print(f"and let them go on, when Ray knew of {alive} node", flush=True)


if __name__ == "__main__":
    main()
