"""The verdict on a response in which no answer was found, and how to know it again.

Such a verdict says in its reason whether the lenient reading (the last number or choice) would have been the gold's: then the
reader, not the model, may be at fault. verifiers.extraction_audit counts them. Written and read here, in one place.
"""

import re
from collections.abc import Callable

from stillhouse.verifiers.base import Judgement

_LENIENT = "; its last number or choice is the gold's"
_UNANSWERED = re.compile(r"(?:^|\()no answer\b")


def unanswered(why: str, equals_gold: Callable[[], bool]) -> Judgement:
    """Wrong, with the reason `why`; `equals_gold` compares the lenient reading with the gold."""
    return Judgement("wrong", 0.0, "", "no answer" + (f": {why}" if why else "") + (_LENIENT if equals_gold() else ""))


def is_unanswered(extracted: str, reason: str) -> bool:
    """Whether a verdict, a composition's too, says that no answer was found."""
    return not extracted and bool(_UNANSWERED.search(reason))


def is_suspected(reason: str) -> bool:
    """Whether the lenient reading of an unanswered response is the gold's: a suspected false reject."""
    return _LENIENT in reason
