#!/usr/bin/env bash
# pyspark 4.0.1 (PyPI, with its standalone cluster): two workers of one host never share a slow task
# November 2026, Java 17, Python 3.11
#
# One would guess: with `spark.speculation` on, a task that takes ten times as long as the others gets a second attempt on the other
# worker, which stands idle. It is how one tries on one machine whether a job bears attempts that run twice.
#
# Seen: no second attempt as long as both workers have the same host name, however long the task takes; with 127.0.0.1 and
# 127.0.0.2 there is one. What holds is "not on a host where the task runs already", and a host is a name, not a worker: a test with
# two workers on localhost passes without ever having tested it.
set -euo pipefail
tmp=$(mktemp -d); trap 'for p in $(jobs -p); do kill "$p" 2>/dev/null || true; done; rm -rf "$tmp"' EXIT; cd "$tmp"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pyspark==4.0.1
SPARK_HOME=$(venv/bin/python -c 'import pyspark, os; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$tmp/venv/bin/python

cat > job.py <<'PY'
import sys
import time

from pyspark import TaskContext
from pyspark.sql import SparkSession

attempts, master = sys.argv[1], sys.argv[2]


def work(rows):
    task = TaskContext.get()
    with open(attempts, "a") as out:
        out.write(f"{task.partitionId()} {task.attemptNumber()}\n")
    # Partition 0 is slow, in its first attempt.
    time.sleep(15 if task.partitionId() == 0 and task.attemptNumber() == 0 else 0.5)
    return rows


spark = (
    SparkSession.builder.master(master)
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.speculation", "true")
    .config("spark.speculation.interval", "200ms")
    .config("spark.speculation.multiplier", "1.2")
    .config("spark.speculation.quantile", "0.3")
    .config("spark.speculation.minTaskRuntime", "500ms")
    .config("spark.cores.max", "2")
    .config("spark.executor.memory", "512m")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
while spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < 3:
    time.sleep(0.2)
spark.sparkContext.parallelize(range(8), 8).mapPartitions(work).count()
spark.stop()
PY

run() { # PORT HOST HOST
  local port=$1; shift
  local pids=() class=org.apache.spark.deploy number=1 host
  "$SPARK_HOME/bin/spark-class" $class.master.Master --host 127.0.0.1 --port "$port" --webui-port $((port + 1)) >"master.$port" 2>&1 & pids+=($!)
  for host in "$@"; do
    number=$((number + 1))
    "$SPARK_HOME/bin/spark-class" $class.worker.Worker --host "$host" --cores 1 --memory 1g --webui-port $((port + number)) \
      -d "work.$port.$number" "spark://127.0.0.1:$port" >"worker.$port.$number" 2>&1 & pids+=($!)
  done
  venv/bin/python job.py "$tmp/attempts.$port" "spark://127.0.0.1:$port" >"job.$port" 2>&1 || tail -5 "job.$port"
  kill "${pids[@]}"; wait "${pids[@]}" 2>/dev/null || true
  echo "workers on $*: $(grep -c '^0 ' "attempts.$port") attempts of the slow task"
}
{ run 17077 127.0.0.1 127.0.0.1; run 17087 127.0.0.1 127.0.0.2; } | tee seen
diff - seen <<'SEEN'
workers on 127.0.0.1 127.0.0.1: 1 attempts of the slow task
workers on 127.0.0.1 127.0.0.2: 2 attempts of the slow task
SEEN
