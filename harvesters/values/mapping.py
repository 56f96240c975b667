"""Total readers of what upstreams say: a value of the wrong type is not said, never an error.

Whatever JSON, XML or RDF has at a place, each function gives its one type, cleaned and capped:
text without control characters, addresses of http and https only, dates by ISO 8601, licences by
CKAN's ids. An empty value means that nothing (or nothing usable) was said.
"""

import datetime
import math
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin, urlsplit

from datasets import names
from datasets.serbian import is_cyrillic
from datasets.text import CYRILLIC, ENGLISH, LATIN, Text

TITLE, NOTES, TAG = 1_000, 100_000, 100  # characters
MAX_TAGS = 100
NOTHING: Mapping[str, Any] = MappingProxyType({})
_LANGUAGES = {
    "en": ENGLISH,
    "en-gb": ENGLISH,
    "en-us": ENGLISH,
    "eng": ENGLISH,
    "sr-cyrl": CYRILLIC,
    "sr-cyrl-rs": CYRILLIC,
    "sr-latn": LATIN,
    "sr-latn-rs": LATIN,
    "sr-latin": LATIN,
}
_SERBIAN = {"sr", "sr-rs", "srp", "scc"}
# what no database, page or feed takes: controls but for tab and line break, halves of surrogates
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|ul|ol|li|b|i|strong|em|h[1-6]|table|font)\b[^<>]*>", re.I
)
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?)?)?"
)
_LOCAL_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\.?")
_WEB = ("http://", "https://")
_NOT_TAG = re.compile(r"[^\w .-]+")
_NOT_NAME = re.compile(r"[^a-z0-9_]+")


def listed(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty one, anything else as a list of one.

    >>> listed(None), listed("a"), listed(["a"])
    ([], ['a'], ['a'])
    """
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value is None else [value]


def table(value: Any) -> Mapping[str, Any]:
    """A mapping as it is; anything else is an empty one."""
    return value if isinstance(value, Mapping) else NOTHING


def entries(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list, or the one that stands alone."""
    return [entry for entry in listed(value) if isinstance(entry, Mapping)]


def at(value: Any, *keys: str) -> Any:
    """What stands at the end of a way of keys; None where the way breaks off.

    >>> at({"metas": {"default": {"title": "Насеља"}}}, "metas", "default", "title")
    'Насеља'
    """
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text(value: Any, longest: int = TITLE) -> str:
    r"""Words on one line; a number in digits, the first word of a list, a label of a mapping.

    >>> text("  Јавна \n расвета "), text(2014), text(True), text([None, {"@value": "a"}])
    ('Јавна расвета', '2014', '', 'a')
    """
    said = value if type(value) is str and value.isprintable() else _said(value)
    return " ".join(said.split())[:longest].rstrip() if said else ""


def prose(value: Any, longest: int = NOTES) -> str:
    r"""Words on many lines; HTML becomes the words that it shows.

    >>> prose("<p>Списак <b>паркова</b></p><p>&amp; дрвећа</p>")
    'Списак паркова\n\n& дрвећа'
    """
    said = _said(value).replace("\r\n", "\n").strip()[: longest * 4]
    return (_shown(said) if _MARKUP.search(said) else said)[:longest].rstrip()


def _said(value: Any) -> str:
    if isinstance(value, str):
        return value if value.isprintable() else _UNFIT.sub("", value)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value) if abs(value) < 1e18 else ""  # of NaN neither is true
    if isinstance(value, Mapping):
        inner = (value.get(key) for key in ("@value", "value", "name", "label", "title"))
        return next((_said(each) for each in inner if isinstance(each, str | int | float)), "")
    if isinstance(value, list | tuple):
        scalars = (e for e in value if not isinstance(e, list | tuple))
        return next(filter(None, map(_said, scalars)), "")
    return ""


class _Words(HTMLParser):
    """The words of a page; a block ends a paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append({"br": "\n", "li": "\n- "}.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch(r"p|div|ul|ol|table|tr|h[1-6]", tag):
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _shown(html: str) -> str:
    parser = _Words()
    try:
        parser.feed(html)
        parser.close()
    except (AssertionError, ValueError):  # what its author did not foresee
        return re.sub(r"<[^<>]*>", " ", html)
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return _UNFIT.sub("", re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


def words(own: Any, translated: Any = None, longest: int = TITLE) -> Text:
    """A title, or notes where `longest` is larger, in the languages of the portal.

    `own` is what is said without a language, or a mapping by language, or a list of
    `{"@language": …, "@value": …}`; `translated` a mapping by language beside it.

    >>> words({"sr": "Насеља", "en": "Settlements"}).said("en")
    'Settlements'
    >>> words("Naselja", {"sr-Cyrl": "Насеља", "de": "Orte"}).said("sr-Cyrl")
    'Насеља'
    """
    read = text if longest <= TITLE else prose
    if not translated and (own is None or isinstance(own, str)):
        return Text(read(own, longest))
    said = {tag: read(each, longest) for tag, each in _by_language(own)}
    plain = said.pop("", "")
    said |= {tag: read(each, longest) for tag, each in _by_language(translated) if tag}
    known = {found: each for tag, each in said.items() if each and (found := language(tag, each))}
    first = next((known[tag] for tag in (CYRILLIC, LATIN, ENGLISH) if tag in known), "")
    return Text(plain or first or next(filter(None, said.values()), ""), known)


def _by_language(value: Any) -> list[tuple[str, Any]]:
    """Pairs of a language, or nothing, and words."""
    if isinstance(value, Mapping) and "@value" not in value:
        return [(tag, each) for tag, each in value.items() if isinstance(tag, str)]
    pairs = []
    for each in listed(value):
        tag = each.get("@language") if isinstance(each, Mapping) else ""
        pairs.append((tag if isinstance(tag, str) else "", each))
    return pairs[::-1]  # the first of a language wins


def language(tag: str, words: str) -> str | None:
    """The portal's tag of a language; Serbian without a script goes by its letters.

    >>> language("sr", "Насеља"), language("sr_Latn", "Naselja"), language("de", "Orte")
    ('sr-Cyrl', 'sr-Latn', None)
    """
    bare = tag.strip().lower().replace("_", "-").replace("@", "-")
    if bare in _SERBIAN:
        return CYRILLIC if is_cyrillic(words) else LATIN
    return _LANGUAGES.get(bare)


def date(value: Any) -> str:
    """A date, or a moment, by ISO 8601; a year or a month alone stays what it is.

    Numbers are seconds or milliseconds since 1970.

    >>> date("22.09.2004."), date("2019-09-30 22:00:00"), date(1436655117), date("R/P1D")
    ('2004-09-22', '2019-09-30T22:00:00', '2015-07-11T22:51:57Z', '')
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _moment(value)
    said = text(value, 40)
    if found := _LOCAL_DATE.fullmatch(said):
        said = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    found = _ISO.match(said)
    return _calendar(found) if found else ""


