"""How a delimited text is built: declared by the dataset, else sniffed and checked.

The names are Frictionless': a dialect of ours reads the original in the same way there.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from validation.reading.cells import Unreadable

DELIMITERS = ";,\t|"
RARE = "^~: "
"""Taken only where no usual one cuts the records alike; spaces only in columns made by them."""
HINT = re.compile(r"\A(\ufeff?)sep=(.)(\r\n|\n|\r)")
"""The first line by which Excel tells its delimiter to itself."""
SAMPLE_RECORDS = 200
ENOUGH_ALIKE = 0.95

type Record = list[str]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(type(row) is int and row > 0 for row in value)


def _is_character(value: Any) -> bool:
    return isinstance(value, str) and (value == "" or (len(value) == 1 and value not in "\r\n"))


SHAPES: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("csv", "excel"), lambda value: isinstance(value, Mapping)),
    **dict.fromkeys(("headerRows", "commentRows"), _is_rows),
    **dict.fromkeys(("delimiter", "quoteChar", "escapeChar"), _is_character),
    **dict.fromkeys(("headerJoin", "commentChar"), lambda value: isinstance(value, str)),
    **dict.fromkeys(
        ("header", "doubleQuote", "skipInitialSpace", "skipBlankRows"),
        lambda value: isinstance(value, bool),
    ),
}
"""What each property of a dialect must be, where it is there."""


def check_dialect(declared: Mapping[str, Any]) -> None:
    """Refuse a dialect that cannot be followed, naming the property and its value."""
    inner = declared.get("csv")
    every = {**declared, **inner} if isinstance(inner, Mapping) else declared
    for name, is_right in SHAPES.items():
        value = every.get(name)
        if value is not None and not is_right(value):
            raise Unreadable(
                "dialect-error",
                f"the dialect's {name} cannot be {str(value)[:60]!r}; correct it, or leave it out",
                name=name,
                value=str(value)[:60],
            )


@dataclass(frozen=True, slots=True)
class Dialect:
    """A Frictionless dialect (v5) as far as it matters for reading; rows count from 1."""

    delimiter: str = ","
    quote_char: str = '"'
    double_quote: bool = True
    escape_char: str = ""
    skip_initial_space: bool = False
    header_rows: tuple[int, ...] = (1,)
    header_join: str = " "
    comment_char: str = ""
    comment_rows: frozenset[int] = frozenset()
    skip_blank_rows: bool = False

    @property
    def first_row(self) -> int:
        """The first record that may hold data."""
        return self.header_rows[-1] + 1 if self.header_rows else 1

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Any:
        """Open Python's reader, the one that Frictionless uses, on a text."""
        return csv.reader(
            lines,
            strict=strict,
            delimiter=self.delimiter,
            quotechar=self.quote_char or None,
            doublequote=self.double_quote if self.escape_char else True,
            escapechar=self.escape_char or None,
            skipinitialspace=self.skip_initial_space,
            quoting=csv.QUOTE_MINIMAL if self.quote_char else csv.QUOTE_NONE,
        )

    def takes(self, number: int, record: Record) -> bool:
        """Tell whether a record holds data: behind the header, no comment, not left out."""
        if number < self.first_row or number in self.comment_rows:
            return False
        if self.comment_char and record and record[0].startswith(self.comment_char):
            return False
        return not self.skip_blank_rows or any(record)

    def descriptor(self) -> dict[str, Any]:
        """Give the dialect as Frictionless writes it."""
        said: dict[str, Any] = {"headerRows": list(self.header_rows)} if self.header_rows else {}
        said |= {} if self.header_rows else {"header": False}
        if len(self.header_rows) > 1:
            said["headerJoin"] = self.header_join
        if self.comment_char:
            said["commentChar"] = self.comment_char
        if self.comment_rows:
            said["commentRows"] = sorted(self.comment_rows)
        if self.skip_blank_rows:
            said["skipBlankRows"] = True
        said["csv"] = {
            "delimiter": self.delimiter,
            "quoteChar": self.quote_char,
            "doubleQuote": self.double_quote,
            "skipInitialSpace": self.skip_initial_space,
            **({"escapeChar": self.escape_char} if self.escape_char else {}),
        }
        return said


