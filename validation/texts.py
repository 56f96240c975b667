"""What texts from offices suffer from, and what they meant: each rule finds and mends in one.

A rule gets the distinct texts of a column (a string array; null is a cell that is not there) and
gives them mended, the very same array when nothing is wrong. What differs is what was wrong, so a
check and the repair that it offers cannot disagree.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datasets.serbian import AZBUKA, ETH, TO_LATIN

SERBIAN_LATIN = frozenset("čćžšđČĆŽŠĐ")
SERBIAN_CYRILLIC = frozenset(AZBUKA + AZBUKA.upper())

ICELANDIC = "[þæÞÆ]"
"""Letters of names to which ð belongs; a column with one of them is left alone."""
_ETH_WORD = re.compile(r"\b[^\W\d_]*[Ððɖ\u0189][^\W\d_]*\b")
_NORSE = re.compile("[áéíóúýöÁÉÍÓÚÝÖ]")

LATIN_LETTER, CYRILLIC_LETTER = "[A-Za-zČĆŽŠĐčćžšđ]", "[\u0400-\u04ff]"
MIXED = f"{LATIN_LETTER}{CYRILLIC_LETTER}|{CYRILLIC_LETTER}{LATIN_LETTER}"
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"[IVX]+[\u0430-\u0436]$|[IVX]{2,}[\u0430-\u045f]{1,2}$")
_LOOKS = dict(zip("ABEJKMHOPCTYXaejkmopcyx", "АВЕЈКМНОРСТУХаејкморсух", strict=True))
_SOUNDS = {latin: cyrillic for cyrillic, latin in TO_LATIN.items() if len(latin) == 1}
_SOUNDS |= {latin.upper(): cyrillic.upper() for latin, cyrillic in _SOUNDS.items()}
_LOOKS_LATIN = {cyrillic: latin for latin, cyrillic in _LOOKS.items()}
_SOUNDS_LATIN = TO_LATIN | {c.upper(): latin.capitalize() for c, latin in TO_LATIN.items()}
_UNSURE = frozenset(c for pair in _LOOKS.items() for c in pair if _SOUNDS.get(pair[0]) != pair[1])
"""Letters that look like one of the other script and sound like another: P is Р or П."""

UTF8 = "utf-8"
PAIRS = (
    ("cp1252", UTF8),
    ("cp1250", UTF8),
    ("cp1251", UTF8),
    ("cp1252", "cp1251"),
    ("cp1252", "cp1250"),
)
"""As which encoding texts were read, and in which they are."""
_RUN = re.compile("[À-ÿ¼¾½]{3}")

DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"
DATES = {
    "%d.%m.%Y.": re.compile(r"(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})\. ?(?P<y>\d{4})\.?", re.ASCII),
    DAY_FIRST: re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})", re.ASCII),
    MONTH_FIRST: re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})", re.ASCII),
    "%d-%m-%Y": re.compile(r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})", re.ASCII),
    "%Y.%m.%d.": re.compile(r"(?P<y>\d{4})\. ?(?P<m>\d{1,2})\. ?(?P<d>\d{1,2})\.?", re.ASCII),
    "%Y-%m-%d": re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", re.ASCII),
}
"""How dates are written, in one or two digits, with or without the last dot."""
_DATE = r"^[0-9]{1,4}[./-] ?[0-9]{1,2}[./-] ?[0-9]{1,4}\.?$"
_UNDERSCORED = re.compile(r"[+-]?\d+(?:_\d+)+(?:\.\d+)?")


def changed(texts: pa.Array, pattern: str, change: Callable[[str], str]) -> pa.Array:
    """Change the texts that match a pattern of RE2, each once."""
    candidates = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    found = texts.filter(candidates).to_pylist()
    after = [change(text) for text in found]
    if after == found:
        return texts
    return pc.replace_with_mask(texts, candidates, pa.array(after, pa.string()))


def differing(before: pa.Array, after: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Tell which texts a rule changed."""
    if after is before:
        return np.zeros(len(before), dtype=bool)
    unlike = pc.fill_null(pc.not_equal(before, after), False)
    return np.asarray(unlike.to_numpy(zero_copy_only=False), dtype=bool)


def without_eth(texts: pa.Array) -> pa.Array:
    """Write Đ and đ for the Icelandic letters that stand for them in registers.

    Names that are Icelandic, and columns that hold some, stay.

    >>> without_eth(pa.array(["Ðurđevak", "Smeðerevo", "Hafnarfjörður"])).to_pylist()
    ['Đurđevak', 'Smeđerevo', 'Hafnarfjörður']
    """
    if pc.any(pc.match_substring_regex(texts, ICELANDIC)).as_py():
        return texts
    return changed(texts, "[Ððɖ\u0189]", lambda text: _ETH_WORD.sub(_eth, text))


def _eth(word: re.Match[str]) -> str:
    return word[0] if _NORSE.search(word[0]) else word[0].translate(ETH)


def in_one_script(texts: pa.Array, script: str) -> pa.Array:
    """Write words of two scripts in one, `cyrl` or `latn`; other words stay.

    Letters are taken for those that look like them where all of a word do, else for those that
    sound like them. A Roman number with an ending is no such word.

    >>> in_one_script(pa.array(["Kрагујевац", "Nиш", "Нови Сад", "VIIа"]), "cyrl").to_pylist()
    ['Крагујевац', 'Ниш', 'Нови Сад', 'VIIа']
    >>> in_one_script(pa.array(["Крaљево", "Пaнчево"]), "latn").to_pylist()
    ['Kraljevo', 'Pančevo']
    """
    return changed(texts, MIXED, lambda text: _WORD.sub(lambda word: _one(word[0], script), text))


