"""The Grafana board asks for metrics that there are, by tags that they have, and leaves none out."""

import json
import re
from pathlib import Path

from stillhouse.cluster.metrics import NAMES

BOARD = json.loads((Path(__file__).parents[2] / "infra" / "grafana.json").read_text())
QUERIES = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]


def test_every_query_names_metrics_that_there_are_and_every_metric_is_on_the_board() -> None:
    asked = {name for query in QUERIES for name in re.findall(r"\bray_(\w+)", query)}
    assert asked == set(NAMES)
    assert all(re.findall(r"\bray_\w+", query) for query in QUERIES)


def test_every_tag_of_a_query_is_one_of_its_metrics() -> None:
    for query in QUERIES:
        names = re.findall(r"\bray_(\w+)", query)
        grouped = {tag for group in re.findall(r"by \(([^)]*)\)", query) for tag in group.split(", ")}
        assert all(grouped <= set(NAMES[name].tags) for name in names), query
        for name, chosen in re.findall(r"ray_(\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)=", chosen)) <= set(NAMES[name].tags), query


def test_a_counter_is_read_as_a_rate_and_a_gauge_as_it_is() -> None:
    for query in QUERIES:
        for before, name in re.findall(r"(\w*)\(ray_(\w+)", query):
            assert NAMES[name].counts == (before in ("rate", "increase")), query
