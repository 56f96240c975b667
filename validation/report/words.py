"""A cause, a fix and a whole report in words, in the portal's three languages.

`withheld` leaves out what stands in the data: for pages that anybody may read about data that are
not public. Column names, rules and counts stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from datasets.model import Finding, Offer, Severity
from datasets.sentences import UNKNOWN, Gaps, Sentence, counted, in_language, number
from validation.change import HOLDING
from validation.messages import catalogue, part, repair_words, said, values_of
from validation.report.causes import Cause, Fix

PLACES_SHOWN = 12
SHOWN = 60  # characters of a cell
OF_THE_FORM = frozenset(
    """
    address allowed before bound code column column_number columns constraint count crs decimal
    declared delimiter element encoding example_label fault files first format formats found
    from group header_row hidden id ignored json_path k keep key kind label layer layers likely
    limit line list metres missing most municipality name names now number operation other
    others path pattern reason reference repair rows script share sheet sheets source step
    system taken template to type unit usual wanted was when width
    """.split()
)
"""Values of findings and steps that say how data are written or should be; all others may hold
some of the data."""


def cause_said(cause: Cause, language: str, *, withheld: bool = False) -> Sentence:
    """Say a cause: what is wrong, of how many, and what to do.

    One finding is said by its own sentence, many by that of the group; where there is none the
    first is said, and how many more there are.
    """
    first = _bare(cause.first) if withheld else cause.first
    single = said(first, language)
    group = catalogue()["groups"].get(cause.key)
    if group is None or (cause.count == 1 and not withheld):
        also = _also(cause, language)
        return Sentence(f"{single.what} {also}" if also else single.what, single.how)
    values = _values_of_many(cause, first, language)
    return Sentence(in_language(group, language).format_map(values), single.how)


def _also(cause: Cause, language: str) -> str:
    return _counted("also", language, cause.count - 1) if cause.count > 1 else ""


def _values_of_many(cause: Cause, first: Finding, language: str) -> Gaps:
    whole = replace(first, row=None, cell="", field=cause.field)
    values = values_of(first, language)
    values["where"] = values_of(whole, language)["where"]
    values["count"] = number(language, cause.count)
    for noun in ("in_cells", "in_rows", "in_labels", "of_features"):
        values[noun] = _counted(noun, language, cause.count)
    values["such"] = part("such", language, values) if first.values.get("value") else ""
    return values


def _bare(finding: Finding) -> Finding:
    """Leave out of a finding what stands in the data."""
    values = {name: value for name, value in finding.values.items() if name in OF_THE_FORM}
    return replace(finding, note=UNKNOWN, values=values)


def short(text: str) -> str:
    """Cut a text to what a report shows of it.

    >>> short("a" * 70)[-3:]
    'aa…'
    """
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def places_said(cause: Cause, language: str, limit: int = PLACES_SHOWN) -> str:
    """Name the first places of a cause in a line: `D7, D9, D12 and 8,211 more`."""
    shown = list(islice(filter(None, (_place(f, language) for f in cause.findings)), limit))
    more = cause.count - len(shown)
    words = ", ".join(shown)
    return f"{words} {_counted('and_more', language, more)}" if shown and more > 0 else words


def _place(finding: Finding, language: str) -> str:
    """Name a place as a spreadsheet or a map does; empty where there is none."""
    if finding.cell or finding.row is None:
        return finding.cell or finding.field
    return part("row", language, {"row": str(finding.row)})


def offer_said(offer: Offer, language: str, *, withheld: bool = False) -> str:
    """Say what a repair offers to do, as its button does."""
    values = dict(offer.step.values)
    if withheld:
        values = {name: value for name, value in values.items() if name in OF_THE_FORM}
    gaps = Gaps(values | {"field": offer.step.field, "count": number(language, offer.count)})
    return repair_words(offer.step.repair, language).what.format_map(gaps)


def mended_said(offer: Offer, language: str) -> str:
    """Say how many places a repair changes, if that was tried, and whether it loses nothing."""
    surety = _verdict("exact" if offer.exact else "confirm", language, {})
    changed = _counted("mended", language, offer.count) if offer.count else ""
    return " ".join(filter(None, (changed, surety)))


def fix_said(fix: Fix, language: str, *, withheld: bool = False) -> str:
    """Say what to do first."""
    if fix.offer is None:
        first = cause_said(fix.cause, language, withheld=withheld)
        return _verdict("fix_by_hand", language, {"what": first.what, "how": first.how})
    values = {
        "offer": offer_said(fix.offer, language, withheld=withheld),
        "solved": number(language, fix.solved),
        "all": number(language, fix.total),
    }
    return _verdict("fix_all" if fix.solved >= fix.total else "fix", language, values)


def verdict_said(found: Sequence[Cause], language: str) -> str:
    """Say in one sentence whether data can be published, and what stands against it."""
    errors = [cause for cause in found if cause.severity == "error"]
    warnings = sum(cause.severity == "warning" for cause in found)
    if errors:
        key = "held" if all(c.first.check in HOLDING for c in errors) else "wrong"
        places_ = _counted("places", language, sum(cause.count for cause in errors))
        return _verdict(
            key, language, {"errors": _counted("errors", language, len(errors)), "places": places_}
        )
    if warnings:
        return _verdict("look", language, {"warnings": _counted("warnings", language, warnings)})
    return _verdict("good", language, {})


def next_said(command: str, language: str) -> str:
    """Say what to type next."""
    return _verdict("next", language, {"command": command})


def severity_said(severity: Severity, language: str) -> str:
    """Say how grave a cause is, in a word."""
    return part(severity, language, {})


def more_said(n: int, language: str) -> str:
    """Say how many causes are not shown."""
    return _counted("and_more", language, n)


def _verdict(key: str, language: str, values: Mapping[str, str]) -> str:
    words: str = in_language(catalogue()["verdict"][key], language)
    return words.format_map(values)


def _counted(noun: str, language: str, n: int) -> str:
    return counted(catalogue()["counted"][noun], language, n)
