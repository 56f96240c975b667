"""Collaborators of single packages: answered as by a CKAN where they are not enabled."""

from typing import NoReturn

from publish.catalog.call import Call, Given
from publish.catalog.errors import ValidationError, invalid
from publish.catalog.registry import action


def _off() -> ValidationError:
    return invalid({"message": "Dataset collaborators not enabled"})


@action(writes=True)
def package_collaborator_create(call: Call, given: Given) -> NoReturn:
    """Make a user a collaborator of a dataset: not enabled here, organizations have editors."""
    raise _off()


@action(writes=True)
def package_collaborator_delete(call: Call, given: Given) -> NoReturn:
    """Take a collaborator away: not enabled here."""
    raise _off()


@action()
def package_collaborator_list(call: Call, given: Given) -> NoReturn:
    """List the collaborators of a dataset: not enabled here."""
    raise _off()


@action()
def package_collaborator_list_for_user(call: Call, given: Given) -> NoReturn:
    """List the datasets of which a user is a collaborator: not enabled here."""
    raise _off()
