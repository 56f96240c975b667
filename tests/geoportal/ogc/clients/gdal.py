"""Read an API by the GDAL of pyogrio; prints what was read as JSON.

In a process of its own: GDAL waits for the server while it holds Python's lock.
"""

import json
import sys

import pyogrio


def main(url: str, wanted: str) -> None:
    """Read all layers, then `naselja` by filters and in systems."""
    source = f"OAPIF:{url}"
    wheres, systems = json.loads(wanted)
    layers = {}
    for name in ("naselja", "zone"):
        frame = pyogrio.read_dataframe(source, layer=name)
        kind = pyogrio.read_info(source, layer=name)["geometry_type"]
        layers[name] = [kind, len(frame), frame.crs.name]
    found = {
        where: len(pyogrio.read_dataframe(source, layer="naselja", where=where)) for where in wheres
    }
    places = {}
    for number, uri in systems.items():
        frame = pyogrio.read_dataframe(source, layer="naselja", CRS=uri, where="naziv = 'Шабац'")
        places[number] = [frame.geometry[0].x, frame.geometry[0].y]
    json.dump({"layers": layers, "wheres": found, "places": places}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
