"""A private PostgreSQL with PostGIS for the peer, and pygeoapi with what it needs to read it.

Wants Debian's `postgresql`, `postgresql-15-postgis-3` and `gdal-bin`, and root or a user who is not
root. Where one is missing, `available` says which, and the peer is left out.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from process import free_port

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PACKAGES = ("pygeoapi==0.24.*", "psycopg2-binary", "geoalchemy2", "uvicorn", "starlette", "tipg")


def available() -> str:
    """Empty when the peer can be run here, else what is missing."""
    if not PROGRAMS:
        return "postgresql"
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        return "postgis"
    return "" if shutil.which("ogr2ogr") else "gdal-bin"


def _as_postgres(*command: object) -> list[str]:
    """PostgreSQL refuses to run as root."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


@contextlib.contextmanager
def database(folder: Path, source: Path) -> Iterator[tuple[int, int]]:
    """Run a cluster that holds the layer `zgrade`; yields its process id and port."""
    home, port, programs = folder / "postgres", free_port(), PROGRAMS[-1]
    home.mkdir()
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    data = home / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"]
    _quiet(_as_postgres(*initdb))
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
    control = [programs / "pg_ctl", "-D", data]
    _quiet(_as_postgres(*control, "-w", "-l", home / "log", "-o", options, "start"))
    try:
        address = f"host=127.0.0.1 port={port} user=bench dbname=postgres"
        _quiet(["psql", address, "-c", "create extension postgis"])
        table = [
            "-a_srs",
            "EPSG:4326",
            "-nln",
            "zgrade",
            "-lco",
            "GEOMETRY_NAME=geom",
            "-lco",
            "FID=ogc_fid",
        ]
        _quiet(["ogr2ogr", "-f", "PostgreSQL", f"PG:{address}", str(source), *table])
        _quiet(
            [
                "psql",
                address,
                "-c",
                "alter table zgrade drop column ogc_fid, add primary key (sifra); analyze zgrade",
            ]
        )
        yield int((data / "postmaster.pid").read_text().split()[0]), port
    finally:
        _quiet(_as_postgres(*control, "-m", "fast", "stop"))


def environment(folder: Path) -> Path:
    """Make an environment of the peer's own; gives its Python."""
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    python = folder / "peer" / "bin" / "python"
    _quiet([uv, "venv", "--python", str(ROOT / ".venv" / "bin" / "python"), str(folder / "peer")])
    pinned = ["--constraints", str(ROOT / "constraints.txt")]
    _quiet([uv, "pip", "install", "--python", str(python), *pinned, *PACKAGES])
    return python


def provider(port: int) -> dict[str, object]:
    """Pygeoapi's own provider over that cluster."""
    return {
        "type": "feature",
        "name": "PostgreSQL",
        "data": {
            "host": "127.0.0.1",
            "port": port,
            "dbname": "postgres",
            "user": "bench",
            "password": "bench",
            "search_path": ["public"],
        },
        "id_field": "sifra",
        "table": "zgrade",
        "geom_field": "geom",
    }


def _quiet(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr or done.stdout}")
