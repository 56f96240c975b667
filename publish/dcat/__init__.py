"""The catalog for other catalogs: DCAT-AP 3 in every usual syntax, DCAT-US, schema.org.

A document is a `Graph` of statements about datasets; `SYNTAXES` write it. Rules: DCAT-AP 3.0.1 and
DCAT-AP HVD 3.0.0 (https://semiceu.github.io/DCAT-AP/releases/), DCAT 3 of the W3C.
"""

from publish.dcat.catalog import Page, catalog_graph, single_graph
from publish.dcat.datajson import data_json
from publish.dcat.issuer import Issuer
from publish.dcat.schema_org import schema_org
from publish.dcat.syntaxes import SYNTAXES, Syntax

__all__ = [
    "SYNTAXES",
    "Issuer",
    "Page",
    "Syntax",
    "catalog_graph",
    "data_json",
    "schema_org",
    "single_graph",
]
