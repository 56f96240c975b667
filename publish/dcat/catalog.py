"""The catalog: a page of its datasets, the services that give them, and the way to the other pages.

Rule: DCAT-AP 3.0.1, Catalogue and DataService; hydra core for pages. The view of a page bears the
classes and properties of both generations of hydra: readers of CKAN look for the older one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publish.dcat import agents
from publish.dcat.dataset import dataset
from publish.dcat.graph import Graph
from publish.dcat.issuer import Issuer
from publish.dcat.rights import high_value
from publish.dcat.terms import IRI, Literal, Node, date
from publish.dcat.vocabularies import LANGUAGE
from publish.dcat.words import extras_of, literals

FEATURES = IRI("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core")
PROFILE = IRI("https://semiceu.github.io/DCAT-AP/releases/3.0.1/")
THEMES = IRI("http://publications.europa.eu/resource/authority/data-theme")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a document stands among its pages: `total` datasets, `size` on a page.

    `addresses` are those of this page and of `first`, `last`, `previous`, `next`, as far as they
    are there; `modified` is when anything in the catalog changed last.
    """

    total: int
    size: int
    addresses: Mapping[str, IRI]
    modified: str = ""


def single_graph(issuer: Issuer, package: Mapping[str, Any]) -> Graph:
    """A document about one dataset, with the service that gives it."""
    graph = Graph()
    address = dataset(graph, issuer, package)
    if package["name"] in issuer.on_map:
        _features(graph, issuer, {address: package})
    return graph


def catalog_graph(issuer: Issuer, packages: Sequence[Mapping[str, Any]], page: Page) -> Graph:
    """A document about the catalog and a page of its datasets."""
    graph = Graph()
    catalog = issuer.address("/")
    about = graph.about(catalog, "dcat:Catalog", "foaf:Document", "hydra:Collection")
    language = issuer.site.language
    about.say("dct:title", *literals(issuer.title, language))
    about.say("dct:description", *literals(issuer.description or issuer.title, language))
    about.say("dct:publisher", agents.site_agent(graph, issuer))
    about.say("dct:modified", date(page.modified))
    about.say("dct:language", *(LANGUAGE.use(graph, each) for each in issuer.languages))
    about.say("dct:conformsTo", graph.link(PROFILE, "dct:Standard"))
    about.say("foaf:homepage", catalog)
    about.say("dcat:themeTaxonomy", _taxonomy(graph))
    _pages(graph, catalog, page)
    found = {dataset(graph, issuer, package): package for package in packages}
    about.say("dcat:dataset", *found)
    about.say("dcat:service", _actions(graph, issuer))
    mapped = {each: package for each, package in found.items() if package["name"] in issuer.on_map}
    if mapped:
        about.say("dcat:service", _features(graph, issuer, mapped))
    return graph


def _taxonomy(graph: Graph) -> IRI:
    about = graph.about(THEMES, "skos:ConceptScheme")
    about.say("dct:title", Literal("Dataset theme", "en"), Literal("Тема скупа података", "sr"))
    return THEMES


def _pages(graph: Graph, catalog: IRI, page: Page) -> None:
    """Tell a harvester how many there are and where it goes on."""
    graph.about(catalog).say("hydra:totalItems", _count(page.total))
    graph.about(catalog).say("hydra:view", page.addresses["this"])
    view = graph.about(
        page.addresses["this"], "hydra:PartialCollectionView", "hydra:PagedCollection"
    )
    view.say("hydra:totalItems", _count(page.total))
    view.say("hydra:itemsPerPage", _count(page.size))
    for relation in ("first", "previous", "next", "last"):
        view.say(f"hydra:{relation}", page.addresses.get(relation))
        view.say(f"hydra:{relation}Page", page.addresses.get(relation))


def _count(number: int) -> Literal:
    return Literal(str(number), "", "xsd:integer")


def _actions(graph: Graph, issuer: Issuer) -> IRI:
    """Describe the Action API, which tells about all datasets."""
    address = issuer.address("/api/3/action")
    about = graph.about(address, "dcat:DataService")
    about.say("dct:identifier", Literal(address))
    about.say("dct:title", Literal("CKAN Action API", "en"), Literal("CKAN API каталога", "sr"))
    about.say("dcat:endpointURL", address)
    about.say("dcat:endpointDescription", issuer.address("/api/3/action/help_show?name=help_show"))
    about.say("dct:publisher", agents.site_agent(graph, issuer))
    return address


def _features(graph: Graph, issuer: Issuer, served: Mapping[IRI, Mapping[str, Any]]) -> IRI:
    """Describe the OGC API with the datasets that it gives; of high value if one of them is."""
    address = issuer.address("/ogc")
    about = graph.about(address, "dcat:DataService")
    about.say("dct:identifier", Literal(address))
    about.say(
        "dct:title", Literal("OGC API – Features", "en"), Literal("OGC API – објекти на мапи", "sr")
    )
    about.say("dcat:endpointURL", address)
    about.say("dcat:endpointDescription", issuer.address("/ogc/openapi"))
    about.say("foaf:page", graph.link(address, "foaf:Document"))
    about.say("dct:conformsTo", graph.link(FEATURES, "dct:Standard"))
    about.say("dct:publisher", agents.site_agent(graph, issuer))
    about.say("dcat:servesDataset", *served)
    for package in served.values():
        categories, laws = high_value(graph, extras_of(package))
        about.say("dcatap:hvdCategory", *categories)
        about.say("dcatap:applicableLegislation", *laws)
        about.say("dcat:contactPoint", *_contacts(graph, issuer, package, categories))
    return address


def _contacts(
    graph: Graph, issuer: Issuer, package: Mapping[str, Any], categories: list[Node]
) -> list[Node]:
    return [agents.contact(graph, issuer, package)] if categories else []
