"""A stock pycsw over the records of a folder: a process of its own, which tests harvest.

Run as `python pycsw_server.py FOLDER`; it writes its port. pycsw 2.6 speaks to SQLAlchemy 1 alone,
so its own way in for other repositories is taken, and it imports two modules that are no more.
"""

import configparser
import sqlite3
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, make_server

from lxml import etree

GMD = "http://www.isotc211.org/2005/gmd"


class Records:
    """What pycsw asks of a repository: rows in SQLite, with a column for each thing it knows."""

    dbtype = "sqlite"
    fts = False

    def __init__(self, context, _filter=None):
        self.context = context
        self.dataset = SimpleNamespace
        names = context.model["typenames"]
        self.queryables = {
            q: dict(each) for t in names.values() for q, each in t["queryables"].items()
        }
        self.queryables["_all"] = {
            k: v for each in self.queryables.values() for k, v in each.items()
        }
        self.queryables["_all"].update(context.md_core_model["mappings"])
        self.columns = sorted(set(context.md_core_model["mappings"].values()))
        self.rows = sqlite3.connect(":memory:")
        self.rows.row_factory = sqlite3.Row
        listed = ", ".join(f'"{column}"' for column in self.columns)
        self.rows.execute(f"create table records ({listed})")
        for path in sorted(Path(sys.argv[1]).glob("*.xml")):
            values = self._row(path)
            marks = ", ".join("?" * len(values))
            self.rows.execute(f"insert into records values ({marks})", values)

    def _row(self, path):
        root = etree.parse(str(path)).getroot()
        found = root.findtext(f"{{{GMD}}}fileIdentifier/{{*}}CharacterString")
        said = {
            "pycsw:Identifier": found,
            "pycsw:Typename": "gmd:MD_Metadata",
            "pycsw:Schema": GMD,
            "pycsw:MdSource": "local",
            "pycsw:XML": etree.tostring(root, encoding="unicode"),
        }
        mappings = self.context.md_core_model["mappings"]
        by_column = {mappings[name]: value for name, value in said.items()}
        return [by_column.get(column) for column in self.columns]

    def _found(self, tail, values=()):
        found = self.rows.execute(f"select * from records {tail}", values)
        return [SimpleNamespace(**dict(row)) for row in found]

    def query(self, constraint, sortby=None, typenames=None, maxrecords=10, startposition=0):
        assert "where" not in constraint
        total = self.rows.execute("select count(*) from records").fetchone()[0]
        order = f'order by "{sortby["propertyname"]}" {sortby["order"]}' if sortby else ""
        return [str(total), self._found(f"{order} limit {maxrecords} offset {startposition}")]

    def query_ids(self, ids):
        column = self.context.md_core_model["mappings"]["pycsw:Identifier"]
        return self._found(f'where "{column}" in ({", ".join("?" * len(ids))})', list(ids))


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def application(environ, start_response):
    config = configparser.ConfigParser()
    config.read_dict(
        {
            "server": {
                "home": ".",
                "url": f"http://{environ['HTTP_HOST']}/csw",
                "mimetype": "application/xml; charset=UTF-8",
                "encoding": "UTF-8",
                "language": "en-US",
                "maxrecords": "10",
                "profiles": "apiso",
            },
            "manager": {"transactions": "false"},
            "metadata:main": {"identification_title": "pycsw"},
            "repository": {"source": "pycsw_server.Records"},
        }
    )
    from pycsw import server  # noqa: PLC0415  in a process of its own alone, see stand_in

    status, body = server.Csw(config, environ).dispatch_wsgi()
    start_response(
        status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    )
    return [body]


def stand_in():
    """Put two modules in place that pycsw imports and this Python has not."""
    version = SimpleNamespace(version="2.6")
    sys.modules["cgi"] = ModuleType("cgi")
    sys.modules["pkg_resources"] = SimpleNamespace(require=lambda _: [version])


if __name__ == "__main__":
    stand_in()
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as running:
        sys.stdout.write(f"{running.server_port}\n")
        sys.stdout.flush()
        running.serve_forever()
