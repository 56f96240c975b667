"""Harvesting at a terminal: bars while it runs, tables of jobs, what sources offer."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from datasets.errors import HarvestError
from datasets.model import Receipt
from harvesters.sources.source import Source, WebSource
from publish.desk import Desk
from publish.harvests import work
from publish.harvests.book import Book
from publish.harvests.jobs import Job, Options
from publish.harvests.pace import Pace
from publish.harvests.preview import Change, Drift, preview
from publish.harvests.run import run
from publish.harvests.work import Tell
from publish.retention import collect
from publish.terminal import EXIT, complain, err, out, print_line, say, summary, tell, working

PHASES = {"gather": "gathering", "items": "harvesting", "missing": "looking for what is gone"}
STATES = {"failed": "red", "held": "yellow", "aborted": "yellow", "running": "cyan"}
UNWELL = ("failed", "refused", "held", "missing", "withdrawn")
LINES_SHOWN = 50  # of each action; the report in JSON has all
STOPPED = (
    "{source}: stopped. What was published stays; `emap run {source}`, or a worker, goes on with"
    " the rest"
)


def harvest(sources: Sequence[Source], desk: Desk, options: Options, *, json_lines: bool) -> int:
    """Run the sources one after the other; gives the exit code. A failed source stops no other.

    In the end layers go that nobody can reach any more.
    """
    counts: Counter[str] = Counter()
    shown: list[Receipt] = []  # what is unchanged is only counted
    failed = 0
    for source in sources:
        try:
            for receipt in _receipts(source, desk, options):
                counts[receipt.action] += 1
                if json_lines:
                    tell(receipt, json_lines)
                elif receipt.action != "unchanged":
                    shown.append(receipt)
        except HarvestError as error:
            failed = EXIT[HarvestError]
            complain(f"{source.name}: {error}")
        except KeyboardInterrupt:
            complain(STOPPED.format(source=source.name))
            raise
    collect(desk)
    if not json_lines:
        if shown:
            out.print(summary(shown))
        out.print(counted(counts) or "nothing was found", highlight=False)
    return failed or _code(counts)


def _code(counts: Mapping[str, int]) -> int:
    """3 when something could not be got, 1 when something was refused or held, else 0."""
    if counts.get("failed"):
        return EXIT[HarvestError]
    return int(bool(counts.get("refused") or counts.get("held")))


def _receipts(source: Source, desk: Desk, options: Options) -> Iterator[Receipt]:
    with progress(source.name) as (pace, told):
        for receipt in run(
            source,
            desk,
            frozenset(options.accept),
            accept_missing=options.accept_missing,
            full=options.full,
            tell=told,
        ):
            pace.received += 1
            yield receipt


@contextlib.contextmanager
def progress(source: str) -> Iterator[tuple[Pace, Tell]]:
    """Show a bar on a terminal, and nothing elsewhere; yields its pace, and what moves it."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        bar, pace = bars.add_task(f"{source}: asking", total=None, words=""), Pace()

        def told(now: work.Progress) -> None:
            pace.note(now)
            bars.update(
                bar,
                description=f"{source}: {PHASES[now.phase]}",
                completed=pace.done,
                total=None if pace.left is None else pace.done + pace.left,
                words=words_of_pace(pace),
            )

        yield pace, told


def words_of_pace(pace: Pace) -> str:
    """How much is done of how much, how fast, and how long it still takes."""
    of = "?" if pace.left is None else str(pace.done + pace.left)
    return f"{pace.done}/{of}  {pace.words()}"


def counted(counts: Mapping[str, int]) -> str:
    """Records by action in words: `3 created, 40 unchanged`."""
    return ", ".join(f"{number} {action}" for action, number in sorted(counts.items()))


def offers(source: Source, desk: Desk, *, json_lines: bool) -> None:
    """Print what a source says it has, and what is broken in it."""
    secrets = source.secrets if isinstance(source, WebSource) else {}
    http = desk.http.bound(source.address, secrets=secrets)
    with working(f"{source.name}: asking"):
        for record in (record for page in source.harvest(http) for record in page.records):
            offer = {
                "source": source.name,
                "dataset": record.name,
                "title": str(record.title),
                "organization": source.organization or record.organization,
                "resources": [distribution.name for distribution in record.distributions],
                "findings": [finding.note for finding in record.findings],
            }
            say(offer, json_lines, f"{offer['organization']}/{record.name}  {record.title}")


