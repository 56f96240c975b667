"""Scanning a table: which columns and cells hold personal data, and of which kind.

A JMBG is told by its check digit. Of random 13 digits 0.085 % have a right one, so a column of
codes is judged by its share; elsewhere one is enough. Identity cards, passports, dates of birth
and names have no check digit: the header, the words before the number, or the shape of the whole
column tell them.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from validation.privacy import patterns
from validation.privacy.candidates import Candidates, Places, candidates, together
from validation.privacy.people import TWO_LETTERS, people
from validation.privacy.public import Public
from validation.privacy.table import Hit, Table
from validation.privacy.words import Topic

WHOLE = 0.3  # a column with this share of hits is of that kind
RANDOM = 0.02  # so many of random codes never have a right check digit
SURE = 0.2  # so many do only where it is meant
LEAST_CODES = 20
OLDEST_YEARS = 110
LOST_ZERO = r"^[^0-9+]*(?:381)?6[0-9](?:[ /.-]{0,2}[0-9]){6,7}[^0-9]*$"
"""A mobile number of which a spreadsheet program took the first zero."""

DAY = (
    r"(?:^|[^0-9])(?:[0-9]{1,2}[./ -]{1,2}[0-9]{1,2}[./ -]{1,2}[0-9]{2,4}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{8})(?:$|[^0-9])"
)
"""A date with its day: a year or a decade alone tells nobody apart."""
_UNDER: Mapping[Topic, tuple[str, str]] = {
    "id-card": ("id-card", r"(?:[0-9][^0-9]*){6}"),
    "passport": ("passport", r"(?:[0-9][^0-9]*){6}"),
    "birth-date": ("birth-date", DAY),
    "home": ("address", TWO_LETTERS),
}
"""The kind that a header makes of its column, and what its cells must hold for that."""


def scanned(
    labels: Sequence[str], columns: Sequence[pa.ChunkedArray], settings: Mapping[str, Any]
) -> tuple[Hit, ...]:
    """Scan text columns; gives what is found column by column, one hit a kind.

    `settings` are validation.privacy of config.yml.
    """
    table = Table(labels, columns, Public.of(settings))
    hits = [hit for column in range(len(columns)) for hit in _of_column(table, column)]
    hits += people(table, hits)
    return (*_of_header(table), *sorted(hits, key=lambda hit: hit.column))


def _of_column(table: Table, column: int) -> Iterator[Hit]:
    topic = table.topic(column)
    found = candidates(table.columns[column])
    rows = dict(_codes(found, topic))
    for kind, more in _texts(table, column, found.texts, topic):
        rows[kind] = together(rows[kind], more) if kind in rows else more
    if topic == "phone":
        rows |= _under_phone(table, column, rows)
    kind = _under(table, column, topic)
    if kind:
        rows[kind] = table.filled(column)
    filled = len(table.filled(column)) if rows else 0
    for kind, places in rows.items():
        if len(places):
            yield Hit(kind, column, places, whole=len(places) >= WHOLE * filled)


def _under(table: Table, column: int, topic: Topic | None) -> str:
    """Say what a header makes of its column, where the cells keep its promise."""
    kind, pattern = _UNDER.get(topic, ("", "")) if topic else ("", "")
    if not kind or table.share(column, pattern) < 0.1:
        return ""
    return "" if kind == "birth-date" and _old(table, column) else kind


def _codes(found: Candidates, topic: Topic | None) -> Iterator[tuple[str, Places]]:
    """Yield what cells of 12 and 13 digits are."""
    if not len(found.codes):
        return
    right, short = patterns.is_jmbg(found.digits), found.short
    if topic == "jmbg":
        yield "jmbg", found.codes[~short | right]
        yield "jmbg-short", found.codes[short & ~right]
        return
    whole, lost = right & ~short, right & short
    codes = np.count_nonzero(~short)
    if codes < LEAST_CODES or np.count_nonzero(whole) >= RANDOM * codes:
        sure = whole
    else:
        yield "jmbg-possible", found.codes[whole]
        sure = np.zeros_like(whole)
    if np.count_nonzero(lost) >= max(SURE * np.count_nonzero(short), 3):
        sure = sure | lost
    yield "jmbg", found.codes[sure]


def _texts(
    table: Table, column: int, places: Places, topic: Topic | None
) -> Iterator[tuple[str, Places]]:
    """Yield what texts with an @ or many digits hold."""
    if not len(places):
        return
    taken = table.columns[column].take(pa.array(places)).combine_chunks()
    encoded = pc.dictionary_encode(pc.fill_null(taken, ""))
    index = encoded.indices.to_numpy()
    for kind, held in _kinds(encoded.dictionary, table.public, topic):
        if held.any():
            yield kind, places[held[index]]


def _kinds(
    texts: pa.Array, public: Public, topic: Topic | None
) -> Iterator[tuple[str, patterns.Mask]]:
    """Yield for each kind which of some distinct texts hold it."""
    phone = patterns.MOBILE.held(texts) | patterns.FOREIGN.held(texts)
    yield "phone", patterns.proved(texts, phone, public.holds_private_phone)
    landline = patterns.LANDLINE.held(texts) & ~phone
    yield "landline", patterns.proved(texts, landline, public.holds_private_phone)
    email = patterns.EMAIL.held(texts)
    yield "email", patterns.proved(texts, email, public.holds_private_mail)
    yield "jmbg", patterns.proved(texts, patterns.JMBG.held(texts), patterns.holds_jmbg)
    yield "account", _accounts(texts, topic)
    yield "id-card", patterns.ID_CARD.held(texts)
    yield "passport", patterns.PASSPORT.held(texts)


def _accounts(texts: pa.Array, topic: Topic | None) -> patterns.Mask:
    """Tell which texts hold an account; of 18 digits in a row one in a hundred is by chance."""
    shape = patterns.ACCOUNT.held(texts) | patterns.IBAN.held(texts)
    held = patterns.proved(texts, shape, patterns.holds_account)
    alone = patterns.matching(texts, "^[0-9]{18}$")
    if not alone.any():
        return held
    right = patterns.proved(texts, alone, patterns.is_account)
    is_column = np.count_nonzero(right) >= max(SURE * np.count_nonzero(alone), 3)
    return held | right if topic == "account" or is_column else held


def _under_phone(table: Table, column: int, rows: Mapping[str, Places]) -> dict[str, Places]:
    """Tell numbers under the header „телефон“ that are not written like one: 11/123456, 641234567.

    A number that is the site's own is none of these.
    """
    filled = table.filled(column)
    taken = table.columns[column].take(pa.array(filled)).combine_chunks()
    encoded = pc.dictionary_encode(taken)
    texts, index = encoded.dictionary, encoded.indices.to_numpy()
    number = patterns.matching(texts, r"(?:[0-9][^0-9]*){6}")
    number = patterns.proved(texts, number, table.public.holds_private_phone)
    mobile = number & patterns.matching(texts, LOST_ZERO)
    phone = together(rows.get("phone", filled[:0]), filled[mobile[index]])
    landline = np.zeros(len(table.columns[column]), bool)
    landline[filled[number[index]]] = True
    landline[phone] = False
    return {"phone": phone, "landline": np.flatnonzero(landline)}


def _old(table: Table, column: int) -> bool:
    """Tell whether most of the dates are of people long dead."""
    texts = table.sample(column)
    years = pc.extract_regex(texts, r"(?:^|[^0-9])(?P<year>1[0-9]{3}|20[0-9]{2})(?:$|[^0-9])")
    known = [int(year["year"]) for year in years.drop_null().to_pylist()]
    today = datetime.date.today().year  # noqa: DTZ011 - a day more or less says nothing
    return bool(known) and float(np.median(known)) < today - OLDEST_YEARS


def _of_header(table: Table) -> Iterator[Hit]:
    """Yield what stands in the header itself: then it is none, but somebody's row."""
    labels = pa.array([str(label) for label in table.labels], pa.string())
    for kind, held in _kinds(labels, table.public, None) if len(labels) else ():
        for column in np.flatnonzero(held):
            yield Hit(kind, int(column), np.zeros(0, np.int64))
