"""What one sample costs the driver: many simulated engines, long-tailed answers, some faults.

python tests/benchmarks/bench_dispatch.py [--engines 200] [--samples 1000000] [--processes 10]

An engine is a lane of its own (window, feed, stream); several share a process, as a machine has no room for 200 of them.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sim_worker import SimWorker

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.dispatch import Finished, dispatch
from stillhouse.cluster.session import join, leave
from stillhouse.recipe.sections import Cluster

WINDOW, SECONDS, FAULTS = 128, 2.0, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", type=int, default=200)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=10)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    join(Cluster(num_cpus=options.processes))
    with Actors() as actors, actors.acquire("sim", SimWorker, (SECONDS, FAULTS), 1, 0, options.processes) as workers:
        for worker in workers:
            worker.check_started()
        lanes = [workers[i % options.processes] for i in range(options.engines)]
        answered = failed = 0
        source: Iterator[str | None] = (f"t{i:019d}" for i in range(options.samples))
        wall, cpu = time.perf_counter(), time.process_time()
        for event in dispatch(lanes, source, str, WINDOW):
            answered += len(event.results) if isinstance(event, Finished) else 0
            failed += isinstance(event, Failed)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    leave()
    if answered + failed != options.samples:
        sys.exit(f"{options.samples - answered - failed} samples were lost")
    print(
        f"{options.samples:,} samples, {options.engines} engines: {answered:,} answered, {failed:,} failed, none lost; "
        f"{wall:.0f} s, driver {cpu / options.samples * 1e6:.0f} µs of CPU a sample, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


if __name__ == "__main__":
    main()