def dialect_of(sample: str, declared: Mapping[str, Any], *, tabs: bool) -> Dialect:
    """Give the dialect of a text: what is declared, and the rest by the sample.

    `declared` is a Frictionless dialect in the form of v5 (with `csv`) or of Data Package v1.
    """
    own = {**declared, **(declared.get("csv") or {})}
    rows = own.get("headerRows") or [1]
    delimiter = str(own.get("delimiter") or ("\t" if tabs else sniffed_delimiter(sample)))
    spaced = own.get("skipInitialSpace")
    return Dialect(
        delimiter=delimiter,
        quote_char="" if own.get("quoteChar") == "" else str(own.get("quoteChar") or '"'),
        double_quote=own.get("doubleQuote") is not False,
        escape_char=str(own.get("escapeChar") or ""),
        skip_initial_space=starts_spaced(sample, delimiter) if spaced is None else bool(spaced),
        header_rows=tuple(int(row) for row in rows) if own.get("header") is not False else (),
        header_join=" " if own.get("headerJoin") is None else str(own["headerJoin"]),
        comment_char=str(own.get("commentChar") or ""),
        comment_rows=frozenset(int(row) for row in own.get("commentRows") or ()),
        skip_blank_rows=bool(own.get("skipBlankRows", False)),
    )


def has_header(declared: Mapping[str, Any]) -> bool:
    """Tell whether a dialect says where the header is."""
    return declared.get("header") is not None or declared.get("headerRows") is not None


def hinted(sample: str) -> str:
    r"""Give the delimiter of a first line that only tells it, empty where there is none.

    >>> hinted("sep=;\r\na;b\r\n"), hinted("sep=1;2\n")
    (';', '')
    """
    found = HINT.match(sample)
    return found[2] if found else ""


def sniffed_delimiter(sample: str) -> str:
    r"""Give the delimiter that cuts most records alike; the comma where none cuts at all.

    Of two that do, the one that cuts the header more: there are no decimal commas in it.

    >>> sniffed_delimiter("naziv;cena;popust\nhleb;45,00;0,5\nmleko;120,50;0,1\n")
    ';'
    >>> sniffed_delimiter("a^b\n1^2\n"), sniffed_delimiter("id   naziv\n1    Bor\n22   Ub\n")
    ('^', ' ')
    """
    if told := hinted(sample):
        return told
    found = {delimiter: _evenness(sample, delimiter) for delimiter in DELIMITERS}
    best = max(found, key=lambda delimiter: found[delimiter])
    if not _is_even(found[best]):
        rare = {delimiter: _evenness(sample, delimiter) for delimiter in RARE}
        even = [d for d in RARE if rare[d][0] == 1.0 and _is_even(rare[d]) and _is_meant(sample, d)]
        if even:
            return max(even, key=lambda delimiter: rare[delimiter])
    return best if any(found[best]) else ","


def other_delimiters(sample: str, taken: str) -> list[str]:
    r"""Give the usual delimiters that would cut all records alike too, the header like the rest.

    >>> other_delimiters("ime;iznos,din\nhleb;45,00\nso;20,50\n", ";")
    [',']
    """
    if hinted(sample):
        return []
    return [d for d in DELIMITERS if d != taken and _is_even(_evenness(sample, d))]


def _is_even(evenness: tuple[float, int, int]) -> bool:
    share, header, width = evenness
    return share == 1.0 and header == width


def _is_meant(sample: str, delimiter: str) -> bool:
    """Tell whether spaces are there to make columns: several in most lines, of three or more."""
    lines = [line for line in sample.splitlines()[:SAMPLE_RECORDS] if line.strip()]
    if len(lines) < 2:  # noqa: PLR2004 - one record is like itself
        return False
    wide = sum("  " in line.strip() for line in lines)
    return delimiter != " " or (len(lines) > 2 and wide * 2 > len(lines))  # noqa: PLR2004


def _evenness(sample: str, delimiter: str) -> tuple[float, int, int]:
    """Give the share of records as wide as most, the width of the header, and theirs."""
    found = [record for record in records(sample, delimiter) if record]
    widths = Counter(map(len, found))
    wide = Counter({width: n for width, n in widths.items() if width > 1})
    if not wide:
        return 0.0, 0, 0
    width, alike = wide.most_common(1)[0]
    share = alike / widths.total()
    return (1.0 if share >= ENOUGH_ALIKE else share), len(found[0]), width


def starts_spaced(sample: str, delimiter: str) -> bool:
    """Tell whether a space follows every delimiter, as in `1, "Novi Sad, centar", 5`."""
    if delimiter in "\t ":
        return delimiter == " "
    later = [cell for record in records(sample, delimiter) for cell in record[1:] if cell]
    return len(later) > 1 and all(cell.startswith(" ") for cell in later)


def records(sample: str, delimiter: str) -> Sequence[Record]:
    """Cut the first records of a text; fewer when a quote is never closed."""
    found: list[Record] = []
    try:
        dialect = Dialect(delimiter, skip_initial_space=delimiter == " ")
        for record in dialect.reader(io.StringIO(sample, newline="")):
            found.append(record)
            if len(found) >= SAMPLE_RECORDS:
                break
    except csv.Error:  # one record of the sample is no record; those before it tell enough
        pass
    return found
