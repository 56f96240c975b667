"""CKAN's queue of background jobs. Ours has none: what runs on is a harvest or a validation."""

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import missing
from publish.catalog.registry import action
from publish.catalog.validators import BOOLEAN, NATURAL, REQUIRED, Field, words

QUEUES = {"queues": Field((words,)), "limit": NATURAL, "ids_only": BOOLEAN}


@action(takes=QUEUES)
def job_list(call: Call, given: Given) -> list[Document]:
    """List the jobs that wait; there are never any. Sysadmins only.

    :param queues: names of queues
    :param limit: at most so many
    :param ids_only: ids instead of objects
    """
    authorization.see_jobs(call)
    return []


@action(takes={"id": REQUIRED})
def job_show(call: Call, given: Given) -> Document:
    """Show a job that waits; there are never any. Sysadmins only.

    :param id: the id of the job
    """
    authorization.see_jobs(call)
    raise missing()


@action(writes=True, takes=QUEUES)
def job_clear(call: Call, given: Given) -> list[str]:
    """Empty queues; gives the names of those that were, which are none. Sysadmins only.

    :param queues: names of queues
    """
    authorization.see_jobs(call)
    return []


@action(writes=True, takes={"id": REQUIRED})
def job_cancel(call: Call, given: Given) -> None:
    """Cancel a job that waits; there are never any. Sysadmins only.

    :param id: the id of the job
    """
    authorization.see_jobs(call)
    raise missing()
