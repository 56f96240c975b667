"""What the application does with what nobody expected, and what it says to monitors."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from datasets import config as configuration
from geoportal.app import create_app


@pytest.fixture
def app(town):
    config, _ = configuration.load(town / "config.yml")
    app = create_app(config, town / "state", "http://town")
    yield app
    app.state.portal.versions.close()


def ask(app, path, **keywords):
    async def asked():
        transport = httpx.ASGITransport(app, **keywords)
        async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
            return await client.get(path)

    with ThreadPoolExecutor(1) as own:  # this one may have an event loop: that of a browser test
        return own.submit(lambda: asyncio.run(asked())).result()


@pytest.mark.parametrize("path", ["/ogc/collections", "/tiles/parkovi.json", "/data/parkovi"])
def test_a_bug_is_answered_in_general_words_and_raised_for_the_log(app, monkeypatch, path):
    def broken(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(type(app.state.portal.registry), "view", broken)
    answer = ask(app, path, raise_app_exceptions=False)
    assert answer.status_code == 500
    assert "a bug" not in answer.text
    with pytest.raises(ZeroDivisionError):
        ask(app, path)


def test_a_monitor_is_told_when_the_layers_do_not_answer(app, monkeypatch):
    assert ask(app, "/health").json()["alarms"] == []
    backend = type(app.state.portal.registry.layers)
    monkeypatch.setattr(backend, "fault", lambda _: "layers.url: nobody answers")
    health = ask(app, "/health").json()
    assert health["ok"]
    assert health["alarms"] == ["layers.url: nobody answers"]
