"""Requests to a target: guarded, never redirected, tried again only where that changes nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from datasets.errors import BlockedAddress, HarvestError, TargetError
from harvesters.fetching.http import Answer, Files
from publish.targets._target import Failed, Here, NotTaken

PAUSES_S = (1.0, 4.0)  # before the second and the third try
LONGEST_PAUSE_S = 60.0  # that a site may ask for
_BUSY = (429, 502, 503, 504)
_LOST = "; what was sent may have been taken: the next run looks for it there"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """One request, written once and perhaps sent again.

    `again` says that sending it twice is the same as once; `reads`, that it changes nothing.
    """

    method: str
    url: str
    headers: Mapping[str, str] = _NO_HEADERS
    content: bytes | None = None
    form: Mapping[str, str] | None = None
    files: Files | None = None
    again: bool = False
    reads: bool = False


class Caller:
    """Sends requests to one site, and tells what is wrong with an answer that is none."""

    def __init__(self, here: Here, token: str) -> None:
        self.here, self._token = here, token

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and JSON of an answer below 500.

        Raises TargetError when the site is dead, slow, elsewhere or no API; NotTaken when it fails
        at, or finds too large, what it was to write.
        """
        answer = self._asked(request)
        place = answer.headers.get("location", "")
        if 300 <= answer.status < 400:
            moved = f"sends us to {self.quiet(place)!r}: give the address that answers itself"
            raise TargetError(f"{request.url}: answers {answer.status} and {moved}")
        if answer.status == 413:
            raise NotTaken("the site takes no body of that size (413)")
        if answer.status >= 500 or answer.status == 429:
            fault = f"the site answers {answer.status}"
            raise TargetError(f"{request.url}: {fault}") if request.reads else Failed(fault)
        try:
            return answer.status, json.loads(answer.body) if answer.body else None
        except (ValueError, RecursionError):
            said = "a web page" if b"<" in answer.body[:100] else "no JSON"
            raise TargetError(
                f"{request.url}: answers {answer.status} with {said}: check the `url` of the target"
            ) from None

    def _asked(self, request: Request) -> Answer:
        """The answer of the last try."""
        for pause in PAUSES_S:
            try:
                answer = self._sent(request)
            except BlockedAddress as error:
                raise TargetError(self.quiet(error)) from None
            except HarvestError as error:
                if not request.again:
                    raise TargetError(self.quiet(error) + _LOST) from None
                self.here.pause(pause)
                continue
            # a 429 says that nothing was done, so anything may be sent again
            if answer.status not in _BUSY or not (request.again or answer.status == 429):
                return answer
            self.here.pause(max(pause, _wished(answer)))
        try:
            return self._sent(request)
        except HarvestError as error:
            raise TargetError(self.quiet(error)) from None

    def _sent(self, request: Request) -> Answer:
        for _, file in (request.files or {}).values():
            file.seek(0)
        return self.here.http.send(
            request.method,
            request.url,
            headers=request.headers,
            content=request.content,
            form=request.form,
            files=request.files,
        )

    def quiet(self, said: object) -> str:
        """What a site says, fit for a message: short, of one line, and never with our token."""
        text = "".join(c if c.isprintable() else " " for c in str(said)[:10_000])
        return " ".join(text.replace(self._token, "…").split())[:600]


def _wished(answer: Answer) -> float:
    """The seconds of Retry-After; a date counts as the longest pause."""
    wished = answer.headers.get("retry-after", "0").strip()
    return min(float(wished) if wished.isdecimal() else LONGEST_PAUSE_S, LONGEST_PAUSE_S)
