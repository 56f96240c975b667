"""Personal numbers in names that are public before any cell is: of files, sheets and datasets."""

from collections.abc import Iterator, Sequence

from datasets.model import Dataset, Finding
from datasets.text import Text
from validation.privacy.patterns import holds_jmbg


def named(dataset: Dataset, sheets: Sequence[str]) -> Iterator[Finding]:
    """Yield an error when a JMBG stands in a title, a description, a tag or a name.

    Mailboxes and phones are not looked for there: that is where publishers put their own.
    """
    own = (dataset.name, *dataset.tags, *sheets, *_said(dataset.title), *_said(dataset.notes))
    if any(map(holds_jmbg, own)):
        yield _finding("")
    for resource in dataset.resources:
        words = (*_said(resource.title), *_said(resource.description))
        if any(map(holds_jmbg, (resource.name, resource.filename, *words))):
            yield _finding("" if holds_jmbg(resource.name) else resource.name)


def _said(text: Text) -> tuple[str, ...]:
    return (text.own, *text.translated.values())


def _finding(resource: str) -> Finding:
    return Finding(
        "personal-in-name",
        resource=resource,
        note="a unique personal number (JMBG) stands in a title, a description or a name",
    )
