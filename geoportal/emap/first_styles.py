"""How a layer is drawn before anybody chose: rules over its columns, the first that fits.

1. What follows a template of ours looks the same in every municipality: in one colour.
2. A column of few kinds that is called as kinds are called: vrsta, namena, status.
3. A column of numbers that is called as amounts are called: stanovništvo, površina, iznos.
4. A column of few kinds that its schema lists.
5. Thousands of points: together where the map is small, apart where it is large.
6. One colour.
Names decide, since numbers and texts alone do not tell a postal code from an amount.
"""

from collections.abc import Callable

from datasets.model import Column
from datasets.serbian import fold
from geoportal.ogc.kept import Kept
from geoportal.registry import Shown
from publish.layers.labels import label, latin_label
from publish.layers.spread import spread

KINDS = frozenset(
    "tip vrsta kategorija namena status stanje klasa zona grupa program oblik"
    " type kind category class use zone purpose".split()
)
AMOUNTS = frozenset(
    "stanovnistvo stanovnika populacija gustina povrsina iznos vrednost cena broj kapacitet visina"
    " spratnost budzet procenat udeo stopa koncentracija"
    " population density area amount value price count capacity height length rate share".split()
)
FEW_KINDS = 8
ENOUGH = 5
"""So many numbers must be different before classes of them say something."""
MANY_POINTS, MOST_CLUSTERED = 5_000, 20_000

first: Kept[Shown, str] = Kept()


def first_style(shown: Shown) -> str:
    """What an address would say of the style that a layer has by itself."""
    return first.of(shown, "", lambda: _first(shown))


def _first(shown: Shown) -> str:
    if shown.template:
        return "single"
    usable = [column for column in shown.layer.columns if _may_tell(shown, column)]
    rules: tuple[tuple[str, Callable[[Column], bool]], ...] = (
        ("categories", lambda column: _is_called(column, KINDS) and _has_kinds(shown, column)),
        ("graduated", lambda column: _is_called(column, AMOUNTS) and _has_amounts(shown, column)),
        ("categories", lambda column: _is_listed(shown, column) and _has_kinds(shown, column)),
    )
    found = (f"{kind}:{c.name}" for kind, fits in rules for c in usable if fits(c))
    return next(found, crowded(shown) or "single")


def crowded(shown: Shown) -> str:
    """How many points are drawn at low zooms; empty for those that need no care."""
    points = shown.layer.geometry_type.removeprefix("Multi") == "Point"
    if not points or shown.layer.features <= MANY_POINTS:
        return ""
    return "cluster" if shown.layer.features <= MOST_CLUSTERED else "heat"


def _may_tell(shown: Shown, column: Column) -> bool:
    """Whether a column is no name and no key of its features."""
    columns = shown.layer.columns
    names = {each.name for each in (label(columns), latin_label(columns)) if each}
    key = shown.schema.get("primaryKey", ())
    return column.name not in names and [column.name] != [key] and [column.name] != list(key)


def _is_called(column: Column, words: frozenset[str]) -> bool:
    """Whether one of these words stands in the title or the name of a column."""
    own = fold(f"{column.title} {column.name}".replace("_", " ")).split()
    return not words.isdisjoint(own)


def _has_kinds(shown: Shown, column: Column) -> bool:
    if column.type not in ("string", "boolean"):
        return False
    found = spread(shown.features.folder, column.name)
    return 2 <= found.distinct <= FEW_KINDS and 2 * found.empty <= found.rows


def _is_listed(shown: Shown, column: Column) -> bool:
    """Whether the schema lists the values that a column may have."""
    return any(
        field.get("constraints", {}).get("enum")
        for field in shown.schema.get("fields", ())
        if column.title in (field.get("title"), field.get("name"))
    )


def _has_amounts(shown: Shown, column: Column) -> bool:
    if column.type not in ("integer", "number"):
        return False
    found = spread(shown.features.folder, column.name)
    return found.distinct >= ENOUGH and 2 * found.empty <= found.rows
