"""The port of a source of data: one entry of `sources:` in config.yml."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from datasets.config import Section
from datasets.model import Dataset
from datasets.names import is_name
from harvesters._http import Http


def _named(word: str) -> str:
    if not is_name(word):
        raise ValueError("must be a name of 2 to 100 of a-z 0-9 - _")
    return word


def _named_or_nothing(word: str) -> str:
    return word and _named(word)


Name = Annotated[str, AfterValidator(_named)]
"""A word that may stand in an address, as CKAN has it."""
NameOrNothing = Annotated[str, AfterValidator(_named_or_nothing)]


class Source(Section, ABC):
    """Where datasets come from: the file `harvesters/<kind>.py` defines one subclass.

    A subclass declares the keys that its kind adds. A field of type `Path` may be written
    relative to the folder of config.yml; it is absolute here.
    """

    name: Name
    kind: str
    organization: NameOrNothing = ""

    @abstractmethod
    def harvest(self, http: Http, into: Path) -> Iterator[Dataset]:
        """Give the datasets that the source holds now, each with whatever of it is whole.

        A broken dataset has findings; a broken source raises HarvestError, and then nothing
        may be believed gone. Files that are fetched or made lie in `into`, an empty folder.
        """
