"""A town whose datasets are public, and sites that they can be shown at too."""

import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from datasets.config import Config, Http, Site
from geoportal.app import create_app
from publish import mirror as story
from publish.catalog.call import Upload
from publish.desk import Desk, open_desk
from publish.targets._target import Target
from publish.targets.ckan import Ckan
from tests.publish.targets.portal import Portal

URL = "https://podaci.example.rs"
HOME = Config(
    site=Site(title="Наши подаци", url=URL),
    http=Http(allow_private=("127.0.0.1",), timeout_s=5, deadline_s=10),
)


@dataclass
class Town:
    """Our side: a desk, and short ways to publish on it."""

    desk: Desk
    pauses: list[float] = field(default_factory=list)

    def publish(self, name: str, **more: Any) -> dict[str, Any]:
        """Publish a dataset with one file of ours, or whatever is given."""
        catalog = self.desk.catalog
        if "grad-nis" not in catalog.call_action("organization_list"):
            catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})
        given = {"name": name, "owner_org": "grad-nis", "title": f"Скуп {name}"} | more
        given.setdefault("resources", [self.file(name)])
        result: dict[str, Any] = catalog.call_action("package_create", given)
        return result

    def change(self, name: str, /, **more: Any) -> None:
        self.desk.catalog.call_action("package_patch", {"id": name} | more)

    def withdraw(self, name: str) -> None:
        self.desk.catalog.call_action("package_delete", {"id": name})

    def upload(self, name: str, text: str = "id,naziv\n1,Чесма\n") -> None:
        """Send bytes for the first resource of a dataset, as an editor does by the API."""
        path = self.desk.store.staging / f"{name}-upload.csv"
        path.write_text(text, encoding="utf-8")
        catalog = self.desk.catalog
        first = catalog.call_action("package_show", {"id": name})["resources"][0]["id"]
        file = Upload(f"{name}.csv", path, path.stat().st_size, "text/csv")
        catalog.call_action("resource_patch", {"id": first, "hash": ""}, files={"upload": file})

    def file(self, name: str, text: str = "id,naziv\n1,Чесма\n") -> dict[str, Any]:
        """A resource whose bytes lie in our store."""
        path = self.desk.store.staging / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        sha256, size_bytes = self.desk.store.keep_file(path)
        return {
            "name": f"{name}.csv",
            "description": "Списак",
            "format": "CSV",
            "mimetype": "text/csv",
            "url": f"/data/{name}/files/{name}.csv",
            "url_type": "emap",
            "resource_type": "file",
            "size": size_bytes,
            "hash": sha256,
        }

    def mirror(self, target: Target, **how: Any) -> dict[str, str]:
        """Mirror to a target; gives what was done, and why, by dataset."""
        self.receipts = list(story.mirror(target, self.desk, **how))
        return {receipt.dataset: receipt.action for receipt in self.receipts}

    def reason(self, name: str) -> str:
        return next(r.reason for r in self.receipts if r.dataset == name)

    def drift(self, target: Target) -> list[tuple[str, str, str]]:
        return [(d.dataset, d.kind, d.field) for d in story.drift(target, self.desk)]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town that has published nothing yet; between two tries at a site no time passes."""
    desk = open_desk(HOME, tmp_path / "town")
    town = Town(desk)
    here = story.here
    monkeypatch.setattr(story, "here", lambda d: replace(here(d), pause=town.pauses.append))
    yield town
    desk.versions.close()


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate that nobody else signed, in one file."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    words = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    command = [*words.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*command, "-keyout", path, "-out", path.with_suffix(".crt")],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A server whose answers the test decides."""
    running = Portal()
    yield running
    running.close()


class Counting:
    """Keeps the method and path of every request; one answer may be lost on its way back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.asked: list[str] = []
        self.lose: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(f"{scope['method']} {scope['path']}")
        if not self.lose or not scope["path"].endswith(self.lose):
            await self.app(scope, receive, send)
            return
        said: list[Any] = []

        async def keep(message: Any) -> None:
            said.append(message)

        await self.app(scope, receive, keep)
        if said[0]["status"] == 200:  # as a proxy in front of the site says it
            self.lose = ""
            said = [{"type": "http.response.start", "status": 504, "headers": []}]
            said.append({"type": "http.response.body", "body": b"<html>Gateway Time-out</html>"})
        for message in said:
            await send(message)


@dataclass
class Second:
    """Another eMap that really serves."""

    desk: Desk
    url: str
    counting: Counting

    def token(self, user: str, *, sysadmin: bool = False) -> str:
        self.desk.catalog.create_user(user, sysadmin=sysadmin)
        made = self.desk.catalog.call_action("api_token_create", {"user": user, "name": "mirror"})
        return str(made["token"])

    def show(self, name: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.desk.catalog.call_action("package_show", {"id": name})
        return shown

    def names(self) -> list[str]:
        names: list[str] = self.desk.catalog.as_user(None).call_action("package_list")
        return names

    def writes(self) -> list[str]:
        """The actions that were asked for and do not only read."""
        reading = ("_show", "_list", "_search", "_list_for_user")
        asked = [a.rpartition("/")[2] for a in self.counting.asked if "/api/" in a]
        return [action for action in asked if not action.endswith(reading)]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Second]:
    """Another eMap, with the organization `nis` in which `urednik` is editor."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = create_app(Config(site=Site(title="Држава")), tmp_path / "second", url)
        counting = Counting(app)
        server = uvicorn.Server(uvicorn.Config(counting, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        desk = open_desk(Config(), tmp_path / "second", url)
        desk.catalog.create_user("urednik")
        desk.catalog.call_action(
            "organization_create",
            {"name": "nis", "title": "Ниш", "users": [{"name": "urednik", "capacity": "editor"}]},
        )
        yield Second(desk, url, counting)
        server.should_exit = True
        thread.join()
        app.state.portal.versions.close()
        desk.versions.close()


@pytest.fixture
def ckan(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ckan]:
    """A target of kind ckan at an address, with a token."""

    def made(url: str, token: str = "a-token", **keys: Any) -> Ckan:
        monkeypatch.setenv("EMAP_TEST_TOKEN", token)
        given = {"name": "drzava", "kind": "ckan", "url": url, "token_env": "EMAP_TEST_TOKEN"}
        return Ckan(**given | {"organizations": {"grad-nis": "nis"}} | keys)

    return made
