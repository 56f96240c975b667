"""What the cells of one column have in common: a way of writing, or words for yes and no."""

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Finding
from datasets.serbian import fold
from validation.reading import doubts
from validation.reading.layout import kind_of
from validation.reading.ways import (
    CLOCK,
    DATES,
    NUMBERS,
    PLAIN_NUMBERS,
    STAYS_TEXT,
    WORDED,
    Field,
    Way,
)

CODE = re.compile(
    r"\b(jmbg|pib|mb|maticn\w*|sifr\w*|telefon\w*|tel|fax|faks\w*|mobiln\w*|postansk\w*|ptt|zip"
    r"|parcel\w*|kat\w* parc\w*|racun\w*|licn\w* kart\w*|iban|indeks\w*)\b"
)
"""Words of labels under which digits are a name, not a number."""
MEASURE = re.compile(
    r"\b(povrsin|duzin|sirin|visin|iznos|cen|vrednost|zapremin|kolicin|area|size|price)\w*"
)
"""Words of labels that measure what has a code: the area of a parcel."""
COORDINATE = re.compile(r"^(x|y|lat|lon|lng|long|latitud\w*|longitud\w*|geo\w*|koord\w*|e|n)\b")
"""Words of labels under which three decimals are not thousands."""
CLOCKED = re.compile(
    r"\b(polaz\w*|polas\w*|dolaz\w*|vrem\w*|termin\w*|sat\w*|pocet\w*|zavrset\w*|time|indul\w*"
    r"|erkez\w*|departure\w*|arrival\w*)\b"
)
"""Words of labels under which 6.05 is five minutes past six."""
LEADING_ZERO = "^0[0-9]"
FEW_WORDS = 8
MISSING = frozenset(
    """
    - -- – — / // . … ... ? нема nema н/п n/p n/a na n.a. #n/a null none nan непознато nepoznato
    непознат nepoznat н.п. nil нп np недоступно nedostupno без_података bez_podataka
    """.replace("_", " ").split()
)
"""What stands where there is no value, in small letters."""
MOSTLY, MAJORITY = 0.9, 0.6
FEW = 5
"""So many odd cells are named although they are more than a tenth, if most are of one kind."""
LIKE_CODES = re.compile(r"\d+ ?[-/.]? ?(\d+|\w{1,2})|\w?\d+\w?|bb|бб|BB|ББ|б\.б\.|b\.b\.")
"""Odd cells by which a column of digits is one of house numbers or signs."""
MOST_ODD = 20
FIRST_TEXTS = 1000

TRUE_FALSE = (("true", "false"), ("True", "False"), ("TRUE", "FALSE"))
YES_NO = tuple(
    spelled
    for yes, no in (("da", "ne"), ("да", "не"), ("yes", "no"))
    for spelled in ((yes, no), (yes.title(), no.title()), (yes.upper(), no.upper()))
)


