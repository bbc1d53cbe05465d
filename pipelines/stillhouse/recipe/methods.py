"""The recipe's choice of a method: the way from a question to a trace, for teacher and scored models alike.

Every setting is a decision: it changes tokens. `plain` stands for itself, so that a recipe without a method and one with
`method: plain` ask for the same traces.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializeAsAny, model_validator

from stillhouse import plugins
from stillhouse.recipe.plugged import Plugged, or_plugged
from stillhouse.recipe.section import Section
from stillhouse.recipe.templates import check_template

if TYPE_CHECKING:
    from stillhouse.engines.base import Ask
    from stillhouse.engines.prompts import Messages
    from stillhouse.records import Request, Trace


class Budget(Section):
    """Caps the thinking and forces the answer (budget forcing, s1: Muennighoff et al. 2025)."""

    kind: Literal["budget"]
    thinking_tokens: int = Field(
        ge=1, description="The most tokens that a model may think; by continuation the opening tag is one or more of them."
    )
    by: Literal["engine", "continuation"] = Field(
        "continuation",
        description="engine: vLLM ends the thinking; where a reply shows that it did not, the answer is forced by continuation.",
    )
    cue: str = Field("", description="How a forced answer begins.")


class Extend(Section):
    """Thinks on where the model would stop: `word` is put after its thoughts, up to `times` (s1)."""

    kind: Literal["extend"]
    times: int = Field(1, ge=1, le=32)
    word: str = Field("Wait", min_length=1)


class Repeats(Section):
    """A loop: `turns` times the same passage of at most `longest` tokens, one after the other."""

    turns: int = Field(8, ge=2)
    longest: int = Field(64, ge=1)


class Close(Section):
    """What becomes of an answer that loops or is cut at the limit; the trace's notes name which it was."""

    kind: Literal["close"]
    then: Literal["answer", "more", "leave"] = Field(
        "answer",
        description="answer: the thinking is closed and the answer asked for; more: one that was cut goes on once; leave: it stays as it is.",
    )
    tokens: int = Field(256, ge=1, description="For the answer, out of sampling.max_tokens; or how many more, beyond them.")
    cue: str = Field("", description="How the answer begins.")
    loop: Repeats = Repeats()


class Tools(Section):
    """Runs the Python blocks of an answer in the jail and puts their output after them; each block is a program of its own."""

    kind: Literal["tools"]
    turns: int = Field(4, ge=1, le=64, description="Programs that one answer may run.")
    cpu_seconds: int = Field(5, ge=1, le=600, description="CPU time of one program, in whole seconds.")
    memory_mb: int = Field(512, ge=64, description="Address space of one program beyond the interpreter's, in MiB.")
    output_chars: int = Field(
        2000, ge=1, description="What an answer gets to see of a program's output; the rest is left out, and said to be."
    )


class Rewrite(Section):
    """The question is first rewritten without what does not matter, then answered (System 2 Attention)."""

    kind: Literal["rewrite"]
    tokens: int = Field(512, ge=1, description="For the rewritten question.")
    instruction: Annotated[str, AfterValidator(lambda text: check_template(text, "question", {"question"}))] = (
        "Rewrite the following task. Keep everything that is needed to solve it, word for word where you can, and what form the answer "
        "is to have. Leave out opinions and whatever has no bearing on the answer. Do not solve it; write the task alone.\n\n{question}"
    )


class Select(Section):
    """Several answers, and one more call that picks the best of them (generative selection)."""

    kind: Literal["select"]
    answers: int = Field(4, ge=2, le=64)
    instruction: Annotated[str, AfterValidator(lambda text: check_template(text, "answers", {"question", "answers"}))] = (
        "Here is a task and several answers to it. Which answer is right and best argued? Reply with its number alone.\n\n"
        "Task:\n{question}\n\n{answers}"
    )


class Tree(Section):
    """Beam search over steps; a step's value is how far rollouts from it agree with all others on the answer."""

    kind: Literal["tree"]
    beam: int = Field(2, ge=1, le=16, description="Beginnings that are kept.")
    width: int = Field(3, ge=1, le=16, description="Next steps that are tried of each.")
    rollouts: int = Field(2, ge=1, le=16, description="Rollouts of each step.")
    depth: int = Field(4, ge=1, le=32, description="Steps at the most.")
    step: str = Field("\n\n", min_length=1, description="What stands between two steps.")


class PluggedMethod(Plugged):
    """A method that an installed package adds (`stillhouse.methods`): its settings, and how it comes to a trace.

    `release` is the class's version, whatever a recipe says: it is part of the identity of the traces.
    """

    kind: str
    release: str = ""

    @model_validator(mode="before")
    @classmethod
    def _released(cls, given: Any) -> Any:
        return {**given, "release": cls.version} if isinstance(given, dict) else given

    def needs(self) -> set[str]:
        """What the engine must be able to do (engines.base.Ability)."""
        return set()

    async def roll(self, request: "Request", chat: "Messages", ask: "Ask") -> "Trace":
        """One trace of the request, out of as many asks as it takes (rollouts.methods.talk helps to count them)."""
        raise NotImplementedError


_Ours = Annotated[Budget | Extend | Close | Tools | Rewrite | Select | Tree, Field(discriminator="kind")]
Method = Literal["plain"] | Annotated[_Ours | SerializeAsAny[PluggedMethod], or_plugged(_Ours, PluggedMethod, "method", plugins.METHODS)]


class Rationalise(Section):
    """The answer as a hint where every sample failed (STaR: Zelikman et al. 2022). What leaks the hint is rejected."""

    kind: Literal["rationalise"]
    n: int = Field(2, ge=1, description="Rationales for each problem.")
    hint: Annotated[str, AfterValidator(lambda text: check_template(text, "answer", {"answer"}))] = Field(
        "\n\n(The answer is {answer}. Solve the problem step by step as if you did not know it, and do not mention that you do.)",
        description="What is put after the question.",
    )


class Refine(Section):
    """A failed answer goes back to the model with what the verifier says of it (self-refine: Madaan et al. 2023)."""

    kind: Literal["refine"]
    n: int = Field(2, ge=1, description="Failed answers of each problem that go back.")
    ask: Annotated[str, AfterValidator(lambda text: check_template(text, "reason", {"reason"}))] = Field(
        "This answer is not right: {reason}. Find the mistake and solve the problem again.", description="What is said of the answer."
    )


Second = Annotated[Rationalise | Refine, Field(discriminator="kind")]
"""What is tried on problems of which every sample failed."""


def method_name(method: Method | Second) -> str:
    """The name under which a method's traces are kept."""
    return method if isinstance(method, str) else method.kind


def check_method(method: Method, max_tokens: int) -> None:
    """Raises ValueError where the method leaves an answer no room."""
    taken = method.thinking_tokens if isinstance(method, Budget) else 0
    if isinstance(method, Close) and method.then == "answer":
        taken = method.tokens
    if taken >= max_tokens:
        raise ValueError(f"method {method_name(method)}: {taken} tokens leave nothing of sampling.max_tokens {max_tokens} for the rest")
