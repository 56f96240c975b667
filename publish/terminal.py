"""What the command line shows: words and tables for people, JSON lines for machines."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from datasets import errors
from datasets.model import Receipt

if TYPE_CHECKING:
    from publish.targets._target import Difference

EXIT = {
    errors.ConfigError: 2,
    errors.NotFound: 2,
    errors.HarvestError: 3,
    errors.PublishError: 4,
    errors.EmapError: 4,
}
COLOURS = {
    "refused": "red",
    "failed": "red",
    "held": "yellow",
    "missing": "yellow",
    "withdrawn": "yellow",
    "unchanged": "dim",
}

out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)


def say(document: Any, json_lines: bool, words: str) -> None:
    """Print a line for machines or for people."""
    if json_lines:
        print_line(json.dumps(document, ensure_ascii=False))
    else:
        out.print(words, markup=False, highlight=False)


def print_line(line: str) -> None:
    """Print a line as it is, whole and at once."""
    out.file.write(f"{line}\n")
    out.file.flush()


def complain(words: str) -> None:
    """Print an error."""
    err.print(words, style="red", markup=False, highlight=False)


def exit_code(error: errors.EmapError) -> int:
    """What a command ends with that an error ends."""
    return next(code for kind, code in EXIT.items() if isinstance(error, kind))


def tell(receipt: Receipt, json_lines: bool) -> None:
    """Print one receipt."""
    say(asdict(receipt), json_lines, words_of(receipt))


def tell_of(target: str, one: "Receipt | Difference", json_lines: bool) -> int:
    """Print what was done, or what differs, at a target; gives the exit code of it."""
    document = {"target": target} | asdict(one)
    if isinstance(one, Receipt):
        del document["version"]  # a target has one state, no versions
        say(document, json_lines, f"{target}: {words_of(one)}")
        return code_of([one])
    values = f" {one.field}: here {one.here!r}, there {one.there!r}" if one.field else ""
    say(document, json_lines, f"{target}: {one.dataset}: {one.kind}{values}")
    return 1


def words_of(receipt: Receipt) -> str:
    """A receipt in one line."""
    version = f" version {receipt.version}" if receipt.version else ""
    reason = f"  ({receipt.reason})" if receipt.reason else ""
    return f"{receipt.dataset}: {receipt.action}{version}{reason}"


def code_of(receipts: Sequence[Receipt]) -> int:
    """1 when something was refused or held, else 0."""
    return int(any(receipt.action in ("refused", "held") for receipt in receipts))


def user_name() -> str:
    """Who sits at the terminal, as the system says."""
    return os.environ.get("USER") or "emap"


def summary(receipts: Sequence[Receipt]) -> Table:
    """The receipts of a run as a table."""
    table = Table("dataset", "action", "version", "reason", box=None, pad_edge=False)
    for receipt in receipts:
        style = COLOURS.get(receipt.action, "green")
        version = str(receipt.version or "")
        table.add_row(receipt.dataset, f"[{style}]{receipt.action}[/]", version, receipt.reason)
    return table


@contextlib.contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Show that long work goes on, on a terminal; yields a function that changes the text."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(text, total=None)
        yield lambda words: progress.update(task, description=words)