def _one(word: str, script: str) -> str:
    if not is_mixed(word):
        return word
    letters = _foreign(word, script)
    looks, sounds = (_LOOKS, _SOUNDS) if script == "cyrl" else (_LOOKS_LATIN, _SOUNDS_LATIN)
    table = looks if letters <= looks.keys() else sounds
    return "".join(table.get(letter, letter) for letter in word)


def _foreign(word: str, script: str) -> set[str]:
    return set(re.findall(LATIN_LETTER if script == "cyrl" else CYRILLIC_LETTER, word))


def is_mixed(word: str) -> bool:
    """Tell whether a word is of letters of both scripts, and no Roman number with an ending."""
    return bool(re.search(MIXED, word)) and not _ROMAN.match(word)


def is_sure_of(text: str, script: str) -> bool:
    """Tell whether no letter that changes with the script could be one of two.

    >>> is_sure_of("Kрагујевац", "cyrl"), is_sure_of("Pадник", "cyrl")
    (True, False)
    """
    words = (word for word in _WORD.findall(text) if is_mixed(word))
    return not any(_UNSURE & _foreign(word, script) for word in words)


def decoded(texts: pa.Array, wrong: str, right: str) -> pa.Array:
    """Undo a wrong encoding: texts that were read as `wrong` and are in `right`.

    Only texts that can be nothing else are changed, and each change can be taken back exactly.

    >>> decoded(pa.array(["KraÄ‡", "Kraljevo", "Ć"]), "cp1252", "utf-8").to_pylist()
    ['Krać', 'Kraljevo', 'Ć']
    """
    return changed(texts, r"[^\x00-\x7f]", lambda text: _decoded(text, wrong, right))


def _decoded(text: str, wrong: str, right: str) -> str:
    try:
        meant = b"".join(_byte(letter, wrong) for letter in text).decode(right)
    except UnicodeError:
        return text
    strange = {c for c in text if ord(c) > 127}
    high = {c for c in meant if ord(c) > 127}
    if right == UTF8:
        odd = wrong != "cp1251" or not strange <= SERBIAN_CYRILLIC
        fits = odd and not any(unicodedata.category(c) in ("Cc", "Cn", "Co") for c in high)
    elif right == "cp1251":
        fits = bool(_RUN.search(text)) and high <= SERBIAN_CYRILLIC | set("„“”–№ ")
    else:
        fits = bool(strange & set("ÈèÆæ")) and high <= SERBIAN_LATIN | set("„“”– ")
    return meant if fits else text


def _byte(letter: str, encoding: str) -> bytes:
    """Encode a letter; bytes that the encoding leaves free are shown as control characters."""
    if "\x80" <= letter <= "\x9f":
        return letter.encode("latin-1")
    return letter.encode(encoding)


def in_iso_dates(texts: pa.Array, form: str) -> pa.Array:
    """Write dates of a form of DATES as ISO 8601 does; what is no such day stays.

    >>> written = pa.array(["5.10.2021.", "05. 10. 2021", "31.2.2021."])
    >>> in_iso_dates(written, "%d.%m.%Y.").to_pylist()
    ['2021-10-05', '2021-10-05', '31.2.2021.']
    """
    return changed(texts, _DATE, lambda text: iso_date(text, form) or text)


def iso_date(text: str, form: str) -> str:
    """Give a date as ISO 8601 does; empty when it is not of the form, or no day."""
    found = DATES[form].fullmatch(text)
    if not found:
        return ""
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
    except ValueError:
        return ""


def with_decimal_point(texts: pa.Array, decimal: str, group: str = "") -> pa.Array:
    """Write numbers with a decimal point and without a divider of thousands.

    Texts that are no number written with `decimal` and `group` stay; so do 1234 and 0.

    >>> with_decimal_point(pa.array(["1.234,50", "12,5", "1.2", "a,5"]), ",", ".").to_pylist()
    ['1234.50', '12.5', '1.2', 'a,5']
    """
    point, divider = re.escape(decimal), re.escape(group)
    grouped = f"[0-9]{{1,3}}(?:{divider}[0-9]{{3}})+|" if group else ""
    pattern = f"^[+-]?(?:{grouped}[0-9]+)(?:{point}[0-9]+)?$"

    def pointed(text: str) -> str:
        return (text.replace(group, "") if group else text).replace(decimal, ".")

    return changed(texts, pattern, pointed)


def plain(texts: pa.Array) -> pa.Array:
    """Write numbers and dates as every program reads them, not only Python.

    >>> plain(pa.array(["1_000", "2024-1-5", "١٢", "12"])).to_pylist()
    ['1000', '2024-01-05', '12', '12']
    """
    return changed(texts, r"_|^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$|[^\x00-\x7f]", _plain)


def _plain(text: str) -> str:
    ascii_digits = "".join(str(unicodedata.digit(c, c)) for c in text)
    if not re.fullmatch(r"[0-9_+,.:T -]+", ascii_digits):
        return text
    if _UNDERSCORED.fullmatch(ascii_digits):
        return ascii_digits.replace("_", "")
    return iso_date(ascii_digits, "%Y-%m-%d") or ascii_digits


def with_zeros(texts: pa.Array, width: int) -> pa.Array:
    """Put zeros before codes that are shorter than `width` digits.

    >>> with_zeros(pa.array(["7017", "70017", "a7"]), 5).to_pylist()
    ['07017', '70017', 'a7']
    """
    short = f"^[0-9]{{1,{max(1, width - 1)}}}$"
    return changed(texts, short, lambda text: text.zfill(width))
