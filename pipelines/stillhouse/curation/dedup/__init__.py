"""Deduplication: exact, near (MinHash LSH, verified), semantic; within the input and against earlier datasets.

The guarantee: two near duplicates that share a band are found and nothing is called one whose verified similarity to
a member of its group is below the threshold. The limit: a pair at the threshold t misses all bands with the chance
(1 - t^rows)^bands, 2% with the defaults at 0.75.
"""

from stillhouse.curation.dedup.deduper import Deduper, Duplicate
from stillhouse.recipe.dedup import Dedup

__all__ = ["Deduper", "Duplicate", "dedup"]


def dedup(
    ids: list[str], texts: list[str], settings: Dedup, earlier: list[tuple[str, str]] | None = None, golds: list[str] | None = None
) -> list[Duplicate]:
    """The texts that are not their group's representative, in order.

    `earlier` holds (name, text) of datasets published before: a text that is like one of them is always a
    duplicate, and the earlier text its representative. Texts with different `golds` are never copies; the earlier ones have none.
    """
    deduper = Deduper(settings)
    deduper.add([name for name, _ in earlier or []], [text for _, text in earlier or []], earlier=True)
    deduper.add(ids, texts, golds=golds)
    return deduper.finish()
