"""What is scanned, and what is found there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.model import Severity
from validation.privacy.public import Public
from validation.privacy.words import Topic, topic_of

WARNINGS = frozenset({"landline", "official", "jmbg-possible", "jmbg-short", "small-cells"})
"""Kinds that do not stop a dataset."""
SAMPLE = 2000  # rows


@dataclass(frozen=True, slots=True)
class Hit:
    """One kind of personal data in one column: in which rows, and whether the column is of it.

    `column` and `rows` count from 0. Without rows it stands in the header.
    """

    kind: str
    column: int
    rows: NDArray[np.int64]
    whole: bool = False

    @property
    def severity(self) -> Severity:
        """Say whether it stops the dataset."""
        return "warning" if self.kind in WARNINGS else "error"


@dataclass(frozen=True, slots=True)
class Table:
    """Text columns under their labels; some at the right end may stand beside the header."""

    labels: Sequence[str]
    columns: Sequence[pa.ChunkedArray]
    public: Public

    def label(self, column: int) -> str:
        """Give the label of a column, empty beside the header."""
        return self.labels[column] if column < len(self.labels) else ""

    def topic(self, column: int) -> Topic | None:
        """Say what the header promises of a column."""
        return topic_of(self.label(column))

    def filled(self, column: int) -> NDArray[np.int64]:
        """Give the rows in which there is something."""
        there = pc.fill_null(pc.greater(pc.binary_length(self.columns[column]), 0), False)
        return np.flatnonzero(there.to_numpy())

    def sample(self, column: int) -> pa.Array:
        """Give the distinct texts of the first rows."""
        distinct = pc.unique(self.columns[column].slice(0, SAMPLE)).drop_null()
        return distinct.filter(pc.not_equal(pc.utf8_trim_whitespace(distinct), ""))

    def share(self, column: int, pattern: str) -> float:
        """Give the share of distinct texts of the first rows that fit a pattern; 0 of none."""
        texts = self.sample(column)
        if not len(texts):
            return 0.0
        return float(pc.mean(pc.match_substring_regex(texts, pattern)).as_py())
