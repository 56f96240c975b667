"""One column of a table: which of its cells are not proved clean, and what its keys are."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from frictionless import Field

from validation.fast.bounds import NoBound
from validation.fast.doubt import Doubt
from validation.fast.known import Known
from validation.fast.moments import DEFAULTS, MomentProof, layout, packed
from validation.fast.numerals import IntegerProof, NumberProof, bits
from validation.fast.parts import Mask, Numbers
from validation.fast.texts import Texts
from validation.fast.words import TextProof, text_keys
from validation.schemas import BREAKS, SlowPattern

MOST_REMEMBERED = 50_000
MOSTLY_DISTINCT = 0.5
NO_KEY = -7_777_777_777_777_777_777

type Proof = Callable[[Texts], tuple[Mask, Numbers | None]]
type Notes = Mapping[str, str]


class Column:
    """Judges the cells of one field, by a vectorised proof where there is one.

    Where there is none, Frictionless' own cell reader judges, once for each distinct text as
    long as there are few. `known` are the tables that its values must be found in.
    """

    def __init__(self, field: Field, *, keyed: bool, known: Sequence[Any] = ()) -> None:
        self.field: Any = field
        self.name: str = field.name
        self.read = field.create_cell_reader()
        self.keyed, self.known = keyed, known
        self.missing = missing_values(field)
        required = self.field.constraints.get("required")
        self.required = bool(required) and "required" in self.field.supported_constraints
        self.proof = self._proof(field.create_value_reader())
        self.distinct = False
        self._notes: dict[str, Notes | None] = {}

    def _proof(self, read: Callable[[Any], Any]) -> Proof | None:
        if "enum" in self.field.constraints:
            return None
        if any(not isinstance(known, Known) for known in self.known):
            return None
        try:
            return _proof(self.field, read, keyed=self.keyed)
        except (NoBound, *BREAKS):  # Frictionless will break at the same rule, row by row
            return None

    def suspects(self, texts: Texts) -> tuple[Mask, Numbers | None]:
        """Give which cells are not proved clean, and a key of each cell where keys are needed.

        Equal values have equal keys; others may. A cell without a value has NO_KEY.
        """
        if self.proof is None:
            return self._read_all(texts)
        ok, keys = self.proof(texts)
        absent = self._absent(texts, ok)
        odd = ~ok & ~absent
        bad = odd.copy()
        if odd.any():
            bad[odd] = self._faulty(texts.within(odd))
        if self.known:
            found = ok & ~absent
            bad[found] = ~self._referred(texts.within(found))
        if self.required:
            bad |= absent
        return bad, self._keys(texts, keys, absent, odd) if self.keyed else None

    def absent(self, texts: Texts) -> Mask:
        """Tell which cells hold a missing value."""
        return texts.are(self.missing)

    def _absent(self, texts: Texts, ok: Mask) -> Mask:
        if self.required or self.keyed or self.known or not ok.all():
            return self.absent(texts)
        return np.zeros(len(texts), bool)

    def _read_all(self, texts: Texts) -> tuple[Mask, Numbers | None]:
        """Judge by Frictionless' reader alone."""
        if not self.keyed:
            return self._faulty(texts), None
        both = [self._judged(text) for text in texts.series]
        bad = np.array([notes is not None for notes, _ in both], bool)
        return bad, np.array([key for _, key in both], np.int64)

    def _judged(self, text: str) -> tuple[Notes | None, int]:
        target, notes = self._value(text)
        return self._and_referred(target, notes), self._key_of(target)

    def _faulty(self, texts: Texts) -> Mask:
        """Tell which cells the reader has something against."""
        series = texts.series
        if self.distinct:
            return np.array([self.notes(text) is not None for text in series], bool)
        unique = series.unique()
        self.distinct = len(unique) > MOSTLY_DISTINCT * len(series) > 1000 * MOSTLY_DISTINCT
        bad = [text for text in unique.to_list() if self.notes(text) is not None]
        return texts.are(bad)

    def notes(self, text: str) -> Notes | None:
        """Give what Frictionless has against a text, None when nothing."""
        if text in self._notes:
            return self._notes[text]
        notes = self._and_referred(*self._value(text))
        if not self.distinct and len(self._notes) < MOST_REMEMBERED:
            self._notes[text] = notes
        return notes

    def _and_referred(self, target: Any, notes: Notes | None) -> Notes | None:
        if notes or self.refers_to(target):
            return notes or None
        return {"foreign-key": ""}

    def refers_to(self, target: Any) -> bool:
        """Tell whether a value is in every table that it must be found in."""
        try:
            return target is None or all((target,) in known for known in self.known)
        except TypeError:
            raise Doubt("a key that cannot be looked up") from None

    def value(self, text: str) -> Any:
        """Give what Frictionless reads in a text, None when it is nothing or wrong."""
        return self._value(text)[0]

    def _value(self, text: str) -> tuple[Any, Notes | None]:
        try:
            target, notes = self.read(text)
        except SlowPattern:
            raise Doubt("a pattern that is slow to match") from None
        except BREAKS as error:  # the second tier meets it at its own place
            return None, {"breaks": str(error)}
        return target, notes

    def _referred(self, texts: Texts) -> Mask:
        found = np.ones(len(texts), bool)
        for known in self.known:
            found &= known.holds(texts)
        return found

    def _keys(self, texts: Texts, keys: Numbers | None, absent: Mask, odd: Mask) -> Numbers:
        assert keys is not None
        made = np.where(absent, NO_KEY, np.where(keys == NO_KEY, NO_KEY + 1, keys))
        if self.field.type not in ("string", "any") or self.field.format != "default":
            at = np.flatnonzero(odd)
            rare = texts.within(odd).series.to_list() if len(at) else []
            made[at] = [self.key(text) for text in rare]
        return made

    def key(self, text: str) -> int:
        """Give the key of one text."""
        if self.field.type in ("string", "any") and self.proof is not None:
            made = int(text_keys(pl.Series([text]))[0])
            return NO_KEY if text in self.missing else made + (made == NO_KEY)
        return self._key_of(self._value(text)[0])

    def _key_of(self, target: Any) -> int:
        if target is None:
            return NO_KEY
        key = _key(self.field.type, target)
        return key + (key == NO_KEY)


def missing_values(field: Field) -> list[str]:
    """Give the texts that stand for no value: the field's own, else the schema's."""
    if field.schema is None or field.has_defined("missing_values"):
        return list(field.missing_values)
    return list(field.schema.missing_values)


def _proof(field: Any, read: Callable[[Any], Any], *, keyed: bool) -> Proof | None:
    match field.type:
        case "integer":
            return IntegerProof(field, read)
        case "number":
            return NumberProof(field, read)
        case "string" | "any":
            return TextProof.of(field, keyed=keyed)
        case "date" | "datetime" | "time" if field.format != "any":
            laid = layout(field.type, field.format)
            return None if laid is None else MomentProof(field, read, laid)
        case _:
            return None


def _key(kind: str, target: Any) -> int:
    """Give a value's key as the proof of its kind makes it."""
    if kind in DEFAULTS and (digits := packed(target)) is not None:
        return digits
    if kind == "integer" and abs(target) < 2**62:
        return int(target)
    if kind == "number":
        return _number_key(target)
    try:
        return hash(target)
    except TypeError:
        raise Doubt("a key that cannot be hashed") from None


def _number_key(target: Decimal | float) -> int:
    if isinstance(target, Decimal) and target.is_snan():
        raise Doubt("a key that cannot be hashed")
    value = float(target)
    if math.isnan(value):
        return NO_KEY  # it equals nothing, itself included
    return int(bits(np.array([value]))[0])
