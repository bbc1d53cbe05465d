"""Verifiers: the product. One small file each, found by name; `grade` judges plain rows.

`grade` is loaded when it is first asked for: the jail's processes are forks of a keeper that lives in this package,
and every page of what it has imported is paid for again by each of them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stillhouse.verifiers.grading import grade

__all__ = ["grade"]


def __getattr__(name: str) -> Any:
    if name != "grade":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stillhouse.verifiers.grading import grade

    return grade
