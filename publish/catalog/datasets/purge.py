"""Packages that go for good."""

from publish.catalog import activities, authorization
from publish.catalog.call import Call, Given
from publish.catalog.datasets import relationships
from publish.catalog.datasets.packages import package
from publish.catalog.documents import storage
from publish.catalog.registry import action


@action(writes=True)
def dataset_purge(call: Call, given: Given) -> None:
    """Take a dataset away for good; a sysadmin's work, and there is no way back.

    :param id: the name or id of the dataset
    """
    row = package(call, given, "Dataset was not found")
    authorization.purge_package(call)
    relationships.forget(call, storage.loads(row.document))
    storage.remove_package(call, row.number)
    activities.forget(call, row.id)
    call.changed.append(row.id)
