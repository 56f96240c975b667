"""What is heavy is loaded by those kinds of sources alone that need it."""

import subprocess
import sys

HEAVY = ("rdflib", "owslib", "requests")


def test_defining_every_kind_loads_no_parser_of_rdf_or_iso(project):
    code = (
        "import sys; from harvesters import csw, dcat, ogc_records;"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
