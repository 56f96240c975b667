"""Which encoding a Serbian office file is in: a mark, else UTF-8, else a count of our letters.

General detectors fail on registers in CAPITALS; counting Serbian letters over all lines that
hold any non-ASCII byte does not (facts: 1,697 of 1,709 tables of real place names).
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

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
WRONG_JOIN = re.compile(
    "[a-zA-ZčćžšđČĆŽŠĐ][а-яА-ЯЂЈЉЊЋЏђјљњћџ]|[а-яА-ЯЂЈЉЊЋЏђјљњћџ][a-zA-ZčćžšđČĆŽŠĐ]"
    "|[а-яђјљњћџ][А-ЯЂЈЉЊЋЏ]|[čćžšđ][A-ZČĆŽŠĐ]|[a-z][ČĆŽŠĐ]|[A-ZČĆŽŠĐ]{2}[čćžšđ]"
)
"""Two scripts in one word, or a capital in the middle of one: the sign of a wrong code page."""
WRONG_RUN = re.compile(r"[^\W\d_\x00-\x7f\u0400-\u04ff]{3,}")
"""Letters with marks, one after another: Serbian Latin has them among plain ones."""
UTF8_LEADS = slice(0xC2, 0xF5)
"""Bytes with which a letter of UTF-8 begins."""
NO_TEXT = ("unicode_escape", "raw_unicode_escape", "utf_7", "idna", "punycode", "undefined")
SCORED_BYTES = 1 << 20
FEW_LETTERS = 8
CLEARLY_BETTER = 0.1
UTF8_DAMAGE = 0.05  # more bad bytes than this share of letters, and it never was UTF-8
MOST_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec, whether it was found by counting letters, and bytes that it cannot take.

    A guess is `sure` when there were enough letters to count, and no other code page makes other
    words of them that are nearly as good: those are `others`, the best one first.
    """

    name: str
    guessed: bool = False
    bad_bytes: int = 0
    sure: bool = True
    others: tuple[str, ...] = ()


def encoding_of(raw: bytes) -> Encoding:
    """Tell the encoding of a whole text.

    A text in UTF-8 with a few bad bytes stays UTF-8, and says how many there are.

    >>> encoding_of("Чачак".encode()).name, encoding_of("ČAČAK".encode("cp1250")).name
    ('utf-8', 'cp1250')
    """
    return encoding_in([raw])


def encoding_in(blocks: Iterable[bytes]) -> Encoding:
    """Tell the encoding of a text that comes in blocks, looking at all of them."""
    start, rest = _first(iter(blocks))
    name = next((name for mark, name in MARKS if start.startswith(mark)), "")
    if name:
        return Encoding(name, bad_bytes=damage_in(chain([start], rest), name))
    if wide := _utf16_without_mark(start):
        return Encoding(wide, guessed=True, bad_bytes=damage_in(chain([start], rest), wide))
    return _without_mark(chain([start], rest))


def _first(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    return next(blocks, b""), blocks


def _without_mark(blocks: Iterable[bytes]) -> Encoding:
    """Tell UTF-8 from the code pages; only blocks that hold more than ASCII are looked at."""
    bad, kept = _Bad("utf-8"), _Kept()
    counts = np.zeros(256, np.int64)
    for block in blocks:
        bad.add(block)
        if block.isascii():
            continue
        counts += np.bincount(np.frombuffer(block, np.uint8), minlength=256)
        if bad.count:
            kept.add(block)
    letters = counts[UTF8_LEADS].sum()
    if bad.end() <= letters * UTF8_DAMAGE:
        return Encoding("utf-8", bad_bytes=bad.count)
    return _code_page(letters_of(kept.lines), counts, bad.count)


def _code_page(sample: bytes, counts: NDArray[np.int64], places: int) -> Encoding:
    """Take the best code page for the lines with letters; `counts` are of each byte of the text."""
    scores = {name: score(sample, name) for name in CODE_PAGES}
    best = max(scores, key=lambda name: scores[name])
    words = sample.decode(best, "replace")
    others = [name for name in CODE_PAGES if sample.decode(name, "replace") != words]
    others.sort(key=lambda name: -scores[name])
    clear = not others or scores[best] - scores[others[0]] >= CLEARLY_BETTER
    sure = clear and places >= FEW_LETTERS
    bad = sum(int(counts[byte]) for byte in range(128, 256) if not _is_in(byte, best))
    return Encoding(best, True, bad, sure, () if sure else tuple(others[:MOST_OTHERS]))


def _is_in(byte: int, name: str) -> bool:
    return bytes([byte]).decode(name, "ignore") != ""


class _Kept:
    """The lines of a text that hold a non-ASCII byte, as far as they are scored."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0

    def add(self, block: bytes) -> None:
        if self.size <= SCORED_BYTES:
            found = letters_of(block.splitlines())
            self.size += len(found)
            self.lines += found.splitlines()


class _Bad:
    """Counts the places of a text where bytes are not of an encoding."""

    def __init__(self, name: str) -> None:
        self.decoder = codecs.getincrementaldecoder(name)(errors="replace")
        self.name = name
        self.count = 0
        self.held = False

    def add(self, block: bytes) -> None:
        if self.name == "utf-8" and not self.held and block.isascii():
            return
        self._count(self.decoder.decode(block), block)
        self.held = bool(self.decoder.getstate()[0])

    def end(self) -> int:
        """Give the count, with what is cut off at the end."""
        self._count(self.decoder.decode(b"", final=True), b"")
        return self.count

    def _count(self, text: str, block: bytes) -> None:
        if found := text.count("\ufffd"):
            self.count += max(0, found - block.count("\ufffd".encode(self.name, "replace")))


def damage_in(blocks: Iterable[bytes], name: str) -> int:
    """Count the places where bytes of a text that comes in blocks are not of this encoding."""
    bad = _Bad(name)
    for block in blocks:
        bad.add(block)
    return bad.end()


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
    return damage_in([raw], name)


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
    wrong = 2 * len(WRONG_JOIN.findall(text)) + 2 * sum(map(len, WRONG_RUN.findall(text)))
    return (points - wrong) / max(1, sum(high.values()))


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
