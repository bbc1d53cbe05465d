"""Decontamination: which rows are benchmark questions, copied or rewritten, and how many planted ones were caught.

The guarantee: every row gets the same treatment as the canaries, in the same batch, and the recall on them is part of
the result. The limit: canaries are rewritten by rule (see canaries.py); a free translation may go unseen.
"""

from stillhouse.curation.decontaminate.detector import Contaminated, Decontaminator
from stillhouse.curation.decontaminate.recall import Caught, Recall, require
from stillhouse.recipe.dedup import Decontaminate

__all__ = ["Caught", "Contaminated", "Decontaminator", "Recall", "decontaminate", "require"]


def decontaminate(
    ids: list[str], texts: list[str], benchmark: list[tuple[str, str]], settings: Decontaminate
) -> tuple[list[Contaminated], Recall]:
    """The contaminated rows in order, and the recall on canaries. `benchmark` holds (ref, question).

    Raises UserError when fewer canaries are caught than the settings ask for.
    """
    detector = Decontaminator(benchmark, settings)
    found = detector.check(ids, texts)
    recall = detector.recall()
    require(recall, settings.canaries)
    return found, recall
