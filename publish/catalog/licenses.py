"""Licences: CKAN's ids and titles, so that every client and harvester knows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from publish.catalog.call import Call, Document, Given
from publish.catalog.registry import action

OPEN_DEFINITION = "http://www.opendefinition.org/licenses/"


@dataclass(frozen=True, slots=True)
class License:
    """A licence; `domains` are what it is meant for: content, data."""

    id: str
    title: str
    url: str = ""
    open: bool = True
    generic: bool = False
    domains: tuple[str, ...] = ()

    def document(self) -> Document:
        """The licence as CKAN answers it: truth values are words."""
        return {
            "id": self.id,
            "title": self.title,
            "url": self.url,
            "family": "",
            "maintainer": "",
            "status": "active",
            "is_generic": str(self.generic),
            "domain_content": str("content" in self.domains),
            "domain_data": str("data" in self.domains),
            "domain_software": "False",
            "od_conformance": "approved" if self.open else "not reviewed",
            "osd_conformance": "not reviewed",
        }


_BOTH = ("content", "data")
_ALL = (
    License("notspecified", "License not specified", open=False, generic=True),
    License(
        "odc-pddl",
        "Open Data Commons Public Domain Dedication and License (PDDL)",
        OPEN_DEFINITION + "odc-pddl",
        domains=("data",),
    ),
    License(
        "odc-odbl",
        "Open Data Commons Open Database License (ODbL)",
        OPEN_DEFINITION + "odc-odbl",
        domains=("data",),
    ),
    License(
        "odc-by",
        "Open Data Commons Attribution License",
        OPEN_DEFINITION + "odc-by",
        domains=("data",),
    ),
    License("cc-zero", "Creative Commons CCZero", OPEN_DEFINITION + "cc-zero", domains=_BOTH),
    License("cc-by", "Creative Commons Attribution", OPEN_DEFINITION + "cc-by"),
    License(
        "cc-by-sa",
        "Creative Commons Attribution Share-Alike",
        OPEN_DEFINITION + "cc-by-sa",
        domains=("content",),
    ),
    License(
        "gfdl",
        "GNU Free Documentation License",
        OPEN_DEFINITION + "gfdl",
        domains=("content",),
    ),
    License("other-open", "Other (Open)", generic=True, domains=("content",)),
    License("other-pd", "Other (Public Domain)", generic=True, domains=("content",)),
    License("other-at", "Other (Attribution)", generic=True, domains=("content",)),
    License(
        "uk-ogl",
        "UK Open Government Licence (OGL)",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        domains=("content",),
    ),
    License(
        "cc-nc",
        "Creative Commons Non-Commercial (Any)",
        "http://creativecommons.org/licenses/by-nc/2.0/",
        open=False,
    ),
    License("other-nc", "Other (Non-Commercial)", open=False, generic=True),
    License("other-closed", "Other (Not Open)", open=False, generic=True),
)

LICENSES: Mapping[str, License] = {license.id: license for license in _ALL}


def described(license_id: str | None) -> Document:
    """What a package says about its licence; an unknown one is its own title and not open.

    >>> described("cc-zero")["isopen"], described("own")
    (True, {'isopen': False, 'license_title': 'own'})
    """
    known = LICENSES.get(license_id or "")
    if known is None:
        return {"isopen": False, "license_title": license_id}
    return {"isopen": known.open, "license_title": known.title} | (
        {"license_url": known.url} if known.url else {}
    )


@action(pure=True)
def license_list(call: Call, given: Given) -> list[Document]:
    """List the licences that this site knows, each with id, title, url and its conformance."""
    return [license.document() for license in _ALL]
