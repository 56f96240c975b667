"""What the address of a table asks: which table of which version, which rows, which page.

    /data/{name}/table?table=&v=&q=&sort=-povrsina&page=3&rows=50&columns=a&columns=b
        &has.naziv=park&is.vrsta=липа&from.visina=10&to.visina=20&empty.visina=1

`has` a part of a text, `is` exactly so, `from` and `to` with their ends (a date may be a month or a
year); `empty` is 1 or 0. A parameter that is empty asks nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.datastructures import QueryParams

from datasets.errors import NotFound
from datasets.model import Resource, Version
from geoportal.dataset.frame import Opened

if TYPE_CHECKING:
    from publish.columns.asking import Condition, Ordered
    from publish.columns.kept import Kept

ROWS = (25, 50, 100, 200)
MOST_SHOWN = 24  # columns, where nobody chose any
MOST_LETTERS = 300
TESTS = ("has", "is", "from", "to")
LAST_PAGE = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a table, as its address has it."""

    version: Version
    resource: Resource
    q: str
    conditions: tuple[tuple[str, str, str], ...]
    sort: str
    page: int
    rows: int
    columns: tuple[str, ...]
    pinned: bool

    @property
    def is_narrow(self) -> bool:
        """True when it leaves rows out."""
        return bool(self.q or self.conditions)

    @property
    def parameters(self) -> dict[str, Any]:
        """The same as an address has it; what need not be said is not."""
        several = len(self.version.tables) > 1
        said: dict[str, Any] = {
            "table": self.resource.name if several else "",
            "v": self.version.number if self.pinned else "",
            "q": self.q,
            "sort": self.sort,
            "page": self.page if self.page > 1 else "",
            "rows": self.rows if self.rows != ROWS[1] else "",
            "columns": list(self.columns),
        }
        for test, column, value in self.conditions:
            said[f"{test}.{column}"] = value
        return said

    def but(self, **changed: Any) -> dict[str, Any]:
        """The parameters of the same question with something else; it begins at the first page."""
        return replace(self, **{"page": 1, **changed}).parameters

    def without(self, condition: tuple[str, str, str]) -> dict[str, Any]:
        """The parameters of the same question without a condition."""
        left = tuple(each for each in self.conditions if each != condition)
        return self.but(conditions=left)


def asked(found: Opened, query: QueryParams) -> Asked:
    """Read an address. Raises NotFound for a table or version that is not there."""
    version, pinned = _version(found, query.get("v", ""))
    resource = _table(version, query.get("table", ""))
    return Asked(
        version,
        resource,
        query.get("q", "").strip()[:MOST_LETTERS],
        tuple(_conditions(query)),
        query.get("sort", "")[:MOST_LETTERS],
        min(max(_number(query.get("page", "")), 1), LAST_PAGE),
        rows if (rows := _number(query.get("rows", ""))) in ROWS else ROWS[1],
        tuple(dict.fromkeys(query.getlist("columns"))),
        pinned,
    )


def _version(found: Opened, asked: str) -> tuple[Version, bool]:
    if found.version is None:
        raise NotFound(f"dataset {found.name!r} has no table")
    number = _number(asked)
    if not number:
        return found.version, False
    return found.portal.versions.get(found.name, number), True


def _table(version: Version, asked: str) -> Resource:
    tables = [each for each in version.resources if each.name in version.tables]
    for resource in tables:
        if asked in ("", resource.name):
            return resource
    there = ", ".join(each.name for each in tables) or "none"
    raise NotFound(f"version {version.number} has no table {asked[:60]!r}; there are: {there}")


def _conditions(query: QueryParams) -> Iterator[tuple[str, str, str]]:
    for name, value in query.multi_items():
        test, dot, column = name.partition(".")
        if dot and value.strip() and (test in TESTS or (test == "empty" and value in "01")):
            yield test, column, value[:MOST_LETTERS]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def kept(found: Opened, wanted: Asked) -> "Kept":
    """The columns of the table that is asked about."""
    from publish.columns.kept import opened  # noqa: PLC0415 - pyarrow takes 40 MB

    return opened(found.portal.store, wanted.version.tables[wanted.resource.name])


def ordered(table: "Kept", wanted: Asked) -> "Ordered":
    """The rows that are asked for. Raises ValueError naming what cannot be asked."""
    from publish.columns.asking import Question, rows  # noqa: PLC0415 - as above

    question = Question(
        wanted.q,
        tuple(map(_condition, wanted.conditions)),
        wanted.sort.removeprefix("-"),
        wanted.sort.startswith("-"),
    )
    return rows(table, question)


def _condition(said: tuple[str, str, str]) -> "Condition":
    from publish.columns.asking import Condition  # noqa: PLC0415 - as above

    test, column, value = said
    if test == "empty":
        return Condition(column, "empty" if value == "1" else "full")
    return Condition(column, test, value)  # type: ignore[arg-type]  # it is one of TESTS


def shown(table: "Kept", wanted: Asked) -> list[int]:
    """The numbers of the columns that are shown: those chosen, else the first ones."""
    chosen = [table.places[name] for name in wanted.columns if name in table.places]
    return chosen or list(range(min(len(table.columns), MOST_SHOWN)))


def where(table: "Kept", wanted: Asked) -> str:
    """The conditions as the map has them, as far as it can: `geoportal.emap.selection` reads it."""
    from geoportal.emap.selection import Condition, understood, written  # noqa: PLC0415 - as above

    ranges: dict[str, list[str]] = {}
    made: list[Condition | None] = []
    for test, name, value in wanted.conditions:
        if name not in table.places:
            continue
        column = table.columns[table.places[name]]
        if test in ("from", "to"):
            ranges.setdefault(name, ["", ""])[test == "to"] = value
        elif test == "has":
            made.append(understood(Condition(column, "has", (value,))))
        else:
            made.append(understood(Condition(column, "in", ("" if test == "empty" else value,))))
    for name, ends in ranges.items():
        column = table.columns[table.places[name]]
        made.append(understood(Condition(column, "range", (ends[0], ends[1]))))
    return written(each for each in made if each is not None)


def pages(count: int, rows: int) -> int:
    """How many pages there are; one where there are no rows."""
    return max(1, -(-count // rows))
