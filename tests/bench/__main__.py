"""Run the benchmarks: `make bench`, or `make bench ARGS=items`.

Prints Markdown tables; paste them into docs/performance.md with the command that made them.
"""

import sys

import building
import catalog
import datastore
import dcat
import demo
import formats
import geometry
import harvest
import items
import judging
import load
import loading
import many
import privacy
import reports
import search
import table
import tiles
import viewer

BENCHES = {
    "items": items.main,
    "load": load.main,
    "many": many.main,
    "building": building.main,
    "tiles": tiles.main,
    "formats": formats.main,
    "viewer": viewer.main,
    "demo": demo.main,
    "catalog": catalog.main,
    "dcat": dcat.main,
    "datastore": datastore.main,
    "loading": loading.main,
    "harvest": harvest.main,
    "privacy": privacy.main,
    "geometry": geometry.main,
    "reports": reports.main,
    "search": search.main,
    "table": table.main,
    "validation": judging.main,
}

if __name__ == "__main__":
    sizes = tuple(argument for argument in sys.argv[1:] if argument.isdecimal())
    for name in [argument for argument in sys.argv[1:] if argument not in sizes] or BENCHES:
        print(f"\n## {name}\n")
        if name in ("building", "catalog", "harvest", "table", "validation"):
            BENCHES[name](sizes)
        else:
            BENCHES[name]()
