"""A portal with the answers of udata's API v1: the shapes are those of recorded answers."""

import copy
import hashlib
import itertools
import re
import uuid
from email.parser import BytesParser
from typing import Any

from tests.publish.targets.portal import Asked, Portal, Said

KEY = "udata-kljuc"
LICENSES = ["notspecified", "cc-by", "cc-by-sa", "odc-odbl", "cc-zero"]
FREQUENCIES = ["unknown", "punctual", "daily", "monthly", "annual", "semiannual", "continuous"]
ORGANIZATION = {"id": "5baa0e468b4c414416b6f7b2", "slug": "grad-nis", "name": "Град Ниш"}
NOT_SENT = {
    "acronym": None,
    "archived": None,
    "badges": [],
    "deleted": None,
    "frequency_date": None,
    "harvest": None,
    "owner": None,
    "private": False,
    "temporal_coverage": None,
    "spatial": None,
}
RESOURCE = {
    "description": "",
    "filesize": None,
    "checksum": None,
    "mime": None,
    "schema": None,
    "internal": {},
    "metrics": {},
    "harvest": None,
    "preview_url": None,
}


class Udata:
    """The datasets of one organization; `archives` says whether the portal knows archived ones."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.datasets: dict[str, dict[str, Any]] = {}
        self.stored: dict[str, bytes] = {}
        self.archives, self.takes_files, self.spoils = True, True, False
        self.member_of = [ORGANIZATION]
        self.lose = ""
        self._ids = itertools.count(0x5C1BAB838B4C415D00000000)
        portal.answer = self.answer

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/static/"):
            return Said(200, self.stored[asked.path])
        if asked.headers.get("x-api-key") != KEY:
            return Said(401, {"message": "Invalid API Key"})
        said = self._routed(asked)
        if self.lose and f"{asked.method} {asked.path}".endswith(self.lose) and said.status < 300:
            self.lose = ""
            return Said(0)
        return said

    def _routed(self, asked: Asked) -> Said:
        path = asked.path.removeprefix("/api/1")
        parts = path.strip("/").split("/")
        fixed: dict[str, Any] = {
            "/me/": {"id": "u1", "roles": [], "organizations": self.member_of},
            "/datasets/licenses/": [{"id": i, "title": i.upper()} for i in LICENSES],
            "/datasets/frequencies/": [{"id": i, "label": i.title()} for i in FREQUENCIES],
        }
        if path in fixed:
            return Said(200, fixed[path])
        if parts[0] == "organizations":
            return self._organization(asked, parts)
        if path == "/datasets/":
            return self._create(asked.json)
        return self._of_dataset(asked, parts[1], parts[2:])

    def _of_dataset(self, asked: Asked, dataset_id: str, parts: list[str]) -> Said:
        dataset = self.datasets.get(dataset_id)
        if dataset is None or dataset["deleted"]:
            return Said(410 if dataset else 404, {"message": "Dataset not found or deleted"})
        if not parts:
            return self._dataset(asked, dataset)
        if parts[0] == "upload":
            return self._upload(asked, dataset, None)
        if len(parts) > 1:
            return self._resource(asked, dataset, parts[1:])
        if asked.json["filetype"] != "remote":
            return Said(400, {"message": "This endpoint only supports remote resources"})
        made = RESOURCE | {"id": str(uuid.uuid4())} | asked.json
        dataset["resources"].insert(0, made)
        return Said(201, made)

    def _organization(self, asked: Asked, parts: list[str]) -> Said:
        if parts[1] not in (ORGANIZATION["id"], ORGANIZATION["slug"]):
            return Said(404, {"message": "Not found"})
        if len(parts) == 2:
            return Said(200, ORGANIZATION)
        page, size = int(asked.query["page"]), int(asked.query["page_size"])
        found = list(self.datasets.values())[(page - 1) * size : page * size]
        more = f"{self.portal.url}/next" if page * size < len(self.datasets) else None
        return Said(200, {"data": found, "total": len(self.datasets), "next_page": more})

    def _create(self, sent: dict[str, Any]) -> Said:
        if errors := self._faults(sent):
            return Said(400, {"errors": errors, "message": "Validation error"})
        made = NOT_SENT | {"id": f"{next(self._ids):x}", "resources": []} | self._own(sent)
        made["slug"] = sent["title"].lower().replace(" ", "-")
        self.datasets[made["id"]] = made
        return Said(201, made)

    def _own(self, sent: dict[str, Any]) -> dict[str, Any]:
        own = {key: value for key, value in sent.items() if key != "organization"}
        if not self.archives:
            own.pop("archived", None)
        return own | ({"organization": ORGANIZATION} if "organization" in sent else {})

    def _faults(self, sent: dict[str, Any]) -> dict[str, list[str]]:
        errors = {}
        for key in ("title", "description"):
            if key in sent and not sent[key]:
                errors[key] = ["This field is required."]
        if sent.get("license", "cc-by") not in LICENSES:
            errors["license"] = ["Not a valid choice"]
        if sent.get("frequency", "unknown") not in FREQUENCIES:
            errors["frequency"] = ["Not a valid choice"]
        wrong = [t for t in sent.get("tags", []) if not re.fullmatch(r"[a-z0-9-]{3,32}", t)]
        if wrong:
            errors["tags"] = [f'Tag "{t}" must be between 3 and 32 characters long.' for t in wrong]
        return errors

    def _dataset(self, asked: Asked, dataset: dict[str, Any]) -> Said:
        if asked.method == "DELETE":
            dataset["deleted"] = "2026-11-01T00:00:00"
            return Said(204)
        if asked.method == "PUT":
            if errors := self._faults(asked.json):
                return Said(400, {"errors": errors, "message": "Validation error"})
            dataset |= {"private": False} | self._own(asked.json)
        return Said(200, dataset)

    def _resource(self, asked: Asked, dataset: dict[str, Any], parts: list[str]) -> Said:
        found = [r for r in dataset["resources"] if r["id"] == parts[0]]
        if not found:
            return Said(404, {"message": "Resource does not exist"})
        if parts[1:] == ["upload"]:
            return self._upload(asked, dataset, found[0])
        if asked.method == "DELETE":
            dataset["resources"].remove(found[0])
            return Said(204)
        if asked.json["filetype"] != found[0]["filetype"]:
            return Said(400, {"message": "Cannot modify filetype after creation"})
        found[0] |= asked.json
        return Said(200, found[0])

    def _upload(self, asked: Asked, dataset: dict[str, Any], old: dict[str, Any] | None) -> Said:
        if not self.takes_files:
            return Said(415, {"message": "Incorrect file content type"})
        kind = asked.headers["content-type"].encode()
        form = BytesParser().parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + asked.body)
        part = form.get_payload()[0]
        content = part.get_payload(decode=True)
        path = f"/static/{uuid.uuid4()}/{part.get_filename()}"
        self.stored[path] = b"x" + content[1:] if self.spoils else content
        made = {
            "url": self.portal.url + path,
            "filetype": "file",
            "title": part.get_filename(),
            "filesize": len(content),
            "checksum": {"type": "sha1", "value": hashlib.sha1(content).hexdigest()},
            "format": "csv",
            "mime": "text/csv",
        }
        if old is not None:
            old |= made
            return Said(200, old)
        resource = RESOURCE | {"id": str(uuid.uuid4()), "type": "main", "extras": {}} | made
        dataset["resources"].insert(0, resource)
        return Said(201, resource)

    def shown(self) -> list[dict[str, Any]]:
        """What the public sees."""
        return [
            copy.deepcopy(d)
            for d in self.datasets.values()
            if not (d["deleted"] or d["archived"] or d["private"])
        ]
