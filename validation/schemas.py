"""A publisher's Table Schema before it is used: sound, or what is wrong with it."""

import copy
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from signal import ITIMER_VIRTUAL, SIGVTALRM, setitimer, signal
from types import FrameType
from typing import Any

import re2
from frictionless import Error, Field, FrictionlessException
from frictionless import Schema as TableSchema
from frictionless.errors import SchemaError
from frictionless.schema import field as frictionless_field

from datasets.model import Schema
from validation import descriptors

BREAKS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, re.error)
"""What Frictionless raises where a schema is not what it expects."""

UNHASHABLE = frozenset({"array", "geojson", "list", "object"})
PATIENCE_S = 1.0
"""Processor time that one pattern may take for one cell; ordinary ones take microseconds."""


class PatternError(SchemaError):
    """A pattern that could take for ever."""

    type = "pattern-unsafe"


class SlowPattern(Exception):
    """Matching one cell with one pattern took longer than PATIENCE_S."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


def sound(schema: Schema) -> tuple[TableSchema | None, list[Error]]:
    """Make Frictionless' schema of a publisher's; give what is wrong, None when beyond use."""
    try:
        made = TableSchema.from_descriptor(copy.deepcopy(dict(schema)))
    except FrictionlessException as error:
        return None, list(error.to_errors())
    except BREAKS as error:
        return None, [SchemaError(note=f"it is not built as a Table Schema: {error}")]
    problems: list[Error] = [SchemaError(note=note) for note in _problems(made)]
    return (None if problems else made), problems


def _problems(schema: TableSchema) -> Iterator[str]:
    """Say what Frictionless would trip over only while it reads rows."""
    keys = set(schema.primary_key)
    keys.update(name for key in schema.foreign_keys for name in key["fields"])
    for field in schema.fields:
        if field.type in UNHASHABLE and (field.name in keys or field.constraints.get("unique")):
            yield f'field "{field.name}" of type "{field.type}" cannot be unique or a key'
        yield from _unreadable(field)


def _unreadable(field: Field) -> Iterator[str]:
    try:
        field.create_cell_reader()
        read = field.create_value_reader()
    except BREAKS as error:
        yield f'field "{field.name}" cannot be read: {error}'
        return
    for name, bound in field.constraints.items():
        if "imum" in name and read(bound) is None:
            yield f'constraint "{name}" of field "{field.name}" is not of its type: "{bound}"'


def without_unsafe(schema: Schema) -> tuple[Schema, list[Error]]:
    """Take out patterns that RE2 cannot match in linear time; give an error for each.

    Table Schema takes XML Schema's expressions, which have no look-around or back-references.
    """
    unsafe = [
        (field, pattern)
        for field in descriptors.fields(schema)
        if (pattern := _pattern(field)) is not None and not is_safe(pattern)
    ]
    if not unsafe:
        return schema, []
    kept = [_without_pattern(f) if any(f is u for u, _ in unsafe) else f for f in schema["fields"]]
    return {**schema, "fields": kept}, [_error(f["name"], pattern) for f, pattern in unsafe]


def _without_pattern(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in field["constraints"].items() if k != "pattern"}
    return {**field, "constraints": kept}


def _pattern(field: Mapping[str, Any]) -> str | None:
    constraints = field.get("constraints")
    pattern = constraints.get("pattern") if isinstance(constraints, Mapping) else None
    return pattern if isinstance(pattern, str) else None


def is_safe(pattern: str) -> bool:
    r"""Tell whether RE2 takes a pattern.

    >>> is_safe("[0-9]{5}"), is_safe(r"[\u0410-\u044f]+"), is_safe(r"(a)\1")
    (True, True, False)
    """
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(re.sub(r"\\u([0-9a-fA-F]{4})", r"\\x{\1}", pattern), options)
    except re2.error:
        return False
    return True


def slow(schema: Schema, pattern: str) -> Error:
    """Give the error of a pattern that was stopped, with the field that it belongs to."""
    names = (f["name"] for f in descriptors.fields(schema) if f"^{_pattern(f)}$" == pattern)
    return _error(next(names, ""), pattern[1:-1])


def _error(field: str, pattern: str) -> Error:
    return PatternError(note=f'pattern "{pattern}" of field "{field}" can take for ever to match')


@contextmanager
def watched() -> Iterator[None]:
    """Stop Frictionless with SlowPattern when one cell takes a pattern longer than PATIENCE_S.

    RE2 takes `(a+)+` too, but Frictionless matches with Python's engine, where it doubles with
    each character. That engine looks for signals now and then, so a timer can stop it.
    """
    plain = frictionless_field.check_pattern
    at_work: list[str] = []

    def patient(constraint: re.Pattern[str], cell: str | None) -> bool:
        at_work[:] = [constraint.pattern]
        setitimer(ITIMER_VIRTUAL, PATIENCE_S)
        try:
            return bool(plain(constraint, cell))
        finally:
            setitimer(ITIMER_VIRTUAL, 0)

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SlowPattern(at_work[0])

    before = signal(SIGVTALRM, stop)
    frictionless_field.check_pattern = patient
    try:
        yield
    finally:
        frictionless_field.check_pattern = plain
        signal(SIGVTALRM, before)
