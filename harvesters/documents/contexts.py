"""JSON-LD contexts that datasets are described in, in our own words: none is ever fetched.

A document that names a context by address gets ours in its place when the address is one of a
vocabulary that is known, and is refused otherwise: without its context it says nothing.
"""

import re
from typing import Any

from datasets.errors import HarvestError

NAMESPACES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_DUBLIN_CORE = (
    "accessRights accrualPeriodicity conformsTo contributor creator description format hasPart"
    " identifier isPartOf issued language license modified provenance publisher rights source"
    " spatial temporal title type"
)
_OTHERS = {
    "name": "foaf:name",
    "homepage": "foaf:homepage",
    "fn": "vcard:fn",
    "hasEmail": "vcard:hasEmail",
    "id": "@id",
}
_LINKS = "dataset distribution service record inSeries accessService"
_DCAT = {
    "@vocab": NAMESPACES["dcat"],  # whatever is named nowhere else
    **NAMESPACES,
    **{term: f"dct:{term}" for term in _DUBLIN_CORE.split()},
    **_OTHERS,
    **{term: {"@id": f"dcat:{term}", "@type": "@id"} for term in _LINKS.split()},
}
_HYDRA = {
    **NAMESPACES,
    **{term: f"hydra:{term}" for term in ("PartialCollectionView", "PagedCollection")},
    **{term: f"hydra:{term}" for term in ("view", "next", "nextPage", "totalItems")},
}
_KNOWN = (
    (re.compile(r"ns/hydra"), _HYDRA),
    (re.compile(r"dcat|project-?open-?data|data\.json", re.IGNORECASE), _DCAT),
)


def bundled(value: Any, address: str) -> Any:
    """Give a JSON-LD document in which every context that is named is written out.

    Raises HarvestError `wrong-answer` for one that is not known, wherever it stands.
    """
    if isinstance(value, list):
        return [bundled(each, address) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _written_out(inner, address)
        if key in ("@context", "@import")
        else bundled(inner, address)
        for key, inner in value.items()
    }


def _written_out(context: Any, address: str) -> Any:
    if isinstance(context, list):
        return [_written_out(each, address) for each in context]
    if not isinstance(context, str):
        return bundled(context, address)
    for pattern, terms in _KNOWN:
        if pattern.search(context):
            return terms
    raise HarvestError(
        f"{address}: names the JSON-LD context {context[:200]!r}, which is not known here, and"
        " contexts are never fetched: take the address of its Turtle or RDF/XML",
        "wrong-answer",
        address=address,
        wanted="DCAT, JSON-LD + @context",
    )
