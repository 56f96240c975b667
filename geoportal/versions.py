"""Addresses of the site's own scripts and styles, which bear a version and never change.

Templates and scripts name a file as it lies, `/static/css/site.css`; pages name it
`/static/v0a1b2c3d4e/css/site.css`. Modules that import each other by relative names stay in one
version by themselves.
"""

import functools
import hashlib
import re
from pathlib import Path

from jinja2.ext import Extension

STATIC = Path(__file__).parent / "static"
OWN = ("css", "js")
_NAMED = re.compile(rf"""(?<=["'])/static/(?=(?:{"|".join(OWN)})/)""")


@functools.cache
def version() -> str:
    """What tells the site's own scripts and styles from those of another release."""
    said = hashlib.sha256()
    for file in sorted(file for part in OWN for file in (STATIC / part).rglob("*.*")):
        said.update(file.read_bytes())
    return f"v{said.hexdigest()[:10]}"


def versioned(text: str) -> str:
    """A template or a script with the version in the addresses of files of the site."""
    return _NAMED.sub(f"/static/{version()}/", text)


class Versions(Extension):
    """Puts versions into templates when they are compiled."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source of a template with versions in its addresses."""
        return versioned(source)
