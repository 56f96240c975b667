"""What the portal itself writes into a resource: that it has a table, how it was judged."""

from typing import Any

from publish.catalog.call import Call
from publish.catalog.documents import storage


def mark(call: Call, package_id: str, resource_id: str, **marks: Any) -> None:
    """Write marks into a resource that is there; its dates stay, for its file is the same."""
    row = storage.find_package(call, package_id)
    if row is None:
        return
    document = storage.loads(row.document)
    for resource in document["resources"]:
        if resource["id"] == resource_id and not marks.items() <= resource.items():
            resource.update(marks)
            storage.update_package(call, row.number, document, row)
            call.changed.append(row.id)
