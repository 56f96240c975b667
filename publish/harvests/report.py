"""The report on a harvest: what became of each record, in a language, for people and machines.

Anybody may read it. So it tells what happened in sentences of ours; what servers and files said
themselves, which may name a folder or a host of the inside, stays in the row for operators.
"""

import csv
import functools
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import orjson
import yaml
from sqlalchemy import Connection

from datasets.model import Action
from datasets.sentences import Sentence, in_language
from harvesters.fetching.address import without_secrets
from harvesters.fetching.guard import private_hosts
from publish.harvests import jobs
from publish.harvests.faults import told
from publish.harvests.jobs import Item, Job

ACTIONS: tuple[str, ...] = get_args(Action.__value__)
WORDS = Path(__file__).with_name("words.yaml")
BATCH = 1000  # rows that are read at a time
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV_COLUMNS = ("action", "dataset", "title", "version", "address", "remote_id", "what", "how")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record; `action` is the word of datasets.model, `said` that for people."""

    action: str
    said: str
    dataset: str
    title: str
    version: int | None
    address: str
    remote_id: str
    fault: str
    what: str
    how: str


@dataclass(frozen=True, slots=True)
class Report:
    """A job in words. `counts` has every action; `fault` says why a job failed or is held."""

    job: Job
    language: str
    state: str
    counts: Mapping[str, int]
    fault: Sentence | None
    private: frozenset[str]


def report(connection: Connection, job: Job, language: str, private: Sequence[str] = ()) -> Report:
    """Make the report on a job in a language; `private` are hosts of http.allow_private."""
    counted = jobs.counts(connection, job)
    return Report(
        job=job,
        language=language,
        state=word("states", job.state, language),
        counts={action: counted.get(action, 0) for action in ACTIONS},
        fault=told(job.fault, job.fault_values, language) if job.fault else None,
        private=private_hosts(private),
    )


def lines(
    connection: Connection,
    made: Report,
    action: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[Line]:
    """Give what became of the records, as they came; those unchanged are only counted.

    Of one action or all, from a place on; rows are read as they are asked for.
    """
    while limit is None or limit > 0:
        rows = min(BATCH, limit) if limit is not None else BATCH
        found = jobs.items(connection, made.job, action, rows, offset)
        for item in found:
            if item.action is not None:
                yield _line(item, made)
        if len(found) < rows:
            return
        offset += rows
        limit = None if limit is None else limit - rows


def _line(item: Item, made: Report) -> Line:
    said, how = word("actions", item.action, made.language)
    sentence = Sentence("", how)
    if item.fault:
        sentence = told(item.fault, json.loads(item.fault_values), made.language)
    return Line(
        action=item.action,
        said=said,
        dataset=item.dataset,
        title=item.title,
        version=item.version,
        address=address(item.address, made.private),
        remote_id=item.remote_id,
        fault=item.fault,
        what=sentence.what,
        how=sentence.how,
    )


def address(url: str, private: frozenset[str] = frozenset()) -> str:
    """Give an address that anybody may be shown: of the web, of no private host, without secrets.

    >>> address("https://gis.nis.rs/sloj?token=1"), address("/srv/podaci"), address("http://[")
    ('https://gis.nis.rs/sloj', '', '')
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    public = parts.scheme in ("http", "https") and host and host not in private
    return without_secrets(url) if public else ""


def as_json(connection: Connection, made: Report) -> Iterator[bytes]:
    """Write the report as one JSON object, a record a line."""
    job = made.job
    head = {
        "id": job.id,
        "source": job.source,
        "state": job.state,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "found": job.found,
        "total": job.total,
        "complete": job.gathered,
        "full": job.full,
        "counts": made.counts,
        "fault": {"key": job.fault} | asdict(made.fault) if made.fault else None,
    }
    yield orjson.dumps(head)[:-1] + b',"records":['
    comma = b"\n"
    for line in lines(connection, made):
        yield comma + orjson.dumps(asdict(line))
        comma = b",\n"
    yield b"\n]}\n"


def as_csv(connection: Connection, made: Report) -> Iterator[bytes]:
    """Write the report for a spreadsheet: UTF-8 with its mark, semicolons, as Excel here reads it.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    yield b"\xef\xbb\xbf" + _row([word("columns", name, made.language) for name in CSV_COLUMNS])
    for line in lines(connection, made):
        told_ = asdict(line) | {"action": line.said, "version": line.version or ""}
        yield _row([_cell(str(told_[name])) for name in CSV_COLUMNS])


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _row(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerow(cells)
    return out.getvalue().encode("utf-8", "replace")


def word(group: str, key: str, language: str) -> Any:
    """A word of a report in a language, or the pair of an action.

    >>> word("states", "held", "sr-Latn"), word("actions", "created", "en")
    ('zadržano', ['Added', ''])
    """
    return in_language(_words()[group][key], language)


@functools.cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return found
