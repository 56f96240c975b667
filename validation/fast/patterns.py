"""Patterns for polars' linear engine, whose match proves a match by Python's."""

import re
from re import _constants as sre
from re import _parser as parser
from typing import Any

MOST_REPEATS = 200
NARROW = {
    sre.CATEGORY_DIGIT: "0-9",
    sre.CATEGORY_SPACE: r"\x{20}\x{9}",
    sre.CATEGORY_WORD: r"0-9A-Za-z_\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{17e}\x{400}-\x{45f}",
}
"""Parts of \\d, \\s and \\w: where fewer characters match, a match still proves one."""


class _Unprovable(Exception):
    """A pattern with something that the other engine lacks or understands otherwise."""


def provable(pattern: str) -> str | None:
    r"""Give the pattern that Frictionless makes of a field's in the other engine's words.

    It matches no text that Python's engine does not match; None where there is none such.

    >>> provable("[a-c]{2}")
    '\\A(?:\\A(?:[\\x{61}-\\x{63}]){2,2}\\z)'
    >>> provable(r"(?=\d)x"), provable(r"[^\d]"), provable(r"(a)\1")
    (None, None, None)
    """
    try:
        tree = parser.parse(f"^{pattern}$")
        if tree.state.flags != re.UNICODE:
            return None
        # `^a|b$` is matched from the start on either side; polars would search for the second.
        return rf"\A(?:{_sequence(tree)})"
    except (re.error, OverflowError, RecursionError, _Unprovable):
        return None


def _sequence(tree: Any) -> str:
    return "".join(_part(kind, held) for kind, held in tree)


def _part(kind: Any, held: Any) -> str:  # noqa: PLR0911 - one case, one answer
    match kind:
        case sre.LITERAL:
            return _sign(held)
        case sre.NOT_LITERAL:
            return f"[^{_sign(held)}]"
        case sre.ANY:
            return "."
        case sre.IN:
            return _class(held)
        case sre.MAX_REPEAT | sre.MIN_REPEAT:
            return _repeat(*held)
        case sre.SUBPATTERN if not held[1] and not held[2]:
            return f"(?:{_sequence(held[3])})"
        case sre.BRANCH:
            return "(?:" + "|".join(map(_sequence, held[1])) + ")"
        case sre.AT if held is sre.AT_BEGINNING:
            return r"\A"
        case sre.AT if held is sre.AT_END:
            return r"\z"
    raise _Unprovable


def _repeat(least: int, most: Any, tree: Any) -> str:
    endless = most == sre.MAXREPEAT
    if least > MOST_REPEATS or (not endless and most > MOST_REPEATS):
        raise _Unprovable
    return f"(?:{_sequence(tree)}){{{least},{'' if endless else most}}}"


def _class(items: list[tuple[Any, Any]]) -> str:
    negated = items[0][0] is sre.NEGATE
    said = []
    for kind, held in items[1:] if negated else items:
        if kind is sre.LITERAL:
            said.append(_sign(held))
        elif kind is sre.RANGE:
            said.append(f"{_sign(held[0])}-{_sign(held[1])}")
        elif kind is sre.CATEGORY and held in NARROW and not negated:
            said.append(NARROW[held])
        else:
            raise _Unprovable
    return f"[{'^' if negated else ''}{''.join(said)}]"


def _sign(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        raise _Unprovable
    return f"\\x{{{code:x}}}"
