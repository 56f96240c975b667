"""A report at a terminal: the verdict, what to do first, each cause with its cells."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from datasets.model import Offer, Report, Severity
from validation.messages import part, why
from validation.report import words
from validation.report.causes import Cause, best, causes
from validation.report.cuts import Cut, cut

COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "note": "blue"}
MOST_SHOWN = 50
INDENT = (0, 0, 0, 4)


def told(report: Report, language: str) -> Iterator[RenderableType]:
    """Yield what a console prints of a report, from top to bottom; values are never markup."""
    found = causes(report)
    fix = best(found)
    yield Text(words.verdict_said(found, language), style="bold")
    if fix:
        yield Text(words.fix_said(fix, language))
    for number, cause in enumerate(found[:MOST_SHOWN], 1):
        yield Text()
        yield from _cause(number, cause, report, language)
    if len(found) > MOST_SHOWN:
        yield Text(words.more_said(len(found) - MOST_SHOWN, language), style="bold")


def _cause(number: int, cause: Cause, report: Report, language: str) -> Iterator[RenderableType]:
    sentence = words.cause_said(cause, language)
    severity = cause.severity
    head = Text(f"{number}. {words.severity_said(severity, language)}: ", COLOURS[severity])
    yield head.append(sentence.what, "bold default")
    where = [cause.first.resource, words.places_said(cause, language)]
    for line in (" · ".join(filter(None, where)), sentence.how):
        if line:
            yield Padding(Text(line), INDENT)
    yield Padding(Text(why(cause.first.check, language), style="dim"), INDENT)
    excerpt = report.excerpts.get(cause.first.resource)
    shown = cut(cause, excerpt) if excerpt else None
    if shown:
        yield Padding(_cells(shown, language), INDENT)
    for offer in cause.offers:
        yield Padding(_offer(offer, language), INDENT)


def _cells(shown: Cut, language: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(part("row_head", language, {}), justify="right", style="dim")
    for letter, label in zip(shown.letters, shown.labels, strict=True):
        table.add_column(Text(f"{letter} {label}".strip()), overflow="fold", max_width=24)
    for row, cells in shown.rows:
        texts = [Text(cell.text or ("∅" if cell.wrong else "")) for cell in cells]
        for cell, text in zip(cells, texts, strict=True):
            text.stylize("bold red reverse" if cell.wrong else "")
        table.add_row(str(row), *texts)
    return table


def _offer(offer: Offer, language: str) -> Text:
    line = Text("→ ", "green").append(words.offer_said(offer, language), "bold default")
    line.append(f". {words.mended_said(offer, language)}  [{offer.step.id}]", "default")
    for sample in offer.samples:
        row = "" if sample.row is None else f"{sample.row}: "
        line.append(f"\n  {row}{sample.before} → {sample.after}", "default")
    return line
