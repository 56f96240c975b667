"""Texts proved by their length, and by their pattern on an engine that is linear."""

from typing import Any

import numpy as np
import polars as pl

from validation.fast.parts import Mask, Numbers
from validation.fast.patterns import provable
from validation.fast.texts import Texts

SEED = 7
FORMATS = {
    "email": r"\A[0-9a-z]{1,20}([._-][0-9a-z]{1,20}){0,2}@([0-9a-z]{1,20}\.){1,3}[a-z]{2,6}\z",
    "uuid": r"\A[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\z",
    "uri": r"\Ahttps?://([0-9a-z]{1,20}\.){1,3}[a-z]{2,6}(/[0-9A-Za-z_.~-]*)*\z",
}
"""Ordinary texts of a format; Frictionless takes more."""


class TextProof:
    """Proves texts by length and by patterns of which all must match."""

    def __init__(self, field: Any, patterns: list[str], *, keyed: bool) -> None:
        self.least = field.constraints.get("minLength")
        self.most = field.constraints.get("maxLength")
        self.patterns, self.keyed = patterns, keyed

    @classmethod
    def of(cls, field: Any, *, keyed: bool) -> "TextProof | None":
        """Make the proof of a field, None when it has a format or a pattern beyond it."""
        patterns = []
        if field.type == "string" and field.format not in ("default", None):
            if field.format not in FORMATS or keyed:
                return None
            patterns.append(FORMATS[field.format])
        if "pattern" in field.supported_constraints and "pattern" in field.constraints:
            said = provable(field.constraints["pattern"])
            if said is None or not _compiles(said):
                return None
            patterns.append(said)
        return cls(field, patterns, keyed=keyed)

    def __call__(self, texts: Texts) -> tuple[Mask, Numbers | None]:
        """Give which cells are proved, and their keys."""
        ok = np.ones(len(texts), bool)
        if self.patterns or self.least is not None or self.most is not None:
            self._narrow(ok, texts.series)
        return ok, text_keys(texts.series) if self.keyed else None

    def _narrow(self, ok: Mask, series: pl.Series) -> None:
        for pattern in self.patterns:
            ok &= series.str.contains(pattern).to_numpy()
        if self.least is not None or self.most is not None:
            lengths = series.str.len_chars().to_numpy()
            if self.least is not None:
                ok &= lengths >= self.least
            if self.most is not None:
                ok &= lengths <= self.most


def text_keys(series: pl.Series) -> Numbers:
    """Give a hash of each text."""
    keys: Numbers = series.hash(SEED).reinterpret(signed=True).to_numpy()
    return keys


def _compiles(pattern: str) -> bool:
    """Tell whether the engine takes a pattern; it refuses large ones."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return False
    return True
