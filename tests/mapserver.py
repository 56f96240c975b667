"""MapServer as a WFS: Debian's CGI program behind a small server on 127.0.0.1."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

PROGRAM = Path("/usr/lib/cgi-bin/mapserv")
MAP = """MAP
  NAME "opstina"
  STATUS ON
  SIZE 400 400
  EXTENT 20 43 22 45
  PROJECTION "init=epsg:{epsg}" END
  {formats}
  WEB
    METADATA
      "wfs_title" "Општина"
      "wfs_onlineresource" "{url}"
      "wfs_srs" "EPSG:{epsg} EPSG:4326 EPSG:3857"
      "wfs_enable_request" "*"
      "wfs_maxfeatures" "{most}"
      "ows_address" "Трг 1"
      "ows_contactorganization" "Општина"
    END
  END
  LAYER
    NAME "drvece"
    METADATA
      "wfs_title" "Дрвеће"
      "wfs_abstract" "Стабла у граду"
      "wfs_keywordlist" "зеленило,дрвеће"
      "wfs_srs" "EPSG:{epsg} EPSG:4326 EPSG:3857"
      "gml_include_items" "all"
      "gml_featureid" "broj"
      "wfs_enable_request" "*"
      {output}
    END
    TYPE POINT
    STATUS ON
    CONNECTIONTYPE OGR
    CONNECTION "{data}"
    DATA "drvece"
    TEMPLATE "void"
    PROJECTION "init=epsg:{epsg}" END
  END
END
"""
GEOJSON = """OUTPUTFORMAT
    NAME "geojson"
    DRIVER "OGR/GEOJSON"
    MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "STORAGE=stream"
    FORMATOPTION "FORM=SIMPLE"
  END"""


class MapServer:
    """A running server; `url` is the address of its WFS, `only` the one version it speaks."""

    only = ""

    def __init__(self, folder: Path, data: Path, *, epsg: int, geojson: bool, most: int) -> None:
        self.folder = folder
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:  # noqa: N802 - the base class calls it so
                outer.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/wfs"
        said = MAP.format(
            url=self.url + "?",
            data=data,
            epsg=epsg,
            most=most,
            formats=GEOJSON if geojson else "",
            output='"wfs_getfeature_formatlist" "geojson"' if geojson else "",
        )
        (folder / "opstina.map").write_text(said, encoding="utf-8")
        (folder / "mapserver.conf").write_text("CONFIG\n  ENV\n  END\n  MAPS\n  END\nEND\n")
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Run the program once, as a web server would."""
        query = urlsplit(handler.path).query
        if self.only:
            query = re.sub(r"version=[\d.]+", f"version={self.only}", query)
        environment = {
            "PATH": os.defpath,
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": query,
            "MS_MAPFILE": str(self.folder / "opstina.map"),
            "MAPSERVER_CONFIG_FILE": str(self.folder / "mapserver.conf"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self._server.server_port),
            "SCRIPT_NAME": "/wfs",
        }
        done = subprocess.run([PROGRAM], env=environment, capture_output=True, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        handler.send_response(200)
        for line in head.decode("latin-1").splitlines():
            name, _, value = line.partition(": ")
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def mapserver(tmp_path: Path) -> Iterator[Callable[..., MapServer]]:
    """Start MapServer over a file of features; skipped without it, unless it is required."""
    if not PROGRAM.exists():
        message = f"{PROGRAM} is missing: apt-get install cgi-mapserver"
        if os.environ.get("EMAP_REQUIRE_MAPSERVER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    running: list[MapServer] = []

    def start(data: Path, *, epsg: int = 4326, geojson: bool = True, most: int = 100) -> MapServer:
        folder = tmp_path / f"mapserver-{len(running)}"
        folder.mkdir()
        running.append(MapServer(folder, data, epsg=epsg, geojson=geojson, most=most))
        return running[-1]

    yield start
    for each in running:
        each.close()
