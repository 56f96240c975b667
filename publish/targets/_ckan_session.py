"""The way of `ckanapi.RemoteCKAN` to a site: our guarded requests under its session's face."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanapi import RemoteCKAN
from ckanapi.errors import CKANAPIError, NotAuthorized, NotFound, ServerIncompatibleError

from datasets.errors import TargetError
from harvesters.fetching.http import Files
from publish.publisher import in_words
from publish.targets._caller import Caller, Request
from publish.targets._target import Here, NotTaken

READING = ("_show", "_list", "_search", "_list_for_user")
AGAIN = ("_patch", "_update", "_delete")  # the second time finds what the first one left


@dataclass(frozen=True, slots=True)
class _Answer:
    status_code: int
    text: str


class Session:
    """What RemoteCKAN needs of a session of `requests`."""

    def __init__(self, here: Here, token: str) -> None:
        self.caller = Caller(here, token)

    def post(
        self,
        url: str,
        data: bytes | Mapping[bytes, bytes],
        headers: Mapping[str, str],
        files: Files | None,
        **_: Any,
    ) -> _Answer:
        """Send an action's arguments; raises NotTaken or TargetError when no action answers."""
        reads = url.endswith(READING)
        request = Request(
            "POST",
            url,
            headers={name: said for name, said in headers.items() if name != "User-Agent"},
            content=data if isinstance(data, bytes) else None,
            form=_form(data),
            files=files,
            again=reads or url.endswith(AGAIN),
            reads=reads,
        )
        status, body = self.caller.answer(request)
        if not _is_envelope(body):
            said = self.caller.quiet(json.dumps(body, ensure_ascii=False))
            raise TargetError(
                f"{url}: answers {status} and not as CKAN does: {said}; check the `url` of the"
                " target"
            )
        return _Answer(status, json.dumps(body))


def _form(data: bytes | Mapping[bytes, bytes]) -> dict[str, str] | None:
    if isinstance(data, bytes):
        return None
    return {key.decode(): value.decode() for key, value in data.items()}


def _is_envelope(body: object) -> bool:
    if not isinstance(body, dict):
        return False
    if body.get("success") is True:
        return "result" in body
    return isinstance(body.get("error"), dict)


class Site:
    """A remote CKAN whose errors are ours; what is not there is None."""

    def __init__(self, url: str, here: Here, token: str) -> None:
        self._session = Session(here, token)
        self._remote = RemoteCKAN(url, apikey=token, session=self._session)

    def call(self, action: str, given: Mapping[str, Any], files: Files | None = None) -> Any:
        """The result of an action, as ckanapi gives it, with ckanapi's errors.

        Raises NotTaken or TargetError when no action answers.
        """
        try:
            return self._remote.call_action(action, dict(given), files=files)
        except ServerIncompatibleError as error:
            raise TargetError(self._session.caller.quiet(error)) from None

    def show(self, package_id: str) -> dict[str, Any] | None:
        """A package in whatever state; None when it is not there or not for us to see."""
        try:
            found = self.call("package_show", {"id": package_id})
        except (NotFound, NotAuthorized):
            return None
        return self.package(found)

    def package(self, found: Any) -> dict[str, Any]:
        """What should be a package; raises TargetError when it is none."""
        texts = isinstance(found, dict) and all(
            isinstance(found.get(key), str) for key in ("id", "name")
        )
        lists = texts and all(
            isinstance(found.get(key, []), list)
            and all(isinstance(item, dict) for item in found.get(key, []))
            for key in ("resources", "extras", "tags")
        )
        if not lists:
            raise TargetError("answers with something that is no dataset: check the `url`")
        document: dict[str, Any] = {"resources": [], "extras": [], "tags": []} | found
        return document

    def told(self, error: CKANAPIError) -> str:
        """What a site has against what was sent, in words."""
        return self._session.caller.quiet(in_words(error))


def refused(site: Site, error: CKANAPIError) -> NotTaken:
    """The error of one dataset that the site does not take."""
    return NotTaken(f"the site does not take it: {site.told(error)}")
