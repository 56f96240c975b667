"""What robots.txt says to a program that follows links. Rule: RFC 9309."""

from collections.abc import Callable
from urllib.robotparser import RobotFileParser

import httpx

from datasets.errors import HarvestError
from harvesters.fetching.reply import Reply

NAME = "eMap"
_NO_FILE = frozenset({"gone", "removed", "forbidden", "key-wanted", "status"})  # 400 to 499


def address(url: httpx.URL) -> str:
    """Where the rules for an address are."""
    return str(url.copy_with(path="/robots.txt", query=None, fragment=None, userinfo=b""))


def rules(url: str, get: Callable[[str], Reply]) -> RobotFileParser:
    """Get the rules of a host; one that has none allows everything.

    Raises HarvestError when they cannot be got: then nothing is allowed.
    """
    found = RobotFileParser()
    try:
        text = get(url).text()
    except HarvestError as error:
        if error.fault not in _NO_FILE:
            raise
        text = ""
    try:
        found.parse(text.splitlines())
    except ValueError:  # an address in a rule that is none
        found.parse([])
    return found
