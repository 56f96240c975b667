"""API v1 of a udata portal (data.gov.rs, data.gouv.fr) as calls whose errors are ours."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from datasets.errors import TargetError
from harvesters.fetching.http import Files
from publish.publisher import faults
from publish.targets._caller import Caller, Request
from publish.targets._target import Here, NotTaken

PAGE_SIZE = 100
MOST_PAGES = 1000
GONE = (404, 410)
_OF_LISTS = "data{id,slug,title,extras,deleted,archived,private},total,next_page"


class Api:
    """A portal, asked with a key."""

    def __init__(self, url: str, here: Here, token: str) -> None:
        self.base, self._caller = f"{url}/api/1", Caller(here, token)
        self._headers = {"X-API-KEY": token, "Accept": "application/json"}

    def get(self, path: str, fields: str = "") -> Any:
        """What is at a path; None when it is not there, or was deleted."""
        headers = self._headers | ({"X-Fields": fields} if fields else {})
        url = self.base + path
        status, body = self._caller.answer(
            Request("GET", url, headers=headers, again=True, reads=True)
        )
        if status in GONE:
            return None
        if status >= 400:
            raise TargetError(f"{url}: {self._why(status, body)}")
        return body

    def post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Make something; gives it as it is there now."""
        return self._written("POST", path, document)

    def put(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Change something; gives it as it is there now."""
        return self._written("PUT", path, document)

    def upload(self, path: str, files: Files) -> dict[str, Any]:
        """Send a file; gives its resource."""
        request = Request("POST", self.base + path, headers=self._headers, files=files)
        return self._object(*self._caller.answer(request))

    def delete(self, path: str) -> None:
        """Delete something; harmless when it is gone already."""
        request = Request("DELETE", self.base + path, headers=self._headers, again=True)
        status, body = self._caller.answer(request)
        if status >= 400 and status not in GONE:
            raise NotTaken(self._why(status, body))

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page; a page that comes again ends it."""
        seen: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            answer = self.get(f"{path}?page={page}&page_size={PAGE_SIZE}", _OF_LISTS)
            listed = answer.get("data") if isinstance(answer, dict) else None
            items = [i for i in listed or [] if isinstance(i, dict) and i.get("id")]
            new = [item for item in items if str(item["id"]) not in seen]
            yield from new
            seen |= {str(item["id"]) for item in new}
            if not new or not answer.get("next_page", True):
                return

    def _written(self, method: str, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        request = Request(
            method,
            self.base + path,
            headers=self._headers | {"Content-Type": "application/json"},
            content=json.dumps(document).encode(),
            again=method == "PUT",
        )
        return self._object(*self._caller.answer(request))

    def _object(self, status: int, body: Any) -> dict[str, Any]:
        if status == 401:
            raise TargetError(f"{self.base}: {self._why(status, body)}")
        if status >= 400:
            raise NotTaken(f"the portal does not take it: {self._why(status, body)}")
        if not isinstance(body, dict) or not isinstance(body.get("id"), str):
            raise TargetError(f"{self.base}: answers with something that has no id")
        return body

    def _why(self, status: int, body: Any) -> str:
        """What the portal has against a request: its fields, else its sentence."""
        if status == 401:
            return "the token is not accepted (401): it is wrong or revoked"
        said = body if isinstance(body, dict) else {}
        told = "; ".join(faults(said.get("errors"))) or str(said.get("message") or "no reason")
        return f"{self._caller.quiet(told)} ({status})"
