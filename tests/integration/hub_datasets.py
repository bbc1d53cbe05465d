"""The datasets that the Hub of the tests serves: commits, configs and splits, and repositories that refuse to be read."""

from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hub_server import Repository

OLD, NEW, NONE = "1" * 40, "2" * 40, "3" * 40
CONFIGS = {
    "configs": [
        {
            "config_name": name,
            "data_files": [{"split": split, "path": f"{name}/{split}.parquet"} for split in splits],
        }
        for name, splits in (("main", ("train", "test")), ("extra", ("test",)))
    ]
}
WHO = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ida")
THINGS = ("marbles", "books", "stamps", "apples", "pens", "coins", "shells")
WHERE = ("a box", "the attic", "her bag", "a red tin", "his desk", "the shed", "a jar", "two crates")
README = f"---\n{yaml.safe_dump(CONFIGS)}---\n# A benchmark\n".encode()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def questions(first: int, count: int = 6) -> bytes:
    def question(i: int) -> str:
        things = THINGS[i % 7]
        return f"{WHO[i % 9]} keeps {i} {things} in {WHERE[i % 8]}. {WHO[(i + 4) % 9]} brings {i + 3} more. How many {things} are there?"

    return parquet([{"question": question(i), "answer": str(2 * i + 3)} for i in range(first, first + count)])


def sums(times: int) -> bytes:
    """Texts, half of them a second time in capitals."""
    texts = [f"What is {i} times {times}? Count it on your fingers if you must." for i in range(8)]
    return parquet([{"text": text} for text in texts + [text.upper() for text in texts[:4]]])


def traces() -> bytes:
    rows = [
        {"id": f"t{i}", "problem_id": f"p{i % 4}", "reasoning": f"It is {i % 6}, as we saw.", "response": f"{i % 6}"} for i in range(12)
    ]
    return parquet([row | {"outcome": "wrong" if i % 5 == 0 else "correct"} for i, row in enumerate(rows)])


REPOSITORIES = {
    "team/sums": Repository({OLD: {"data/train-00000-of-00001.parquet": sums(3)}, NEW: {"data/train-00000-of-00001.parquet": sums(7)}}),
    "team/bench": Repository(
        {
            OLD: {
                "README.md": README,
                "main/train.parquet": questions(20, 12),
                "main/test.parquet": questions(3),
                "extra/test.parquet": questions(90),
            }
        }
    ),
    "team/traces": Repository({OLD: {"README.md": b"# Traces\n", "train.parquet": traces()}}, private=True),
    "team/gated": Repository({OLD: {"train.parquet": sums(1)}}, gated=True),
    "team/mixed": Repository({OLD: {"data/one.parquet": sums(1), "data/two.parquet": questions(3)}}),
    "team/script": Repository({OLD: {"README.md": b"# Old\n", "script.py": b"import datasets\n"}}),
}