class _Tried:
    """A way, and how the cells of a column follow it."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.needed = not way.needs
        self.odd = 0
        self.examples: list[tuple[int, str]] = []

    def see(
        self, fits: pa.Array, texts: pa.Array, counts: pa.Array, column: pa.Array, rows: pa.Array
    ) -> None:
        """Note which of the distinct texts of a piece fit, and the rows of those that do not."""
        self.needed = self.needed or self.way.is_shown(texts.filter(fits))
        if pc.all(fits).as_py() is not False:
            return
        odd = pc.invert(fits)
        self.odd += int(pc.sum(counts.filter(odd)).as_py())
        for text in texts.filter(odd)[: MOST_ODD - len(self.examples)]:
            self.examples.append((rows[pc.index(column, text).as_py()].as_py(), text.as_py()))


class Column:
    """What is known of a column, piece by piece.

    One that is not `thorough` follows the way of its first cells, and has `failed` when others do
    not.
    """

    def __init__(self, name: str, type_: str, *, thorough: bool = False) -> None:
        self.name = name
        self.type = type_
        self.thorough = thorough
        self.failed = self.led = False
        self.label = fold(name)
        self.tried = [_Tried(way) for way in self._ways()]
        self.words: set[str] | None = set()
        self.seen = 0
        self.missing: dict[str, int] = {}
        self.first: list[tuple[int, str]] = []

    def anew(self) -> "Column":
        """Give the same column, unseen, to be looked at by all ways."""
        return Column(self.name, self.type, thorough=True)

    def _ways(self) -> Sequence[Way]:
        if self.type and self.type != "text":
            return ()
        is_code = CODE.search(self.label) and not MEASURE.search(self.label)
        if is_code:
            return DATES
        if self.type == "text":
            return (*WORDED, *DATES)
        if CLOCKED.search(self.label):
            return (CLOCK, *NUMBERS, *DATES)
        if COORDINATE.search(self.label):
            return [way for way in (*PLAIN_NUMBERS, *DATES) if way.kind != "ask"]
        return (*NUMBERS, *DATES)

    def see(self, column: pa.Array, rows: pa.Array) -> None:
        """Look at the next cells, distinct ones once."""
        if self.failed or (not self.tried and self.words is None):
            return
        found = pc.value_counts(column)
        texts, counts = found.field("values"), found.field("counts")
        said = pc.and_(pc.is_valid(texts), pc.not_equal(texts, ""))
        if not pc.any(said).as_py():
            return
        texts, counts = texts.filter(said), counts.filter(said)
        self._note_words(texts)
        if self.tried:
            self._try(texts, counts, column, rows)

    def _try(self, texts: pa.Array, counts: pa.Array, column: pa.Array, rows: pa.Array) -> None:
        if not self.seen:
            self._choose(texts[:FIRST_TEXTS])
        fits = [tried.way.fits(texts) for tried in self.tried]
        if not any(pc.all(each).as_py() for each in fits):
            said = self._without_missing(texts, counts)
            fits = [each.filter(said) for each in fits]
            texts, counts = texts.filter(said), counts.filter(said)
        self._note_first(texts, column, rows)
        self.seen += int(pc.sum(counts).as_py() or 0)
        for tried, each in zip(self.tried, fits, strict=True):
            tried.see(each, texts, counts, column, rows)
        self.failed = self.led and bool(self.tried[0].odd)
        most = max(MOST_ODD, (1 - MOSTLY) * self.seen)
        self.tried = [tried for tried in self.tried if tried.odd <= most]

    def _choose(self, texts: pa.Array) -> None:
        """Leave out ways that the first texts do not follow; take the first that all of them do."""
        texts = texts.filter(pc.invert(_is_missing(texts)))
        if not len(texts):
            return
        odd = [pc.invert(tried.way.fits(texts)) for tried in self.tried]
        most = max(MOST_ODD, len(texts) // 2)
        pairs = zip(self.tried, odd, strict=True)
        kept = [(tried, each.true_count) for tried, each in pairs if each.true_count <= most]
        leaders = [tried for tried, count in kept if not count and tried.way.is_shown(texts)]
        self.led = bool(leaders) and not self.thorough
        self.tried = leaders[:1] if self.led else [tried for tried, _ in kept]

    def _note_words(self, texts: pa.Array) -> None:
        if self.words is not None:
            self.words |= set(texts[: FEW_WORDS + 1].to_pylist())
            if len(self.words) > FEW_WORDS:
                self.words = None

    def _note_first(self, texts: pa.Array, column: pa.Array, rows: pa.Array) -> None:
        for text in texts[: doubts.SAMPLES - len(self.first)]:
            self.first.append((rows[pc.index(column, text).as_py()].as_py(), text.as_py()))

    def _without_missing(self, texts: pa.Array, counts: pa.Array) -> pa.Array:
        """Tell which texts are values; count the words that stand for none."""
        nothing = _is_missing(texts)
        words, places = texts.filter(nothing).to_pylist(), counts.filter(nothing).to_pylist()
        for word, count in zip(words, places, strict=True):
            self.missing[word] = self.missing.get(word, 0) + count
        return pc.invert(nothing)

    def field(self) -> Field:
        """Give the field: what all cells follow, text where that is nothing or not sure."""
        if self.type and self.type != "text":
            return {"type": self.type}
        if boolean := self._boolean():
            return boolean
        way = self._way()
        if way is None or self.missing or way.kind in STAYS_TEXT:
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
        few = max((1 - MOSTLY) * self.seen, min(FEW, (1 - MAJORITY) * self.seen))
        near = [t for t in self.tried if t.needed and t.odd <= few and t.odd + 1 < self.seen]
        if not near:
            return []
        best = min(near, key=lambda tried: tried.odd)
        texts = [text for _, text in best.examples]
        if any(re.match(LEADING_ZERO, text) for text in texts):
            return []  # a code
        if best.odd > (1 - MOSTLY) * self.seen and self._is_other(best.way, texts):
            return []
        return doubts.odd(self.name, best.way, best.odd, best.examples)

    def _is_other(self, way: Way, texts: Sequence[str]) -> bool:
        """Tell whether cells are codes among digits, or of the same kind but written otherwise."""
        if way.field["type"] in ("date", "datetime"):
            return all(kind_of(text) == "date" for text in texts)
        return all(LIKE_CODES.fullmatch(text) for text in texts)


def _is_missing(texts: pa.Array) -> pa.BooleanArray:
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    return pc.is_in(lower, value_set=pa.array(sorted(MISSING)))
