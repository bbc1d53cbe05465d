"""Personal data and secrets: found by shape, counted by kind, never repeated in a reason or a log.

The limit: shapes only (and a checksum for cards and IBANs). Names and addresses are not found.
"""

import re
from collections.abc import Sequence

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Pii

SHAPES: dict[str, str] = {
    "email": r"\b[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b",
    "phone": r"(?:\+\d{1,3}[ .-]?)\(?\d{2,4}\)?(?:[ .-]\d{2,4}){2,4}\b|\(\d{3}\) ?\d{3}-\d{4}\b|\b\d{3}-\d{3}-\d{4}\b",
    "card": r"\b(?:\d[ -]?){12,18}\d\b",
    "ssn": r"\b\d{3}-\d{2}-\d{4}\b",
    "iban": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
    "key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bhf_[A-Za-z0-9]{30,}\b"
    r"|\bsk-[A-Za-z0-9_-]{20,}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|\bAIza[A-Za-z0-9_-]{35}\b",
}
HARMLESS = re.compile(r"@(?:[\w-]+\.)*example\.(?:com|org|net)$|\b555-\d{4}$")


def run(rows: pl.DataFrame, settings: Pii, seed: int) -> Result:
    """Labels `pii` (kinds and counts, or empty); reason pii_<kind> where the action is quarantine."""
    kinds = [k for k in SHAPES if k in settings.kinds]
    text = pl.concat_str([pl.col(p).fill_null("") for p in ("question", "reasoning", "response") if p in rows.columns], separator="\n")
    maybe = rows.select(ROW, text.alias("text")).filter(pl.col("text").str.contains("|".join(f"(?:{SHAPES[k]})" for k in kinds)))
    found = [(i, counts) for i, t in maybe.iter_rows() if (counts := find(t, kinds))]
    table = pl.DataFrame(
        [(i, next(iter(c)), ", ".join(f"{k} x{n}" for k, n in c.items())) for i, c in found],
        schema={ROW: pl.UInt32, "kind": pl.String, "pii": pl.String},
        orient="row",
    )
    drops = table if settings.action == "quarantine" else table.clear()
    return Result(drop(drops, pl.lit("pii_") + pl.col("kind"), pl.col("pii")), table.select(ROW, "pii"))


def find(text: str, kinds: Sequence[str]) -> dict[str, int]:
    """How many of each kind a text holds; kinds that it does not hold are left out."""
    counts = {k: sum(_real(k, m.group()) for m in re.finditer(SHAPES[k], text)) for k in kinds}
    return {k: n for k, n in counts.items() if n}


def _real(kind: str, found: str) -> bool:
    if kind == "card":
        return _luhn(re.sub(r"\D", "", found))
    if kind == "iban":
        return _mod97(found.replace(" ", ""))
    return HARMLESS.search(found) is None


def _luhn(digits: str) -> bool:
    """The checksum of payment cards (ISO/IEC 7812-1), with a known first digit."""
    total = sum(d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(map(int, reversed(digits))))
    return digits[0] in "3456" and len(set(digits)) > 1 and total % 10 == 0


def _mod97(iban: str) -> bool:
    """The checksum of an IBAN (ISO 13616)."""
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
