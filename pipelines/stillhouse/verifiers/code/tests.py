"""What the tests of a `code` problem may look like: four kinds, checked before anything runs."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from stillhouse.errors import UserError
from stillhouse.recipe.section import Section

Name = Annotated[str, StringConstraints(strip_whitespace=True)]


class Limited(Section):
    """`setup` runs before the program (and before the tests); limits may be below the recipe's, never above."""

    setup: str = ""
    cpu_seconds: int | None = Field(None, ge=1, le=600)
    memory_mb: int | None = Field(None, ge=64)


class Case(Section):
    """One stdin and the stdout that must follow."""

    input: str
    output: str


class Call(Section):
    """One call and the value that it must return."""

    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    expected: Any


class Stdio(Limited):
    """A script: stdin in, stdout out."""

    kind: Literal["stdio"]
    cases: list[Case] = Field(min_length=1)


class Calls(Limited):
    """A function (or LeetCode's `Solution.method`): arguments in, value out."""

    kind: Literal["calls"]
    entry_point: Name
    cases: list[Call] = Field(min_length=1)


class Asserts(Limited):
    """Test code: plain asserts, or HumanEval's `check(candidate)`."""

    kind: Literal["asserts", "check"]
    code: str = Field(min_length=1)
    entry_point: Name = ""


Tests = Stdio | Calls | Asserts
_ADAPTER: TypeAdapter[Tests] = TypeAdapter(Annotated[Tests, Field(discriminator="kind")])


def parse(payload: str) -> Tests:
    """The tests of a payload. Raises UserError that names the first thing wrong with it."""
    try:
        tests = _ADAPTER.validate_python(json.loads(payload))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        raise UserError(f"{where}: {first['msg']}.") from error
    except ValueError as error:
        raise UserError("The payload is not JSON.") from error
    if tests.kind == "check" and not tests.entry_point:
        raise UserError("entry_point: a `check` needs one.")
    return tests
