"""Calls of our APIs that run as shown: a dataset's own addresses in the languages people write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

LIMIT = 10


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of code: the key of what it does, the name of its language, the code."""

    about: str
    language: str
    code: str


def snippets(site_url: str, dataset: str, layer: str = "", table: str = "") -> Sequence[Snippet]:
    """What to call for a dataset, for one of its layers, and for the resource id of a table."""
    found = [*_metadata(site_url, dataset)]
    if layer:
        found += _features(f"{site_url}/ogc", layer)
    if table:
        found += _rows(site_url, table)
    return found


def by_purpose(calls: Sequence[Snippet]) -> Sequence[tuple[str, Sequence[Snippet]]]:
    """The same, those that do the same thing together."""
    return [(about, list(each)) for about, each in groupby(calls, lambda call: call.about)]


def _metadata(site_url: str, dataset: str) -> Iterator[Snippet]:
    yield Snippet(
        "snippet_metadata", "curl", f"curl '{site_url}/api/3/action/package_show?id={dataset}'"
    )
    yield Snippet(
        "snippet_metadata",
        "Python",
        "import ckanapi\n\n"
        f'portal = ckanapi.RemoteCKAN("{site_url}")\n'
        f'dataset = portal.action.package_show(id="{dataset}")\n'
        'print(dataset["title"], len(dataset["resources"]))',
    )


def _features(ogc: str, layer: str) -> Iterator[Snippet]:
    items = f"{ogc}/collections/{layer}/items"
    whole = f"{items}?f=geojson"
    yield Snippet("snippet_features", "curl", f"curl '{items}?limit={LIMIT}'")
    yield Snippet(
        "snippet_features",
        "Python",
        f'import geopandas\n\nlayer = geopandas.read_file("{whole}")\nprint(layer.head())',
    )
    yield Snippet(
        "snippet_features",
        "R",
        f'library(sf)\n\nlayer <- st_read("{whole}")\nplot(st_geometry(layer))',
    )
    yield Snippet(
        "snippet_features",
        "JavaScript",
        f'const answer = await fetch("{items}?limit={LIMIT}");\n'
        "const { features } = await answer.json();\n"
        "console.log(features.map((feature) => feature.properties));",
    )
    yield Snippet(
        "snippet_features",
        "QGIS",
        "from qgis.core import QgsProject, QgsVectorLayer\n\n"
        f"source = \"url='{ogc}' typename='{layer}'\"\n"
        f'layer = QgsVectorLayer(source, "{layer}", "OAPIF")\n'
        "QgsProject.instance().addMapLayer(layer)",
    )
    yield Snippet("snippet_features", "Excel Power Query", _power_query(f"{items}?f=csv"))


def _rows(site_url: str, table: str) -> Iterator[Snippet]:
    search = f"{site_url}/api/3/action/datastore_search?resource_id={table}&limit={LIMIT}"
    dump = f"{site_url}/datastore/dump/{table}?format=csv"
    yield Snippet("snippet_rows", "curl", f"curl '{search}'")
    yield Snippet(
        "snippet_rows",
        "Python",
        f'import pandas\n\ntable = pandas.read_csv("{dump}")\nprint(table)',
    )
    yield Snippet("snippet_rows", "R", f'table <- read.csv("{dump}")\nsummary(table)')
    yield Snippet(
        "snippet_rows",
        "JavaScript",
        f'const answer = await fetch("{search}");\n'
        "const { result } = await answer.json();\n"
        "console.table(result.records);",
    )
    yield Snippet("snippet_rows", "Excel Power Query", _power_query(dump))


def _power_query(address: str) -> str:
    source = f'Csv.Document(Web.Contents("{address}"), [Delimiter = ",", Encoding = 65001])'
    return f"let\n    Source = {source},\n    Rows = Table.PromoteHeaders(Source)\nin\n    Rows"
