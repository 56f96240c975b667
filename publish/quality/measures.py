"""What each measure of MQA asks of a package.

Of several resources the best one counts, as MQA says. An address of ours answers, since its file is
here; whether a foreign one does is not known, and brings nothing. A contact counts when one can
write to it: MQA is content with the publisher's page, which our documents always name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from publish.dcat.agents import email, person
from publish.dcat.coverage import bounds
from publish.dcat.dataset import themes
from publish.dcat.distribution import is_file, media_type, modified
from publish.dcat.rights import NO_LICENCE
from publish.dcat.terms import date, iri
from publish.dcat.vocabularies import LICENCE, THEME
from publish.quality.forms import OPEN, READABLE, any_of, code

OURS = ("emap", "upload")
"""What a resource says in `url_type` whose file is kept here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured: a package, its extras by key, and its publisher's document."""

    package: Mapping[str, Any]
    extras: Mapping[str, str]
    organization: Mapping[str, Any]

    @property
    def resources(self) -> list[Mapping[str, Any]]:
        """Its resources."""
        return list(self.package["resources"])

    def kept(self) -> list[Mapping[str, Any]]:
        """The resources whose addresses are answered by this site."""
        return [each for each in self.resources if each.get("url_type") in OURS]


def _theme(asked: Asked) -> bool:
    return any(THEME.find(said) for said in themes(asked.package, asked.extras))


def _place(asked: Asked) -> bool:
    named = iri(asked.extras.get("spatial_uri") or asked.extras.get("spatial-uri"))
    return named is not None or bounds(asked.extras) is not None


def _period(asked: Asked) -> bool:
    return any(date(asked.extras.get(f"temporal_{end}")) for end in ("start", "end"))


def _licence(asked: Asked) -> bool:
    return (asked.package.get("license_id") or NO_LICENCE) != NO_LICENCE


def _download(asked: Asked) -> bool:
    return any(
        is_file(each) and (each.get("url_type") in OURS or iri(each.get("url")) is not None)
        for each in asked.resources
    )


def _contact(asked: Asked) -> bool:
    return any((person(asked.package)[1], email(asked.organization)))


def _sized(asked: Asked) -> bool:
    return any(isinstance(each.get("size"), int) for each in asked.resources)


def _yes(asked: Asked) -> bool:
    """What our documents always say: they are valid, public, and name the publisher."""
    return True


MEASURES: Mapping[str, Mapping[str, tuple[int, Callable[[Asked], bool]]]] = {
    "findability": {
        "keywords": (30, lambda asked: bool(asked.package.get("tags"))),
        "theme": (30, _theme),
        "place": (20, _place),
        "period": (20, _period),
    },
    "accessibility": {
        "address_answers": (50, lambda asked: bool(asked.kept())),
        "download": (20, _download),
        "download_answers": (30, lambda asked: any(map(is_file, asked.kept()))),
    },
    "interoperability": {
        "format": (20, lambda asked: any(each.get("format") for each in asked.resources)),
        "media_type": (10, lambda asked: any(map(media_type, asked.resources))),
        "known_format": (10, lambda asked: any(map(code, asked.resources))),
        "open_format": (20, lambda asked: any_of(asked.resources, OPEN)),
        "machine_readable": (20, lambda asked: any_of(asked.resources, READABLE)),
        "dcat_ap": (30, _yes),
    },
    "reusability": {
        "licence": (20, _licence),
        "known_licence": (10, lambda asked: bool(LICENCE.find(asked.package.get("license_id")))),
        "access": (10, _yes),
        "known_access": (5, _yes),
        "contact": (20, _contact),
        "publisher": (10, lambda asked: bool(asked.package.get("organization"))),
    },
    "contextuality": {
        "rights": (5, lambda asked: bool((asked.extras.get("rights") or "").strip())),
        "size": (5, _sized),
        "issued": (5, lambda asked: bool(date(asked.package.get("metadata_created")))),
        "modified": (5, lambda asked: any(map(modified, asked.resources))),
    },
}
