"""A query as a condition on packages.

The text index holds folded words (`datasets.serbian.fold`), so that every spelling of a word is
one; a query is folded the same way. Values reach the database as bound parameters only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal_column, not_, or_, select, true

from datasets.serbian import fold
from publish.catalog.indexing import text_index
from publish.catalog.query import All, Either, Everything, Node, Not, Word
from publish.catalog.tables import packages, terms

WEIGHTS = (4.0, 4.0, 2.0, 2.0, 1.0, 1.0)  # name, title, tags, organization, notes, resources
TEXT_FIELDS = {"": "", "text": "", "title": "title", "notes": "notes"}
TERMS = ("organization", "groups", "tags", "res_format", "license_id")
COLUMNS = {
    "id": packages.c.id,
    "name": packages.c.name,
    "state": packages.c.state,
    "owner_org": packages.c.owner_id,
    "type": packages.c.type,
    "dataset_type": packages.c.type,
    "metadata_created": packages.c.metadata_created,
    "metadata_modified": packages.c.metadata_modified,
}

_TABLE: ColumnElement[Any] = literal_column("package_text")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for: `asked` also ranks, `filters` only filters."""

    asked: Node
    filters: Node

    def condition(self) -> ColumnElement[bool]:
        """The condition on packages."""
        return and_(condition(self.asked), condition(self.filters))

    @property
    def text(self) -> str:
        """The words to rank by, as the text index reads them; empty when there are none."""
        parts = self.asked.parts if isinstance(self.asked, All) else (self.asked,)
        said = [expression(p) for p in parts if isinstance(p, Word) and p.field in TEXT_FIELDS]
        return " AND ".join(filter(None, said))


def condition(node: Node) -> ColumnElement[bool]:
    """Give the condition that a node stands for."""
    match node:
        case Everything():
            return true()
        case Word():
            return _word(node)
        case Not(part):
            return not_(condition(part))
        case All(parts):
            return _all(parts)
        case Either(parts):
            return or_(*map(condition, parts))


def _all(parts: tuple[Node, ...]) -> ColumnElement[bool]:
    """Words of signs only (`-`, `?`) ask for nothing: the others decide, alone they find none."""
    said = [part for part in parts if not _is_silent(part)]
    return and_(*map(condition, said)) if said else false()


def _is_silent(node: Node) -> bool:
    return isinstance(node, Word) and node.field in TEXT_FIELDS and not expression(node)


def _word(word: Word) -> ColumnElement[bool]:
    if word.field in TEXT_FIELDS:
        said = expression(word)
        if not said:
            return true() if word.prefix and word.field else false()
        return packages.c.number.in_(select(text_index.c.rowid).where(matches(said)))
    if word.field == "capacity":
        return packages.c.private.is_(word.value == "private")
    if word.field in COLUMNS:
        return _compare(COLUMNS[word.field], word)
    field = word.field if word.field in TERMS else "extras_" + word.field.removeprefix("extras_")
    having = select(terms.c.package).where(terms.c.field == field, _compare(terms.c.value, word))
    return packages.c.number.in_(having)


def _compare(column: ColumnElement[Any], word: Word) -> ColumnElement[bool]:
    if word.prefix:
        return column.startswith(word.value, autoescape=True)
    return column == word.value


def expression(word: Word) -> str:
    """Say a word in the language of the text index; empty when nothing of it can be found.

    A beginning that is a whole word of a title or name counts more.

    >>> expression(Word("Вртић", prefix=True)), expression(Word("ваздуха Ниш", "title"))
    ('("vrtic"* OR {name title} : "vrtic")', 'title : "vazduha nis"')
    """
    folded = fold(word.value)
    if not folded:
        return ""
    column = TEXT_FIELDS[word.field]
    if column:
        return f'{column} : "{folded}"' + "*" * word.prefix
    return f'("{folded}"* OR {{name title}} : "{folded}")' if word.prefix else f'"{folded}"'


def matches(said: str) -> ColumnElement[bool]:
    """The condition that a row of the text index matches an expression."""
    return _TABLE.bool_op("MATCH")(said)


def rank() -> ColumnElement[Any]:
    """How well a row matches: the lower the better."""
    weigh: Callable[..., ColumnElement[Any]] = func.bm25
    return weigh(_TABLE, *map(float, WEIGHTS))
