"""What the first page of a dataset tells beside its words: whose, of when, of where, how fresh."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from datasets.model import BBox
from datasets.text import ENGLISH, Text
from geoportal import figures
from geoportal.dataset.frame import Opened, address
from geoportal.pages.facets import of_table
from geoportal.rendering import linker, said
from geoportal.words import word
from publish.catalog.indexes.classes import code
from publish.catalog.licenses import described
from publish.dcat.agents import email, person
from publish.dcat.coverage import bounds
from publish.dcat.dataset import themes
from publish.dcat.terms import date
from publish.dcat.vocabularies import THEME
from publish.dcat.words import extras_of
from publish.quality import Quality

MOST_THEMES = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a dataset; what is not known is empty or None.

    `contact` is a name and an address of mail, `themes` are codes with their words, `period` the
    two ends as ISO 8601, `sources` where the data come from.
    """

    licence: Text
    licence_href: str
    is_open: bool
    contact: tuple[Text, str]
    themes: Sequence[tuple[str, Text]]
    area: BBox | None
    period: tuple[str, str]
    sources: Sequence[str]
    promised: Text
    made: str
    quality: Quality


def facts(found: Opened) -> Facts:
    """What is known of a dataset."""
    package, extras = found.package, extras_of(found.package)
    license_id = package.get("license_id") or "notspecified"
    quality = found.quality
    frequency = quality.freshness.frequency
    return Facts(
        licence=Text(package.get("license_title") or ""),
        licence_href=web_address(package.get("license_url")),
        is_open=bool(described(license_id)["isopen"]),
        contact=_contact(found),
        themes=list(_themes(package, extras)),
        area=bounds(extras),
        period=(_day(extras.get("temporal_start")), _day(extras.get("temporal_end"))),
        sources=[
            each for key in ("sources", "provenance") if (each := extras.get(key, "").strip())
        ],
        promised=Text(frequency.labels["sr"], {ENGLISH: frequency.labels["en"]})
        if frequency
        else Text(),
        made=found.version.created if found.version else str(package["metadata_modified"]),
        quality=quality,
    )


def _contact(found: Opened) -> tuple[Text, str]:
    """The maintainer or author that one can write to, else the publisher."""
    name, mail = person(found.package)
    if mail is None:
        mail = email(found.organization)
    return (Text(name) if name else found.publisher, (mail or "").removeprefix("mailto:"))


def _themes(package: Mapping[str, Any], extras: Mapping[str, str]) -> Iterator[tuple[str, Text]]:
    entries = filter(None, map(THEME.find, themes(package, extras)))
    codes = dict.fromkeys(map(code, entries))
    return ((each, of_table(THEME, each)) for each in list(codes)[:MOST_THEMES])


def _day(said: object) -> str:
    found = date(said)
    return found.text if found else ""


def web_address(url: str | None) -> str:
    """A foreign address that may be a link, else nothing.

    >>> web_address("https://example.rs"), web_address("javascript:alert(1)"), web_address(None)
    ('https://example.rs', '', '')
    """
    return url if url and url.startswith(("https://", "http://")) else ""


def citation(found: Opened, language: str) -> str:
    """How to name the dataset in a text: publisher, year, title, version, address, day of reading.

    Rule: the terms of data.gov.rs ask for the source, its authority, the address and the day.
    """
    made = found.version.created if found.version else str(found.package["metadata_modified"])
    version = found.version and word(language, "version_n", n=found.version.number)
    here = found.portal.site_url + linker(found.portal, language)(address(found.name))
    return word(
        language,
        "citation",
        publisher=said(language, found.publisher),
        year=made[:4],
        title=said(language, found.title),
        version=f", {version}" if version else "",
        site=found.portal.issuer().title.said(language),
        address=here,
        licence=found.package.get("license_title") or word(language, "license_unknown"),
        day=figures.day(language, datetime.now(UTC).isoformat()),
    )
