"""A catalog of odd and hostile packages, each made through the API, and the site that issues it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from datasets.config import Site
from datasets.stores.folder import Folder
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
from publish.dcat import SYNTAXES, Issuer, Page, catalog_graph
from publish.dcat.terms import IRI
from publish.migrations import prepare
from tests.publish.dcat.odd import ODD, SITE_URL, WHOLE, odd_package


@pytest.fixture(scope="session")
def odd_catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A catalog with the whole package, with all of ODD, and with three that nobody may see."""
    state = tmp_path_factory.mktemp("odd")
    engine = open_database("", state)
    prepare(engine)
    site = Site(title="Отворени подаци", title_en="Open data")
    catalog = Embedded(engine, site, SITE_URL, Outside(Folder(state)))
    catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})
    catalog.call_action("package_create", {**WHOLE, "owner_org": "grad-nis"})
    for name in ODD:
        catalog.call_action("package_create", odd_package(name))
    for name, state_ in (("draft", "draft"), ("gone", "active"), ("hidden", "active")):
        hidden = {"name": name, "owner_org": "grad-nis", "state": state_}
        catalog.call_action("package_create", {**hidden, "private": name == "hidden"})
    catalog.call_action("package_delete", {"id": "gone"})
    yield catalog
    engine.dispose()


@pytest.fixture(scope="session")
def issuer(odd_catalog: Embedded) -> Issuer:
    """The site of the odd catalog; the trees are on the map."""
    listed = odd_catalog.call_action(
        "organization_list", {"all_fields": True, "include_extras": True}
    )
    organizations = {each["id"]: each for each in listed}
    return Issuer(odd_catalog.site, SITE_URL, organizations, frozenset({"drvece"}))


@pytest.fixture(scope="session")
def packages(odd_catalog: Embedded) -> Mapping[str, dict[str, Any]]:
    """The public packages of the odd catalog as they are answered, by name."""
    names = ["drvece", *ODD]
    return {name: odd_catalog.call_action("package_show", {"id": name}) for name in names}


@pytest.fixture(scope="session")
def written(issuer: Issuer, packages: Mapping[str, dict[str, Any]]) -> Mapping[str, str]:
    """The whole odd catalog as one page, by the ending of the syntax."""
    page = Page(len(packages), 100, {"this": IRI(f"{SITE_URL}/catalog.ttl?q=a&b=%22")})
    graph = catalog_graph(issuer, list(packages.values()), page)
    return {ending: syntax.write(graph) for ending, syntax in SYNTAXES.items()}
