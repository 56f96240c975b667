"""What befell a source or a record, in words that its publisher understands, in three languages."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from datasets.sentences import Gaps, Sentence, in_language

CATALOGUE = Path(__file__).with_name("faults.yaml")


def told(fault: str, values: Mapping[str, str], language: str) -> Sentence:
    """Say a fault of HarvestError; one without a sentence of its own is said as `source` is.

    >>> told("upstream-error", {"said": "Invalid URL"}, "en").what
    'The server reports an error: "Invalid URL".'
    >>> told("gone", {}, "sr-Latn").what
    'Na toj adresi nema ničega.'
    """
    known = _catalogue()
    what, how = in_language(known.get(fault) or known["source"], language)
    filled = Gaps(values)
    return Sentence(what.format_map(filled), how.format_map(filled))


def faults() -> frozenset[str]:
    """Give the faults that have sentences."""
    return frozenset(_catalogue())


@functools.cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return found
