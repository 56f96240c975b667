"""A package as a dataset.

Rule: DCAT-AP 3.0.1, Dataset. Its address is `<site>/dataset/<id>` in every version, under any name.
Beyond CKAN's own fields these extras are read: spatial, spatial_uri, temporal_start, temporal_end,
frequency, theme, language, conforms_to, version_notes, provenance, issued, documentation,
hvd_category, applicable_legislation, rights, harvest_source_url, harvest_fetched.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from publish.dcat import agents, coverage, rights
from publish.dcat.distribution import distribution
from publish.dcat.graph import About, Graph
from publish.dcat.issuer import Issuer, dataset_address
from publish.dcat.terms import IRI, Literal, clean, date, iri, of_id
from publish.dcat.vocabularies import ACCESS_RIGHT, FREQUENCY, LANGUAGE, THEME
from publish.dcat.words import extras_of, listed, literals, loose, tag_of, titles, translations
from publish.package import text_of


def dataset(graph: Graph, issuer: Issuer, package: Mapping[str, Any]) -> IRI:
    """Describe a package with its resources, and give its address."""
    address = dataset_address(issuer, package)
    about = graph.about(address, "dcat:Dataset")
    extras = extras_of(package)
    categories, laws = rights.high_value(graph, extras)
    about.say("dct:identifier", Literal(package["id"]))
    about.say("dct:title", *literals(titles(package), issuer.site.language))
    about.say("dct:description", *description(issuer, package))
    about.say("dct:publisher", agents.publisher(graph, issuer, package))
    about.say("dcat:contactPoint", agents.contact(graph, issuer, package))
    about.say("dct:issued", date(extras.get("issued")) or date(package["metadata_created"]))
    about.say("dct:modified", date(package["metadata_modified"]))
    about.say("dcat:landingPage", graph.link(issuer.landing(package), "foaf:Document"))
    about.say("dct:license", rights.licence(graph, package.get("license_id")))
    about.say("dct:accessRights", ACCESS_RIGHT.use(graph, "PUBLIC"))
    about.say("dct:spatial", *coverage.spatial(graph, package, extras))
    about.say("dct:temporal", coverage.temporal(graph, package, extras))
    about.say("dcatap:hvdCategory", *categories)
    about.say("dcatap:applicableLegislation", *laws)
    _subject(graph, about, issuer, package, extras)
    _history(graph, about, package, extras)
    _papers(graph, about, package, extras)
    for resource in package["resources"]:
        about.say("dcat:distribution", distribution(graph, issuer, package, resource, laws))
    return address


def description(issuer: Issuer, package: Mapping[str, Any]) -> Iterator[Literal]:
    """What a dataset says about itself; its title where it says nothing."""
    notes = text_of(package, "notes")
    return literals(notes if clean(notes.own).strip() else titles(package), issuer.site.language)


def _subject(
    graph: Graph,
    about: About,
    issuer: Issuer,
    package: Mapping[str, Any],
    extras: Mapping[str, str],
) -> None:
    """Say what it is about: keywords as they were written, themes, languages, how often."""
    for tag in package["tags"]:
        word = clean(tag["name"]).strip()
        about.say("dcat:keyword", Literal(word, tag_of(word, issuer.site.language)))
    about.say("dcat:theme", *(THEME.use(graph, said) for said in themes(package, extras)))
    about.say("dct:accrualPeriodicity", FREQUENCY.use(graph, extras.get("frequency")))
    spoken = listed(extras.get("language")) or ["sr"] * ("sr" in _languages(issuer, package))
    about.say("dct:language", *(LANGUAGE.use(graph, said) for said in spoken))


def themes(package: Mapping[str, Any], extras: Mapping[str, str]) -> Iterator[str]:
    """Words that may mean a theme: what was said, else the names of groups and tags."""
    said = listed(extras.get("theme")) or listed(extras.get("themes"))
    if any(THEME.find(each) for each in said):
        yield from said
        return
    for group in package.get("groups") or ():
        yield from (group["name"], str(group.get("title") or ""))
    yield from (tag["name"] for tag in package["tags"])


def _languages(issuer: Issuer, package: Mapping[str, Any]) -> Mapping[str, str]:
    return translations(titles(package), issuer.site.language)


def _history(
    graph: Graph, about: About, package: Mapping[str, Any], extras: Mapping[str, str]
) -> None:
    """Say the version, what is new in it, and where the data come from."""
    if version := clean(package.get("version") or "").strip():
        about.say("dcat:version", Literal(version))
    about.say("adms:versionNotes", *loose(extras.get("version_notes")))
    told = [extras.get(key) for key in ("provenance", "sources", "harvest_source_title")]
    lineage = [literal for text in told for literal in loose(text)]
    if lineage:
        label = of_id("lineage", package["id"])
        graph.about(label, "dct:ProvenanceStatement").say("rdfs:label", *lineage)
        about.say("dct:provenance", label)
    _harvest(graph, about, package, extras)


def _harvest(
    graph: Graph, about: About, package: Mapping[str, Any], extras: Mapping[str, str]
) -> None:
    """Say from which record the data were harvested, and when.

    The record stays without a kind: whoever harvests us would take it for one of our datasets.
    """
    source = iri(extras.get("harvest_source_url"))
    if source is None:
        return
    about.say("dct:source", source)
    activity = of_id("harvest", package["id"])
    made = graph.about(activity, "prov:Activity")
    made.say("prov:used", source)
    made.say("prov:endedAtTime", date(extras.get("harvest_fetched")))
    about.say("prov:wasGeneratedBy", activity)


def _papers(
    graph: Graph, about: About, package: Mapping[str, Any], extras: Mapping[str, str]
) -> None:
    """Say which standards it keeps to, and which pages tell more."""
    standards = _addresses(extras.get("conforms_to"))
    about.say("dct:conformsTo", *(graph.link(each, "dct:Standard") for each in standards))
    pages = [*_addresses(extras.get("documentation")), *_addresses(package.get("url"))]
    about.say("foaf:page", *(graph.link(each, "foaf:Document") for each in pages))


def _addresses(said: str | None) -> list[IRI]:
    """One address or several: a comma parts them only where each part is an address."""
    found = [address for part in listed(said) if (address := iri(part))]
    if len(found) == len(listed(said)):
        return found
    whole = None if " " in (said or "").strip() else iri(said)
    return [whole] if whole else found
