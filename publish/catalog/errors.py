"""What the catalog raises: ckanapi's errors, as a remote catalog raises them."""

from collections.abc import Mapping
from typing import Any

from ckanapi.errors import (
    CKANAPIError,
    NotAuthorized,
    NotFound,
    SearchError,
    SearchQueryError,
    ValidationError,
)

__all__ = [
    "CKANAPIError",
    "IntegrityError",
    "NotAuthorized",
    "NotFound",
    "SearchError",
    "SearchQueryError",
    "UnknownAction",
    "ValidationError",
    "invalid",
    "missing",
    "refused",
]


class UnknownAction(CKANAPIError):  # type: ignore[misc]  # ckanapi has no types
    """No action has that name."""


class IntegrityError(CKANAPIError):  # type: ignore[misc]
    """A list of objects was asked for and something else was sent; `data` is what was sent."""

    def __init__(self, message: str, data: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.data = data


def invalid(errors: Mapping[str, Any]) -> ValidationError:
    """Make the error of wrong values; `__type` comes last, as CKAN has it."""
    return ValidationError({**errors, "__type": "Validation Error"})


def refused(reason: str = "") -> NotAuthorized:
    """Make the error of a caller who may not; the reason is a sentence or empty."""
    message = f"Access denied: {reason}" if reason else "Access denied"
    return NotAuthorized({"__type": "Authorization Error", "message": message})


def missing(what: str = "Not found") -> NotFound:
    """Make the error of a thing that is not there."""
    return NotFound(what)
