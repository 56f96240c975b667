"""A report of 100,000 findings: from what the catalog keeps to the page, and to one file."""

import time
from dataclasses import replace

from pydantic import TypeAdapter

from datasets.model import Excerpt, Finding, Offer, Report, Sample, Step
from geoportal.report_file import report_file

FINDINGS = 100_000
COLUMNS = 100
LABELS = tuple(f"колона {i}" for i in range(COLUMNS))


def report() -> Report:
    """Make a report of a thousand wrong cells in each of a hundred columns."""
    found = [_finding(row, column) for column in range(COLUMNS) for row in range(2, 1002)]
    rows = {row: tuple("вредност" for _ in LABELS) for row in range(2, 102)}
    return Report("popis", tuple(found), {}, {"popis": Excerpt(LABELS, 1, rows)})


def _finding(row: int, column: int) -> Finding:
    made = Finding(
        "type-error",
        resource="popis",
        row=row,
        field=LABELS[column],
        cell=f"B{row}",
        note="the cell has another type",
        values={"value": "31.12.2020.", "type": "date", "format": "%Y-%m-%d", "count": "8214"},
    )
    step = Step("dates", LABELS[column], {"format": "%d.%m.%Y."})
    offer = Offer(step, 8214, (Sample(2, "31.12.2020.", "2020-12-31"),) * 5)
    return replace(made, offers=(offer,)) if row == 2 else made


def measure() -> dict[str, float]:
    """Give CPU seconds of reading what is kept and of making the page, and its size in kB."""
    kept = TypeAdapter(Report).dump_json(report())
    start = time.process_time()
    read = TypeAdapter(Report).validate_json(kept)
    opened = time.process_time()
    html = report_file(read, "sr-Latn", "Попис")
    made = time.process_time()
    return {
        "findings": FINDINGS,
        "read_cpu_s": round(opened - start, 3),
        "page_cpu_s": round(made - opened, 3),
        "html_kb": round(len(html.encode()) / 1000),
    }


def main() -> None:
    """Print the second of two runs."""
    measure()
    print("| findings | read, CPU s | page, CPU s | HTML, kB |\n|---|---|---|---|")
    print("| {findings} | {read_cpu_s} | {page_cpu_s} | {html_kb} |".format(**measure()))