def changes(sources: Sequence[Source], desk: Desk, options: Options, *, json_lines: bool) -> int:
    """Print what harvests would do; gives the exit code that they would have.

    A source that fails stops no other.
    """
    code = 0
    for source in sources:
        try:
            code = max(code, _changes(source, desk, options, json_lines=json_lines))
        except HarvestError as error:
            code = EXIT[HarvestError]
            complain(f"{source.name}: {error}")
    return code


def _changes(source: Source, desk: Desk, options: Options, *, json_lines: bool) -> int:
    counts: Counter[str] = Counter()
    with working(f"{source.name}: looking"):
        for change in preview(source, desk, frozenset(options.accept), full=options.full):
            counts[change.action] += 1
            if json_lines or change.action != "unchanged":
                document = {"source": source.name} | asdict(change)
                say(document, json_lines, words_of_change(change))
    if not json_lines:
        print_line(f"{source.name}: would be {counted(counts) or 'nothing'}")
    return _code(counts)


def words_of_change(change: Change) -> str:
    """What would become of a dataset: a line of its own, one a field and one a column below it."""
    reason = f"  ({change.reason})" if change.reason else ""
    fields = [f"    {each.field}: {each.before!r} → {each.after!r}" for each in change.fields]
    columns = [f"    {_drift(each)}" for each in change.columns]
    return "\n".join([f"{change.dataset}: would be {change.action}{reason}", *fields, *columns])


def _drift(drift: Drift) -> str:
    where = f"column {drift.column!r} of {drift.resource!r}"
    if drift.kind == "retyped":
        return f"{where}: {drift.before} → {drift.after}"
    return f"{where}: {drift.kind}"


def book(desk: Desk) -> Book:
    """The book of harvests of a site."""
    return Book(desk.catalog.engine, desk.config.http.allow_private)


def listed(jobs: Sequence[Job], *, json_lines: bool) -> None:
    """Print jobs, the newest first."""
    if json_lines:
        for job in jobs:
            print_line(json.dumps(document(job), ensure_ascii=False))
        return
    table = Table("source", "state", "made (UTC)", "what became of it", box=None, pad_edge=False)
    table.add_column("id", min_width=36)  # whole: the other commands ask for it
    for job in jobs:
        state = f"[{STATES.get(job.state, 'green')}]{job.state}[/]"
        said = job.reason or counted(job.counts) or _standing(job)
        table.add_row(job.source, state, job.created[:16].replace("T", " "), escape(said), job.id)
    out.print(table)


def _standing(job: Job) -> str:
    """How far a job is that is not over."""
    if job.over:
        return "nothing was found"
    return f"{job.phase or 'waits'}: {job.done} of {job.found} records" if job.found else job.phase


def document(job: Job) -> dict[str, Any]:
    """A job for machines."""
    keys = ("id", "source", "slot", "state", "phase", "attempt", "worker", "created", "started")
    more = ("finished", "pages", "found", "total", "done", "full", "counts", "fault", "reason")
    return {key: getattr(job, key) for key in (*keys, *more)}


def shown(book: Book, job_id: str, *, json_lines: bool) -> None:
    """Print what became of a job: its counts, and each record that is not well, with a remedy."""
    made = book.report(job_id, "en")
    if json_lines:
        for chunk in book.as_json(made):
            out.file.write(chunk.decode())
        return
    listed([made.job], json_lines=False)
    if made.fault:
        out.print(f"{made.fault.what} {made.fault.how}", markup=False, highlight=False)
    for action in UNWELL:
        for line in book.lines(made, action, LINES_SHOWN):
            what = f"{line.what} {line.how}".strip()
            words = f"{line.dataset or line.title}: {line.action}  {what}  {line.address}".rstrip()
            out.print(words, markup=False, highlight=False)
