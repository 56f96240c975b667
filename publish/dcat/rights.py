"""Licences and laws.

Rule: DCAT-AP 3.0.1, Distribution.licence; DCAT-AP HVD 3.0.0 for high-value datasets.
"""

from collections.abc import Mapping

from publish.catalog.licenses import LICENSES, described
from publish.dcat.graph import Graph
from publish.dcat.terms import IRI, Blank, Literal, Node, clean, iri, labelled
from publish.dcat.vocabularies import HVD_CATEGORY, LICENCE
from publish.dcat.words import listed, loose

HVD_LAW = IRI("http://data.europa.eu/eli/reg_impl/2023/138/oj")
NO_LICENCE = "notspecified"


def licence(graph: Graph, license_id: object) -> Node | None:
    """Describe a licence by its id in CKAN; None where none is given.

    The EU's entry where there is one, else the licence's own address, else its title alone.
    """
    if not isinstance(license_id, str) or license_id in ("", NO_LICENCE):
        return None
    if found := LICENCE.use(graph, license_id):
        return found
    known = described(license_id)
    title = clean(str(known["license_title"])).strip()
    url = iri(known.get("license_url") or license_id)
    if not title:
        return None
    node: Node = url or labelled("licence", title)
    graph.about(node, "dct:LicenseDocument").say("rdfs:label", Literal(title))
    return node


def licence_address(license_id: object) -> IRI | None:
    """The address by which a licence is known on the web: its own, else the EU's."""
    if not isinstance(license_id, str):
        return None
    known, entry = LICENSES.get(license_id), LICENCE.find(license_id)
    return iri(known.url if known else license_id) or (entry.address if entry else None)


def rights(graph: Graph, extras: Mapping[str, str]) -> Blank | None:
    """Describe what else is said about rights, the extra `rights`; None where nothing is."""
    said = clean(extras.get("rights", "")).strip()
    if not said:
        return None
    graph.about(label := labelled("rights", said), "dct:RightsStatement").say(
        "rdfs:label", *loose(said)
    )
    return label


def high_value(graph: Graph, extras: Mapping[str, str]) -> tuple[list[Node], list[Node]]:
    """Give the categories of a high-value dataset and the laws that oblige to publish it.

    Of the extras `hvd_category` and `applicable_legislation`; a category brings its law along.
    """
    said = listed(extras.get("hvd_category"))
    categories = [found for each in said if (found := HVD_CATEGORY.use(graph, each))]
    laws = [found for each in listed(extras.get("applicable_legislation")) if (found := iri(each))]
    if categories and HVD_LAW not in laws:
        laws.append(HVD_LAW)
    return list(categories), [graph.link(law, "eli:LegalResource") for law in laws]
