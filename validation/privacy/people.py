"""People in a table: their names, and what stands beside a name. Told without a list of names."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from validation.privacy.patterns import LETTER
from validation.privacy.table import Hit, Table
from validation.privacy.words import counts_people

LEAST = 5  # distinct texts by which a column without a telling header is judged
_UPPER = r"A-Z\x{C0}-\x{DE}ČĆŽŠĐ\x{400}-\x{42F}"
_LOWER = r"a-z\x{DF}-\x{FF}čćžšđ\x{430}-\x{45F}"
_WORD = (
    rf"(?:[{_UPPER}][{_LOWER}]+|[{_UPPER}]{{2,}})"
    rf"(?:[-’' ]?[{_UPPER}][{_LOWER}]+|-[{_UPPER}]{{2,}})?"
)
_MIDDLE = rf"(?:\(?[{_UPPER}][{_LOWER}]*\.?\)? )?"
FULL_NAME = rf"^(?i:(?:др|dr|мр|mr|проф|prof)\.? *)*{_WORD} {_MIDDLE}{_WORD}$"
SERBIAN_SURNAME = r"(?i:[иi][ћćc])(?: |-|$)"
WORDS = rf"^[{LETTER}][{LETTER} .,’'()-]+$"
"""Nothing but letters: what a cell under the header „презиме“ holds."""
BUSINESS = (
    rf"(?i:(?:^|[^{LETTER}])(?:д\.? ?о\.? ?о|d\.? ?o\.? ?o|а\.? ?д|a\.? ?d|ј\.? ?п|j\.? ?p|јкп|jkp"
    r"|пр|pr|сзр|szr|стр|str|сур|sur|зр|zr|у\.? ?г|u\.? ?g|пуп|дом|dom|град|grad|општина"
    r"|op[sš]tina|школа|[sš]kola|установа|ustanova|удружење|udru[zž]enje|завод|zavod|центар|centar"
    rf"|клуб|klub|савез|savez)(?:[^{LETTER}]|$))"
)
TWO_LETTERS = rf"[{LETTER}]{{2}}"
COUNT = r"^[0-9]{1,7}$"


def people(table: Table, found: Sequence[Hit]) -> Iterator[Hit]:
    """Yield names, addresses beside names, and counts of few people.

    `found` are the hits of single columns. Somebody's first name is personal beside a surname; an
    address beside any name.
    """
    topics = {column: table.topic(column) for column in range(len(table.columns))}
    named = [column for column, topic in topics.items() if _are_named(table, column, topic)]
    if named or any(hit.kind in ("jmbg", "birth-date", "address") and hit.whole for hit in found):
        named += [column for column, topic in topics.items() if topic == "first-name"]
    for column in named:
        yield Hit("name", column, table.filled(column), whole=True)
    for column, topic in topics.items():
        if column in named:
            continue
        if topic == "official" and are_names(table.sample(column)):
            yield Hit("official", column, table.filled(column), whole=True)
        if topic == "address" and named and table.share(column, TWO_LETTERS) > 0:
            yield Hit("address", column, table.filled(column), whole=True)
        if counts_people(table.label(column)):
            yield from _small_cells(table, column)


def _are_named(table: Table, column: int, topic: str | None) -> bool:
    """Tell whether a column holds names, by its header and its cells."""
    match topic:
        case "surname" | "full-name" | "parent":
            return table.share(column, WORDS) >= 0.5
        case "role":
            return are_names(table.sample(column))
        case None | "first-name":
            return are_surely_names(table.sample(column))
        case _:
            return False


def are_names(texts: pa.Array) -> bool:
    """Tell whether people's names stand under a word for a person, as owner or applicant."""
    return bool(len(texts)) and _full_names(texts) >= 0.2 * len(texts)


def are_surely_names(texts: pa.Array) -> bool:
    """Tell whether distinct texts are people's names, whatever the header says."""
    return len(texts) >= LEAST and _full_names(texts) >= 0.6 * len(texts)


def _full_names(texts: pa.Array) -> int:
    """Count the texts with the shape of a name and a surname, and no word of a business.

    None where fewer than a third end as surnames here mostly do: then they are names of things.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    shaped = trimmed.filter(pc.match_substring_regex(trimmed, FULL_NAME))
    full = shaped.filter(pc.invert(pc.match_substring_regex(shaped, BUSINESS)))
    here = pc.sum(pc.match_substring_regex(full, SERBIAN_SURNAME)).as_py() or 0
    return len(full) if here >= len(full) / 3 else 0


def _small_cells(table: Table, column: int) -> Iterator[Hit]:
    """Yield the counts from 1 to k - 1 in a column of counts of people."""
    if table.share(column, COUNT) < 0.8:
        return
    few = pa.array([str(number) for number in range(1, table.public.k)], pa.string())
    rows = np.flatnonzero(pc.is_in(table.columns[column], value_set=few).to_numpy())
    if len(rows):
        yield Hit("small-cells", column, rows)
