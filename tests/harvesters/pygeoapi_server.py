"""A stock pygeoapi: a process of its own, which tests harvest.

Run as `python pygeoapi_server.py RESOURCES.json FOLDER`: the first is what its configuration has
under `resources`, the second is where it may write. It writes its port.
"""

import json
import os
import socket
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import yaml


def configuration(resources, url):
    words = {"title": "pygeoapi", "description": "test", "keywords": ["test"]}
    words |= {"terms_of_service": "https://a.rs/", "url": "https://a.rs/"}
    contact = dict.fromkeys(
        "name position address city stateorprovince postalcode country phone fax email url hours"
        " instructions role".split(),
        "x",
    )
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en-US",
            "pretty_print": False,
            "limits": {"default_items": 10, "max_items": 50},
            "map": {"url": "https://a.rs/{z}/{x}/{y}.png", "attribution": "x"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": words,
            "license": {"name": "CC-BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
            "provider": {"name": "x", "url": "https://a.rs/"},
            "contact": contact,
        },
        "resources": resources,
    }


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main(resources, folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config, openapi = folder / "config.yml", folder / "openapi.json"
    written = configuration(json.loads(resources.read_text()), f"http://127.0.0.1:{port}")
    config.write_text(yaml.safe_dump(written), encoding="utf-8")
    os.environ |= {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    from pygeoapi.openapi import generate_openapi_document  # noqa: PLC0415 -- reads the environment

    document = generate_openapi_document(config, "json", fail_on_invalid_collection=True)
    openapi.write_text(document, encoding="utf-8")
    from pygeoapi.flask_app import APP  # noqa: PLC0415 -- reads the environment

    with make_server("127.0.0.1", port, APP, handler_class=Quiet) as running:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        running.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