def _moment(number: float) -> str:
    if not abs(number) < 2e14:
        return ""
    seconds = number / 1000 if abs(number) > 1e11 else number
    if 1000 <= seconds <= 2100:
        return str(int(seconds))
    try:
        moment = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else ""


def _calendar(found: re.Match[str]) -> str:
    year, month, day, clock, part, zone = found.groups()
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
        if clock:
            datetime.time.fromisoformat(clock)
    except ValueError:
        return ""
    moment = f"T{clock}{part or ''}{zone or ''}" if clock else ""
    return "-".join(filter(None, (year, month, day))) + moment


def address(value: Any, base: str = "") -> str:
    """An address of http or https, a relative one seen from `base`; else nothing.

    >>> address("/data/a.csv", "https://podaci.rs/x"), address("javascript:alert(1)")
    ('https://podaci.rs/data/a.csv', '')
    """
    said = "" if isinstance(value, int | float) else text(value, 4_000).replace(" ", "")
    if not said:
        return ""
    try:
        whole = said if not base or said.startswith(_WEB) else urljoin(base, said)
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:  # a bracket or a port that is none
        return ""
    return whole if usable else ""


def tags(*values: Any) -> tuple[str, ...]:
    """CKAN's tags: 2 to 100 letters, digits, blanks and `- _ .`, once each, at most 100.

    A text of several words is cut at its commas and semicolons.

    >>> tags("vode, ušća", ["Паркови", {"name": "Паркови"}, 7, "a"])
    ('vode', 'ušća', 'Паркови')
    """
    found: dict[str, None] = {}
    for value in values:
        for each in listed(value):
            said = text(each, TITLE)
            pieces = re.split("[,;]", said) if isinstance(value, str) else [said]
            found.update(dict.fromkeys(map(_tag, pieces)))
    return tuple(tag for tag in found if len(tag) >= 2)[:MAX_TAGS]


def _tag(said: str) -> str:
    return " ".join(_NOT_TAG.sub(" ", said).split())[:TAG].strip()


def slug(value: Any) -> str:
    """A CKAN name made of a title, or nothing where none can be made.

    >>> slug("Паркинг места"), slug("?")
    ('parking-mesta', '')
    """
    said = text(value, 300)
    if said.isascii():  # the same result as names.slug, sooner
        made = _NOT_NAME.sub("-", said.lower()).strip("-")[:100].strip("-")
        return made if names.is_name(made) else ""
    try:
        return names.slug(said)
    except ValueError:
        return ""


def frequency(value: Any) -> str:
    """How often data are renewed: the code of the EU's list in its address, else the word.

    >>> frequency("http://publications.europa.eu/resource/authority/frequency/ANNUAL_2")
    'annual_2'
    >>> frequency("Месечно"), frequency("R/P1Y")
    ('Месечно', 'R/P1Y')
    """
    said = text(value, 100)
    return said.rstrip("/").rpartition("/")[2].lower() if said.startswith("http") else said


def size(value: Any) -> int:
    """A size in bytes, of a number or of digits; 0 where none is said.

    >>> size("488"), size(10_004_794_304), size("42 octets"), size(-1), size(True)
    (488, 10004794304, 0, 0, 0)
    """
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,15}(\.0+)?\s*", value, re.ASCII):
        value = int(float(value))
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    return value if type(value) is int and 0 < value < 1 << 50 else 0


def digest(value: Any, algorithm: Any = "") -> str:
    """A checksum as `sha256:…`, `sha1:…` or `md5:…`; what it is made by is seen by its length.

    >>> digest("MD5:" + "a" * 32), digest("0" * 40, "sha1"), digest("beef")
    ('md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'sha1:0000000000000000000000000000000000000000', '')
    """
    said = text(value, 100).lower().rpartition(":")[2]
    made = {32: "md5", 40: "sha1", 64: "sha256"}.get(len(said), "")
    named = text(algorithm, 20).lower().replace("-", "")
    if not made or (named and named != made) or not re.fullmatch("[0-9a-f]+", said):
        return ""
    return f"{made}:{said}"


def extras(**said: str) -> dict[str, str]:
    """What has no field of its own, without what was not said."""
    return {key: value for key, value in said.items() if value}
