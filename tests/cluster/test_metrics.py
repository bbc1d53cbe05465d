"""Metrics as Prometheus reads them: from the metrics port of a real Ray node, driver and actors alike."""

import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from workers import Doubler

from ray_head import local_ray
from stillhouse.cluster.actors import Actors
from stillhouse.cluster.dispatch import dispatch
from stillhouse.cluster.metrics import NAMES, count, show

OFTEN = "RAY_metrics_report_interval_ms"  # Ray reads it in this case


@pytest.fixture(scope="module")
def ray_told_often() -> Iterator[None]:
    os.environ[OFTEN] = "500"
    try:
        with local_ray(2, Path(__file__).parent):
            yield
    finally:
        del os.environ[OFTEN]


def scraped(wanted: str) -> str:
    """What the node's port says, once it says `wanted`."""
    import ray

    (node,) = ray.nodes()
    address = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    deadline, text = time.monotonic() + 60, ""
    while wanted not in text:
        assert time.monotonic() < deadline, [line for line in text.splitlines() if "stillhouse" in line]
        time.sleep(0.5)
        with urllib.request.urlopen(address, timeout=10) as answer:
            text = answer.read().decode()
    return text


def value(text: str, name: str, **tags: str) -> float:
    """The value of a metric with these tags among others."""
    lines = [line for line in text.splitlines() if line.startswith(f"ray_{name}{{")]
    (line,) = [line for line in lines if all(f'{tag}="{said}"' in line for tag, said in tags.items())]
    return float(line.rpartition(" ")[2])


def test_what_is_counted_and_shown_is_on_the_nodes_port(ray_told_often: None) -> None:
    for name, kind in NAMES.items():
        tags = dict.fromkeys(kind.tags, "x")
        for _ in range(2):
            (count if kind.counts else show)(name, 3, **tags)
    show("stillhouse_owed", 41, step="last")
    text = scraped('step="last"')
    for name, kind in NAMES.items():
        assert value(text, name, **dict.fromkeys(kind.tags, "x")) == (6 if kind.counts else 3), name
    assert value(text, "stillhouse_owed", step="last") == 41


def test_a_dispatch_tells_how_much_is_out(ray_told_often: None) -> None:
    with Actors() as actors, actors.acquire("doubler", Doubler, ("", 600.0), 1, 0) as workers:
        events = dispatch(workers, iter(range(5)), str, 8)
        deadline = time.monotonic() + 60
        next(events)
        while value(scraped('worker="Doubler"'), "stillhouse_in_workers", worker="Doubler") != 5:
            assert time.monotonic() < deadline
            next(events)
        events.close()


def test_without_a_cluster_nothing_is_told_and_nothing_fails() -> None:
    show("stillhouse_owed", 1, step="x")
    count("stillhouse_traces_total", 1, step="x", ended="stop")
