"""Dates of several forms in one column, and dates that a spreadsheet made of fractions."""

from collections.abc import Iterator

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Step
from validation.checks.tables._table import Fault, TableCheck, differing, matching, share
from validation.repairs.dates import iso

ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
LAYOUTS = {
    ISO: "",
    r"^[0-9]{4}-(?:[0-9]-[0-9]{1,2}|[0-9]{2}-[0-9])$": "%Y-%m-%d",
    r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}\.$": "%d.%m.%Y.",
    r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$": "%d.%m.%Y.",
    r"^[0-9]{1,2}\. [0-9]{1,2}\. [0-9]{4}\.?$": "%d.%m.%Y.",
    r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}\.?$": "%d.%m.%y.",
    r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$": "%d/%m/%Y",
    r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$": "%d-%m-%Y",
    r"^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}\.?$": "%Y.%m.%d.",
}
"""How dates are written, and the format by which they are read."""
MONTH_FIRST = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y"}
NEARLY_ALL = 0.95
FRACTION, MOST = r"^[0-9]+/[0-9]+$", 0.5
EATEN = rf"{ISO}|^[0-9]{{1,2}}[.-] ?[A-Za-zА-Яа-яČčŠšŽžĆćЈј]{{3}}\.?$"


@attrs.define(kw_only=True, repr=False)
class Dates(TableCheck):
    """Warns of dates that only people can read; a schema that says how they are is believed."""

    type = "dates"

    def faults(self) -> Iterator[Fault]:
        """Yield cells with dates of another form than most, then dates among fractions."""
        for i in range(len(self.subject.labels)):
            if not self.subject.may_hold(i, "./-"):
                continue
            kind = self.subject.fields[i].type
            default = self.subject.fields[i].format in ("default", "any", None, "")
            if self.subject.is_text(i) or (kind == "date" and default):
                texts = self.subject.texts(i)
                yield from self._forms(i, texts)
                yield from self._eaten(i, texts)

    def _forms(self, column: int, texts: pa.Array) -> Iterator[Fault]:
        """Tell of dates that are not as ISO 8601 has them, where a column has several forms."""
        if not _starts_like_dates(texts):
            return
        by_layout = {layout: matching(texts, layout) for layout in LAYOUTS}
        there = {layout: found for layout, found in by_layout.items() if len(found)}
        dates = sum(map(len, there.values()))
        as_text = self.subject.is_text(column)
        if not dates or dates < NEARLY_ALL * len(texts) or (as_text and len(there) < 2):
            return
        others = {layout: found for layout, found in there.items() if layout != ISO}
        wrong = pa.concat_arrays([texts[:0], *others.values()])
        steps = self._steps(column, wrong, dict.fromkeys(LAYOUTS[layout] for layout in others))
        note = "has a date of another form than others in the column"
        sure = len(steps) == 1 and "%y" not in steps[0].values["format"]
        yield from self.cells("dates-mixed", column, wrong, note, remedies=steps, exact=sure)

    def _steps(self, column: int, wrong: pa.Array, forms: dict[str, None]) -> tuple[Step, ...]:
        """Offer each form in which dates are; both orders where no day is above twelve."""
        label, steps = self.subject.labels[column], []
        for form in forms:
            steps.append(Step("dates", label, {"format": form}))
            other = MONTH_FIRST.get(form)
            if other and len(differing(wrong, iso(wrong, other))) >= len(
                differing(wrong, iso(wrong, form))
            ):
                steps.append(Step("dates", label, {"format": other}))
        return tuple(steps)

    def _eaten(self, column: int, texts: pa.Array) -> Iterator[Fault]:
        if not self.subject.may_hold(column, "/"):
            return
        fractions = matching(texts, FRACTION)
        if share(fractions, texts) < MOST:
            return
        note = "is a date among fractions: a spreadsheet took 12/3 for the 12th of March"
        yield from self.cells("date-eaten", column, matching(texts, EATEN), note)


def _starts_like_dates(texts: pa.Array) -> bool:
    """Look at the first texts only: a long column of anything else is passed over."""
    head = texts[:100]
    pattern = r"^[0-9]{1,4}[./-] ?[0-9]{1,2}[./-] ?[0-9]{1,4}\.?$"
    return (
        bool(len(head))
        and (pc.sum(pc.match_substring_regex(head, pattern)).as_py() or 0) >= len(head) / 2
    )
