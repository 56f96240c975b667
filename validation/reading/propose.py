"""A Table Schema for cells that came without one: locale first, a code stays a text.

A type is proposed only when every cell of the column fits it, so that no proposal makes an error
of a cell; a geopoint never is (Frictionless takes 1.234,50 for one). What may be read in two ways
stays text, and is asked. Rules: facts on municipal files; field names are the labels, so that
Frictionless finds them in the header.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Finding
from datasets.serbian import fold
from validation.reading import doubts
from validation.reading.cells import Cells
from validation.reading.ways import DATES, NUMBERS, PLAIN_NUMBERS, Field, Way

CODE = re.compile(
    r"\b(jmbg|pib|mb|maticn\w*|sifr\w*|telefon\w*|tel|fax|faks\w*|mobiln\w*|postansk\w*|ptt|zip"
    r"|parcel\w*|kat\w* parc\w*|racun\w*|licn\w* kart\w*|iban|indeks\w*)\b"
)
"""Words of labels under which digits are a name, not a number."""
COORDINATE = re.compile(r"^(x|y|lat|lon|lng|long|latitud\w*|longitud\w*|geo\w*|koord\w*|e|n)\b")
"""Words of labels under which three decimals are not thousands."""
LEADING_ZERO = "^0[0-9]"
FEW_WORDS = 8
MISSING = frozenset(
    """
    - -- – — / // . … ... ? нема nema н/п n/p n/a na n.a. #n/a null none nan непознато nepoznato
    непознат nepoznat н.п. nil нп np недоступно nedostupno без_података bez_podataka
    """.replace("_", " ").split()
)
"""What stands where there is no value, in small letters."""
MOSTLY = 0.9
MOST_ODD = 20

TRUE_FALSE = (("true", "false"), ("True", "False"), ("TRUE", "FALSE"))
YES_NO = tuple(
    spelled
    for yes, no in (("da", "ne"), ("да", "не"), ("yes", "no"))
    for spelled in ((yes, no), (yes.title(), no.title()), (yes.upper(), no.upper()))
)


def proposed_schema(cells: Cells) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Propose a Table Schema; tell what was understood, and ask what was not.

    Columns are looked at in pieces. `cells.types` are those that the file itself declares, by
    column number; "text" is JSON's string, which may be a date, but never a number.
    """
    names = field_names(cells.labels)
    columns = [_Column(name, cells.types.get(i, "")) for i, name in enumerate(names)]
    for piece, rows in cells.batches():
        for column, texts in zip(columns, piece, strict=False):
            column.see(texts, rows)
    fields = [{"name": column.name, **column.field()} for column in columns]
    found = tuple(finding for column in columns for finding in column.told())
    return {"fields": fields, "missingValues": [""]}, found


def field_names(labels: Sequence[str]) -> list[str]:
    """Name the fields as the labels say; a blank one by its place, a repeated one by a number.

    >>> field_names(["шифра", "", "ime", "ime"])
    ['шифра', 'field2', 'ime', 'ime2']
    """
    names: list[str] = []
    for place, label in enumerate(labels, 1):
        name, number = label or f"field{place}", 2
        while name in names:
            name, number = f"{label or 'field'}{number}", number + 1
        names.append(name)
    return names


def proposed_field(texts: pa.Array, name: str = "") -> Mapping[str, Any]:
    """Give the type that all texts fit, with its format; text where none does.

    >>> proposed_field(pa.array(["1.250,75", "45,00", "310"]))
    {'type': 'number', 'decimalChar': ',', 'groupChar': '.'}
    >>> proposed_field(pa.array(["00123", "45000"])), proposed_field(pa.array(["да", "не"]))["type"]
    ({'type': 'string'}, 'boolean')
    """
    column = _Column(name, "")
    column.see(texts, pa.array(range(len(texts)), pa.int64()))
    return column.field()


