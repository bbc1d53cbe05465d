"""The recipe's `verify.code` section: the limits and the walls around model-written programs."""

from typing import Literal

from pydantic import Field

from stillhouse.recipe.section import Section


class Code(Section):
    """How programs are run. A problem's own `cpu_seconds` and `memory_mb` may be smaller than these, never larger."""

    cpu_seconds: int = Field(5, ge=1, le=600, description="CPU time of one test execution, in whole seconds.")
    memory_mb: int = Field(1024, ge=64, description="Address space of one test execution beyond the interpreter's, in MiB.")
    idle_seconds: float = Field(
        5.0, gt=0, description="Seconds in which a program may use no CPU at all (sleeping, waiting for input) before it is a timeout."
    )
    output_mb: int = Field(8, ge=1, le=64, description="Output of one test execution that is read at the most, in MiB.")
    rung: Literal["best", "bubblewrap", "landlock"] = Field(
        "best", description="The isolation: the best that passes its self-test, or only the named one."
    )
