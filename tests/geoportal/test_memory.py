"""What a serving process does not load before it is asked for: each takes tens of megabytes."""

import subprocess
import sys

# pyarrow comes with the gate that looks at what the API sends
HEAVY = ("pandas", "geopandas", "sqlglot", "polars", "frictionless", "alembic")
PROGRAM = """
import sys
import geoportal.app
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_serving_loads_no_library_for_tables_before_it_is_asked(project):
    command = [sys.executable, "-c", PROGRAM, *HEAVY]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
