"""What statements are made of: addresses, names of vocabularies, nameless things, words.

Whatever a publisher wrote passes through `iri` or `clean` before it becomes a term, so that every
term can be written in every syntax as it is.
"""

import datetime
import hashlib
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

SCHEMES = ("http", "https", "ftp")
LONGEST_IRI = 2000
_KEPT = "/?:@!$&'()*+,;=-._~%"  # of a path and a query, by RFC 3986; a second `#` is not
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_~.-]+)(:[0-9]{0,5})?")
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9/._~-]*)?")
# What XML 1.0 cannot hold even when escaped; half a pair, which UTF-8 cannot.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class IRI(str):
    """An absolute address that any syntax can hold as it is; `iri` makes one of what people say."""

    __slots__ = ()


class Blank(str):
    """A thing without an address: a label of ASCII letters and digits, a letter first."""

    __slots__ = ()


class Name(str):
    """A class or an individual of a vocabulary, as `prefix:name` with a prefix of PREFIXES."""

    __slots__ = ()


class Literal(NamedTuple):
    """Words: in a language, or of a datatype (`prefix:name` or an address), or neither."""

    text: str
    language: str = ""
    datatype: str = ""


type Node = IRI | Blank
type Term = IRI | Blank | Name | Literal


def full(name: str) -> str:
    """Write a `prefix:name` out; an address stays.

    >>> full("dct:title"), full("http://example.rs/x")
    ('http://purl.org/dc/terms/title', 'http://example.rs/x')
    """
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest if prefix in PREFIXES else name


def clean(text: str) -> str:
    r"""Take out what no document can hold, and make every end of a line one `\n`.

    >>> clean("a\x00b\r\nc")
    'ab\nc'
    """
    return _FORBIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def iri(url: object) -> IRI | None:
    """Make an address of what somebody wrote as one; None for what leads nowhere.

    Blanks, quotes and letters beyond ASCII are percent-encoded, a host is written in IDNA.

    >>> iri(' https://пример.срб/подаци "1".csv ')
    'https://xn--e1afmkfd.xn--90a3ac/%D0%BF%D0%BE%D0%B4%D0%B0%D1%86%D0%B8%20%221%22.csv'
    >>> [iri(url) for url in ("javascript:alert(1)", "/data/x", "http://", "http://a b/", None)]
    [None, None, None, None, None]
    """
    if not isinstance(url, str) or len(url) > LONGEST_IRI:
        return None
    if _PLAIN.fullmatch(url):
        return IRI(url)
    written = clean(url).strip()
    if "\n" in written or "\t" in written:  # urlsplit would make one word of two
        return None
    try:
        parts = urlsplit(written)
        host = _host(parts.netloc)
    except ValueError:  # a bracket that is not closed; a name that IDNA does not know
        return None
    if parts.scheme.lower() not in SCHEMES or not host:
        return None
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    tail = f"#{_quoted(parts.fragment)}" if parts.fragment else ""
    return IRI(f"{parts.scheme.lower()}://{host}{_quoted(rest)}{tail}")


def _host(netloc: str) -> str:
    """A host and its port, without the name and password of a user; empty for what is none."""
    bare = netloc.rpartition("@")[2]
    if not bare.isascii():
        name, colon, port = bare.partition(":")
        bare = name.encode("idna").decode() + colon + port
    return bare.lower() if _HOST.fullmatch(bare) else ""


def _quoted(part: str) -> str:
    return quote(_BARE_PERCENT.sub("%25", part), safe=_KEPT)


def of_id(kind: str, id_: str) -> Blank:
    """A nameless thing of a package or resource, the same in every document.

    >>> of_id("area", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    'area6ba7b8109dad11d180b400c04fd430c8'
    """
    return Blank(kind + id_.replace("-", ""))


def labelled(kind: str, label: str) -> Blank:
    """A nameless thing known by its label, the same in every document."""
    return Blank(kind + hashlib.sha256(label.encode()).hexdigest()[:32])


def mail(address: object) -> IRI | None:
    """Make a `mailto:` of an e-mail address; None for what is none.

    >>> mail("podaci@nis.rs"), mail('a"b <x>@nis.rs'), mail("nis.rs")
    ('mailto:podaci@nis.rs', None, None)
    """
    if isinstance(address, str) and re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", address, re.ASCII):
        return IRI(f"mailto:{address}")
    return None


_PARTS = (
    ("xsd:gYear", re.compile(r"\d{4}", re.ASCII), "-01-01"),
    ("xsd:gYearMonth", re.compile(r"\d{4}-\d\d", re.ASCII), "-01"),
    ("xsd:date", re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), ""),
)


def date(text: object) -> Literal | None:
    """A year, month, day or time with its type; None for what is none.

    A time without a zone is in UTC, as CKAN's are.

    >>> date("2026"), date("2026-02-30")
    (Literal(text='2026', language='', datatype='xsd:gYear'), None)
    >>> date("2026-01-05T10:00:00.120000").text
    '2026-01-05T10:00:00.120000Z'
    """
    if not isinstance(text, str):
        return None
    written = text.strip()
    try:
        for kind, pattern, rest in _PARTS:
            if pattern.fullmatch(written):
                datetime.date.fromisoformat(written + rest)
                return Literal(written, "", kind)
        return _time(datetime.datetime.fromisoformat(written))
    except (ValueError, OverflowError):  # OverflowError: a zone moves it out of the years
        return None


def _time(moment: datetime.datetime) -> Literal:
    known = moment.replace(tzinfo=moment.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    return Literal(known.replace(tzinfo=None).isoformat() + "Z", "", "xsd:dateTime")