class _Tried:
    """A way, and how the cells of a column follow it."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.needed = not way.needs
        self.odd = 0
        self.examples: list[tuple[int, str]] = []

    def see(self, texts: pa.Array, counts: pa.Array, column: pa.Array, rows: pa.Array) -> None:
        fits = self.way.fits(texts)
        if not self.needed:
            said = pc.and_(fits, pc.match_substring_regex(texts, self.way.needs))
            self.needed = bool(pc.any(said).as_py())
        if pc.all(fits).as_py() is not False:
            return
        odd = pc.invert(fits)
        self.odd += int(pc.sum(counts.filter(odd)).as_py())
        for text in texts.filter(odd)[: MOST_ODD - len(self.examples)]:
            self.examples.append((rows[pc.index(column, text).as_py()].as_py(), text.as_py()))


class _Column:
    """What is known of a column, piece by piece."""

    def __init__(self, name: str, type_: str) -> None:
        self.name = name
        self.type = type_
        self.label = fold(name)
        self.tried = [_Tried(way) for way in self._ways()]
        self.words: set[str] | None = set()
        self.seen = 0
        self.missing: dict[str, int] = {}
        self.first: list[tuple[int, str]] = []

    def _ways(self) -> Sequence[Way]:
        if self.type and self.type != "text":
            return ()
        if self.type == "text" or CODE.search(self.label):
            return DATES
        if COORDINATE.search(self.label):
            return [way for way in (*PLAIN_NUMBERS, *DATES) if way.kind != "ask"]
        return (*NUMBERS, *DATES)

    def see(self, column: pa.Array, rows: pa.Array) -> None:
        """Look at the next cells, distinct ones once."""
        if not self.tried and self.words is None:
            return
        found = pc.value_counts(column)
        texts, counts = found.field("values"), found.field("counts")
        said = pc.and_(pc.is_valid(texts), pc.not_equal(texts, ""))
        texts, counts = texts.filter(said), counts.filter(said)
        self._note_words(texts)
        texts, counts = self._without_missing(texts, counts)
        if not len(texts):
            return
        self._note_first(texts, column, rows)
        self.seen += int(pc.sum(counts).as_py())
        for tried in self.tried:
            tried.see(texts, counts, column, rows)
        most = max(MOST_ODD, (1 - MOSTLY) * self.seen)
        self.tried = [tried for tried in self.tried if tried.odd <= most]

    def _note_words(self, texts: pa.Array) -> None:
        if self.words is not None:
            self.words |= set(texts[: FEW_WORDS + 1].to_pylist())
            if len(self.words) > FEW_WORDS:
                self.words = None

    def _note_first(self, texts: pa.Array, column: pa.Array, rows: pa.Array) -> None:
        for text in texts[: doubts.SAMPLES - len(self.first)]:
            self.first.append((rows[pc.index(column, text).as_py()].as_py(), text.as_py()))

    def _without_missing(self, texts: pa.Array, counts: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Count and take out the words that stand for no value."""
        if not self.tried:
            return texts, counts
        lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
        said = pc.is_in(lower, value_set=pa.array(sorted(MISSING)))
        if not pc.any(said).as_py():
            return texts, counts
        pairs = zip(texts.filter(said).to_pylist(), counts.filter(said).to_pylist(), strict=True)
        for word, count in pairs:
            self.missing[word] = self.missing.get(word, 0) + count
        return texts.filter(pc.invert(said)), counts.filter(pc.invert(said))

    def field(self) -> Field:
        """Give the field: what all cells follow, text where that is nothing or not sure."""
        if self.type and self.type != "text":
            return {"type": self.type}
        if boolean := self._boolean():
            return boolean
        way = self._way()
        if way is None or self.missing or way.kind in ("ask", "unit"):
            return {"type": "string"}
        return doubts.described(way, self.first)

    def _way(self) -> Way | None:
        """Give the first way that all cells follow."""
        if not self.seen:
            return None
        return next((t.way for t in self.tried if not t.odd and t.needed), None)

    def _boolean(self) -> Field | None:
        if not self.words or len(self.words) > 2 or self.type:  # noqa: PLR2004
            return None
        for true, false in TRUE_FALSE:
            if self.words <= {true, false}:
                return {"type": "boolean"}
        for true, false in YES_NO:
            if self.words == {true, false}:  # a lone „да“ may be any word
                return {"type": "boolean", "trueValues": [true], "falseValues": [false]}
        return None

    def told(self) -> list[Finding]:
        """Tell what was understood of the column, or ask."""
        if self.type and self.type != "text":
            return []
        if boolean := self._boolean():
            return doubts.booleans(self.name, boolean)
        way = self._way()
        if way is None:
            return self._mostly()
        if self.missing:
            return doubts.missing(self.name, self.missing)
        return doubts.told(self.name, way, self.first)

    def _mostly(self) -> list[Finding]:
        """Name the few cells of a column that do not follow the way of all others."""
        near = [t for t in self.tried if t.needed and t.odd <= (1 - MOSTLY) * self.seen]
        if not near or self.seen < 1 / (1 - MOSTLY):
            return []
        best = min(near, key=lambda tried: tried.odd)
        if any(re.match(LEADING_ZERO, text) for _, text in best.examples):
            return []  # a code
        return doubts.odd(self.name, best.way, best.odd, best.examples)
