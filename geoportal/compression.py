"""Answers packed with gzip, but for files: a client that resumes one counts its own bytes."""

import re
from typing import Any

from starlette.middleware.gzip import GZipMiddleware

from geoportal.language import Scope

FILES = re.compile(r"/dataset/[^/]+/resource/[^/]+/download(/.*)?|/data/[^/]+/(files|layers)/.*")


class Compression(GZipMiddleware):
    """gzip for what is made here; files go out as they are, with their length and their hash."""

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer, packed where that is right."""
        whole = scope["type"] == "http" and FILES.fullmatch(scope["path"])
        answer = self.app if whole else super().__call__
        await answer(scope, receive, send)
