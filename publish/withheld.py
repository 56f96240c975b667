"""What is public of a file that had personal data: the corrected file, never the one that came."""

from collections.abc import Sequence
from dataclasses import replace

from datasets.model import Dataset, Resource
from publish.desk import Desk
from validation.reading import Reading

HIDING = frozenset({"aggregate-column", "drop-column", "mask-column"})
"""The repairs that take something out which must not be public."""


def is_withheld(resource: Resource) -> bool:
    """Tell whether the file that came must not be public."""
    return any(step.repair in HIDING for step in resource.recipe)


def shown(kept: Dataset, readings: Sequence[Reading], desk: Desk) -> Dataset:
    """Give a dataset as the public may have it, each corrected file kept in the store.

    The file that came stays in the store too, for who repairs it again; nothing public names it.
    """
    read = {reading.resource.name: reading for reading in readings}
    return replace(
        kept,
        resources=tuple(
            _corrected(resource, read[resource.name], desk) if is_withheld(resource) else resource
            for resource in kept.resources
        ),
    )


def _corrected(resource: Resource, reading: Reading, desk: Desk) -> Resource:
    from validation.repairs._corrected import corrected  # noqa: PLC0415 - loads Frictionless

    with desk.store.desk("corrected") as into:
        path = corrected(reading, desk.sandbox, into)
        sha256, size_bytes = desk.store.keep_file(path)
        return replace(
            resource,
            path=desk.store.blob(sha256),
            format=path.suffix[1:],
            filename=path.name,
            schema=reading.schema,
            dialect=None,
            encoding="utf-8",
            crs="",
            size_bytes=size_bytes,
            sha256=sha256,
        )
