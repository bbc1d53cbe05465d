"""The recall that canaries measure, per kind of rewriting, and the refusal of a run where it is too low."""

from dataclasses import dataclass

from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Canaries

LIMITED: dict[str, tuple[str, ...]] = {
    "exact": ("verbatim",),
    "ngram": ("verbatim", "reformatted"),
    "fuzzy": ("verbatim", "reformatted"),
    "embedding": ("verbatim", "reformatted", "reworded", "reordered"),
}
"""What each method claims to catch."""


@dataclass(frozen=True, slots=True)
class Caught:
    """Canaries of one kind: how many were planted and caught; `claims_of` says whether a method in use is made for them."""

    kind: str
    planted: int
    caught: int
    claimed: bool


@dataclass(frozen=True, slots=True)
class Recall:
    """What became of the canaries. `missed` holds the texts of those that were not caught."""

    kinds: list[Caught]
    missed: list[str]

    @property
    def planted(self) -> int:
        return sum(kind.planted for kind in self.kinds)

    @property
    def caught(self) -> int:
        return sum(kind.caught for kind in self.kinds)

    def lines(self) -> list[str]:
        """For people: the recall in all and per kind."""
        if not self.planted:
            return ["recall: not measured (no canaries)"]
        kinds = ", ".join(f"{k.kind} {k.caught}/{k.planted}" + ("" if k.claimed else " (no method for it)") for k in self.kinds)
        return [f"recall on canaries: {self.caught}/{self.planted} = {self.caught / self.planted:.1%} ({kinds})"]


def claims_of(methods: list[str]) -> set[str]:
    """The kinds of canaries that the methods are made for."""
    return {kind for method in methods for kind in LIMITED[method]}


def require(recall: Recall, settings: Canaries) -> None:
    """Raises UserError when, of the kinds that the methods in use claim, a smaller share than asked for was caught."""
    planted = sum(kind.planted for kind in recall.kinds if kind.claimed)
    caught = sum(kind.caught for kind in recall.kinds if kind.claimed)
    if planted and caught < settings.min_recall * planted:
        raise UserError(
            f"Decontamination caught only {caught} of {planted} planted benchmark questions, under {settings.min_recall:.0%}"
            f" (missed, for example: {recall.missed[0][:120]!r}).",
            "Switch on more methods, lower their thresholds, or lower canaries.min_recall.",
        )
