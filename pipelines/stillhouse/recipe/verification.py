"""The recipe's `verify` section."""

from typing import Any

from pydantic import Field, SerializeAsAny, ValidationError, field_validator

from stillhouse import plugins
from stillhouse.recipe.code import Code
from stillhouse.recipe.judging import Judge, Process, Reward
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.verifiers import Compose, FormatRules, MathRules, VoteRules


class Verify(Section):
    """How traces are judged. A problem names its own verifier; these are the limits around it."""

    cpu_seconds: float = Field(5.0, gt=0, description="CPU time one judgement may take before it is a timeout.")
    memory_mb: int = Field(2048, ge=128, description="Address space of one worker beyond its start-up size, in MiB.")
    wall_seconds: Circumstance[float] = Field(
        300.0, gt=0, description="Wall-clock seconds without an answer before a worker counts as lost and its trace is judged again."
    )
    extraction_warning: Circumstance[float] = Field(
        0.02, ge=0, le=1, description="Warn when no answer is found in more than this share of the responses that are not cut off."
    )
    commit_rows: Circumstance[int] = Field(5_000, ge=1, description="Verdicts are committed when there are so many …")
    commit_seconds: Circumstance[float] = Field(5.0, gt=0, description="… or when so many seconds have passed.")
    code: Code = Code()
    judge: Judge | None = None
    reward: Reward | None = None
    process: Process | None = None
    math: MathRules = MathRules()
    format: FormatRules = FormatRules()
    vote: VoteRules = VoteRules()
    compose: dict[str, Compose] = Field(default_factory=dict, description="Composed verifiers by name.")
    plugins: dict[str, SerializeAsAny[Section]] = Field(
        default_factory=dict, description="Settings of verifiers that installed packages add, by name."
    )
    reasoning_gym_tags_only: bool = Field(
        False, description="For reasoning_gym, only an `<answer>` block is an answer, as in its own harness; a box does not count."
    )

    @field_validator("plugins", mode="before")
    @classmethod
    def _of_packages(cls, given: Any) -> Any:
        return {name: _own(name, data) for name, data in given.items()} if isinstance(given, dict) else given


def _own(name: str, given: Any) -> Section:
    """The settings of a package's verifier, as its own section reads them. Raises ValueError where it has none."""
    if isinstance(given, Section):
        return given
    point = plugins.find(plugins.VERIFIERS, name)
    if point is None:
        raise ValueError(str(plugins.unknown("verifier of an installed package", name, (), plugins.VERIFIERS)))
    section = getattr(plugins.load_class(point), "Settings", None)
    if not (isinstance(section, type) and issubclass(section, Section)):
        raise ValueError(f"the verifier {name!r} of {plugins.package(point)} has no settings")
    try:
        return section.model_validate(given)
    except ValidationError as error:  # pydantic does not know under which name it stands
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, (name, *first['loc'])))}: {first['msg']}") from error
