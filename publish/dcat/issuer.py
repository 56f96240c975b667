"""Who issues the documents: the site, its address, the publishers that are known to it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from datasets.config import Site
from datasets.text import ENGLISH, Text
from publish.dcat.terms import IRI


@dataclass(frozen=True, slots=True)
class Issuer:
    """The site as documents name it.

    `organizations` are CKAN's documents with their extras, by id; `on_map` the names of datasets
    that have layers.
    """

    site: Site
    site_url: str
    organizations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    on_map: Set[str] = frozenset()

    def address(self, path: str) -> IRI:
        """An address of ours; `path` is made of ids, names and encoded words only."""
        return IRI(self.site_url + path)

    @property
    def title(self) -> Text:
        """The title of the site."""
        return Text(self.site.title, {ENGLISH: self.site.title_en} if self.site.title_en else {})

    @property
    def description(self) -> Text:
        """What the site says about itself."""
        english = self.site.description_en
        return Text(self.site.description, {ENGLISH: english} if english else {})

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of what the site says."""
        own = "en" if self.site.language == ENGLISH else "sr"
        return tuple(dict.fromkeys((own, *(("en",) if self.site.title_en else ()))))

    def organization(self, package: Mapping[str, Any]) -> Mapping[str, Any]:
        """The publisher of a package, as much as is known of it."""
        shown: Mapping[str, Any] = package["organization"]
        return self.organizations.get(shown["id"], shown)

    def landing(self, package: Mapping[str, Any]) -> IRI:
        """The page of a dataset."""
        return self.address(f"/data/{package['name']}")


def dataset_address(issuer: Issuer, package: Mapping[str, Any]) -> IRI:
    """The address that stands for a dataset, the same in every version and under every name."""
    return issuer.address(f"/dataset/{package['id']}")
