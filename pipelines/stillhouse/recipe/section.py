"""What every section of a recipe shares: it is frozen, unknown keys are errors, and it knows its own identity.

A field is a decision unless its type says `Circumstance[…]`. Decisions make a step's fingerprint; circumstances (cores,
retries, time-outs, paths of files whose content is known otherwise) change how the work is done and never what comes out.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

_MARK, _LATER = "circumstance", "later"
_T = TypeVar("_T")
Circumstance = Annotated[_T, _MARK]
Later = Annotated[_T, _LATER]
"""A decision that recipes could not always make: at its default it is no part of an identity, so what was made before is found again."""


class Section(BaseModel):
    """A part of a recipe, or the config of a step. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def identity(value: Any) -> Any:
    """The decisions in a section as plain data, circumstances left out at every depth.

    Raises TypeError for a value that has no stable form (a set, a path, an object).
    """
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        return {name: identity(getattr(value, name)) for name, field in fields if _decides(field, getattr(value, name))}
    if isinstance(value, (list, tuple)):
        return [identity(item) for item in value]
    if isinstance(value, dict):
        return {str(key): identity(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"a {type(value).__name__} has no stable form for a fingerprint")


def _decides(field: FieldInfo, value: Any) -> bool:
    return _MARK not in field.metadata and not (_LATER in field.metadata and value == field.default)
