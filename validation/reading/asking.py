"""Asking a person what a text cannot tell: which encoding, which delimiter, with examples."""

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from datasets.model import Finding, Offer, Sample, Step
from validation.reading.dialect import Dialect, other_delimiters
from validation.reading.encoding import Encoding
from validation.reading.records import blocks

SAMPLES = 5
SHOWN = 80


def encoding(path: Path, found: Encoding) -> tuple[Finding, ...]:
    """Tell of an encoding that was guessed; where others are as good, ask."""
    if not found.guessed:
        return ()
    return (
        Finding(
            "encoding-guessed",
            "note" if found.sure else "warning",
            note=f"the file is not UTF-8; it was read as {found.name}, by its letters",
            values={"found": found.name, "others": ", ".join(found.others)},
            offers=encodings(path, found) if found.others else (),
        ),
    )


def encodings(path: Path, found: Encoding) -> tuple[Offer, ...]:
    """Offer an encoding and its rivals; the samples are lines with their letters, before and after.

    Before, what is more than ASCII is not shown as letters: nobody knows yet which ones.
    """
    lines = list(islice(_lines(path), SAMPLES))
    return tuple(
        Offer(
            Step("encoding", values={"encoding": name}),
            len(lines),
            tuple(
                Sample(
                    number,
                    line.decode("ascii", "replace")[:SHOWN],
                    line.decode(name, "replace")[:SHOWN],
                )
                for number, line in lines
            ),
            exact=False,
        )
        for name in (found.name, *found.others)
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give the lines of a file that hold more than ASCII, with their numbers."""
    number = 1
    for block in blocks(path):
        for line in block.splitlines(keepends=True):
            if not line.isascii():
                yield number, line.strip()
            number += line.endswith((b"\n", b"\r"))


def delimiter(sample: str, dialect: Dialect) -> tuple[Finding, ...]:
    """Ask which delimiter is meant where another one cuts all records alike too."""
    others = other_delimiters(sample, dialect.delimiter)
    if not others:
        return ()
    said = ", ".join(_said(other) for other in others)
    return (
        Finding(
            "delimiter-unsure",
            "warning",
            note=f"the cells are divided by {_said(dialect.delimiter)}; it may also be {said}",
            values={"taken": _said(dialect.delimiter), "others": said},
            offers=tuple(_offer(each, sample) for each in (dialect.delimiter, *others)),
        ),
    )


def _said(delimiter: str) -> str:
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)


def _offer(delimiter: str, sample: str) -> Offer:
    lines = sample.splitlines()[: SAMPLES + 1]
    cut = Dialect(delimiter).reader(io.StringIO("\n".join(lines), newline=""))
    samples = tuple(
        Sample(number, line[:SHOWN], " | ".join(record)[:SHOWN])
        for number, (line, record) in enumerate(zip(lines, cut, strict=False), 1)
    )
    step = Step("delimiter", values={"delimiter": delimiter})
    return Offer(step, len(samples), samples[:SAMPLES], exact=False)
