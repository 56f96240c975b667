"""Publishers, and whom to write to.

Rule: DCAT-AP 3.0.1, Agent, Dataset.publisher, Dataset.contactpoint.
"""

from collections.abc import Mapping
from typing import Any

from publish.dcat.graph import About, Graph
from publish.dcat.issuer import Issuer
from publish.dcat.terms import IRI, Blank, Literal, clean, iri, mail, of_id
from publish.dcat.vocabularies import PUBLISHER_TYPE
from publish.dcat.words import extras_of, literals, titles

EMAILS = ("contact_email", "email")  # extras of an organization


def publisher(graph: Graph, issuer: Issuer, package: Mapping[str, Any]) -> IRI:
    """Describe the organization of a package, once in a document, and give its address."""
    organization = issuer.organization(package)
    address = issuer.address(f"/organization/{organization['id']}")
    if not graph.knows(address, "foaf:Agent"):
        about = graph.about(address, "foaf:Agent")
        about.say("foaf:name", *literals(titles(organization), issuer.site.language))
        about.say("dct:identifier", Literal(organization["id"]))
        _described(graph, about, organization)
    return address


def _described(graph: Graph, about: About, organization: Mapping[str, Any]) -> None:
    extras = extras_of(organization)
    kind = extras.get("publisher_type") or str(organization.get("title") or "").partition(" ")[0]
    about.say("dct:type", PUBLISHER_TYPE.use(graph, kind))
    about.say("foaf:mbox", email(organization))
    homepage = iri(extras.get("url") or extras.get("homepage"))
    if homepage:
        about.say("foaf:homepage", graph.link(homepage, "foaf:Document"))


def site_agent(graph: Graph, issuer: Issuer) -> IRI:
    """Describe who issues the catalog: the site."""
    address = issuer.address("/#publisher")
    about = graph.about(address, "foaf:Agent")
    about.say("foaf:name", *literals(issuer.title, issuer.site.language))
    about.say("foaf:homepage", graph.link(issuer.address("/"), "foaf:Document"))
    return address


def contact(graph: Graph, issuer: Issuer, package: Mapping[str, Any]) -> Blank:
    """Describe whom to write to: the maintainer, the author, else the publisher."""
    organization = issuer.organization(package)
    label = of_id("contact", package["id"])
    about = graph.about(label, "vcard:Organization", "vcard:Kind")
    name, address = person(package)
    if name:
        about.say("vcard:fn", Literal(name))
    else:
        about.say("vcard:fn", *literals(titles(organization), issuer.site.language))
    about.say("vcard:hasEmail", address or email(organization))
    about.say("vcard:hasURL", issuer.address(f"/organization/{organization['name']}"))
    return label


def person(package: Mapping[str, Any]) -> tuple[str, IRI | None]:
    """The name and address of who looks after a package, as far as an address is given."""
    for role in ("maintainer", "author"):
        if address := mail(package.get(f"{role}_email")):
            return clean(package.get(role) or "").strip(), address
    return "", None


def email(organization: Mapping[str, Any]) -> IRI | None:
    """The address of an organization, as its extras say it."""
    extras = extras_of(organization)
    return next(filter(None, (mail(extras.get(key)) for key in EMAILS)), None)
