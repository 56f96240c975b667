"""The client of one source: its secrets stay at home, its metadata lead nowhere inside."""

import pytest

from datasets import config
from datasets.errors import BlockedAddress, ConfigError, HarvestError
from harvesters.fetching.http import Http
from harvesters.sources.source import WebSource
from tests.upstream import Reply, Upstream

KEY = {"X-API-KEY": "s3cret", "Authorization": "Bearer s3cret"}


@pytest.fixture
def other():
    running = Upstream()
    yield running
    running.close()


def refused(call, *words, **keywords):
    with pytest.raises(HarvestError) as caught:
        call(*words, **keywords)
    return caught.value


def secrets_of(asked):
    return {name: asked.headers.get(name.lower(), "") for name in KEY}


def test_secrets_are_sent_home(upstream, http, tmp_path):
    upstream.answers |= {"/api": {}, "/f.csv": b"1"}
    bound = http.bound(f"{upstream.url}/portal", secrets=KEY)
    bound.get(f"{upstream.url}/api")
    bound.post(f"{upstream.url}/api", media_type="text/plain")
    bound.fetch(f"{upstream.url}/f.csv", tmp_path)
    assert [secrets_of(asked) for asked in upstream.asked] == [KEY] * 3


def test_secrets_are_not_sent_to_another_host(upstream, other, http, tmp_path):
    other.answers |= {"/api": {}, "/f.csv": b"1"}
    bound = http.bound(upstream.url, secrets=KEY)
    bound.get(f"{other.url}/api")
    bound.fetch(f"{other.url}/f.csv", tmp_path)
    assert not any(set(asked.headers) & {"x-api-key", "authorization"} for asked in other.asked)


def test_secrets_stay_behind_on_a_redirect_and_are_there_on_the_way_back(upstream, other, http):
    upstream.answers["/a"] = Reply(status=302, headers={"Location": f"{other.url}/b"})
    other.answers["/b"] = Reply(status=302, headers={"Location": f"{upstream.url}/c"})
    upstream.answers["/c"] = {}
    http.bound(upstream.url, secrets=KEY).get(f"{upstream.url}/a")
    assert [secrets_of(asked) for asked in upstream.asked] == [KEY, KEY]
    assert not set(other.asked[0].headers) & {"x-api-key", "authorization"}


def test_a_client_of_no_source_has_no_secrets(upstream, http):
    upstream.answers["/api"] = {}
    http.bound("", secrets=KEY)
    http.get(f"{upstream.url}/api")
    assert "x-api-key" not in upstream.asked[0].headers


def test_a_secret_is_in_no_message(upstream, http):
    bound = http.bound(upstream.url, secrets=KEY)
    error = refused(bound.get, f"{upstream.url}/gone?key=s3cret")
    assert "s3cret" not in f"{error}{error.values}{vars(bound)}"


def test_metadata_lead_to_no_other_private_host(upstream, tmp_path):
    """Both are listed; the source is one of them, and names the other in its metadata."""
    port = int(upstream.url.rpartition(":")[2])
    upstream.answers["/f"] = b"1"
    resolve = lambda _, port, **__: [(0, 0, 0, "", ("127.0.0.1", port))]  # noqa: E731
    settings = config.Http(allow_private=("portal.test", "kadrovi.test"))
    bound = Http(settings, resolve=resolve).bound("http://portal.test/ckan")
    assert bound.fetch(f"http://portal.test:{port}/f", tmp_path).size_bytes == 1
    error = refused(bound.fetch, f"http://kadrovi.test:{port}/f", tmp_path)
    assert isinstance(error, BlockedAddress)
    error = refused(
        Http(settings, resolve=resolve).bound("http://portal.test").get, "http://kadrovi.test/f"
    )
    assert "open only to the source whose own address it is" in str(error)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("home", ["", "https://data.example.rs", "sqlite:///x.db", "http://[::1"])
def test_a_source_outside_reaches_no_private_host(upstream, http, home):
    if home == "http://[::1":
        assert refused(http.bound, home).fault == "address-wrong"
    else:
        assert refused(http.bound(home).get, f"{upstream.url}/f").fault == "blocked"
    assert upstream.asked == []


def test_clients_of_two_sources_share_the_slots_of_a_host(upstream, http):
    assert http.bound(upstream.url)._hosts is http._hosts


class Portal(WebSource):
    def harvest(self, http, at=""):
        yield from ()


def portal(**keys):
    return Portal(name="portal", kind="portal", url="https://a.rs", **keys)


def test_a_key_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("EMAP_TOKEN_X", "Bearer abc\n")
    assert portal(token_env="EMAP_TOKEN_X").secrets == {"Authorization": "Bearer abc"}


def test_a_key_comes_from_a_file(tmp_path):
    (tmp_path / "key").write_text("abc\nrest\n")
    source = portal(token_file=tmp_path / "key", token_header="X-API-KEY")
    assert source.secrets == {"X-API-KEY": "abc"}


def test_without_a_key_there_are_no_secrets():
    assert portal().secrets == {}


@pytest.mark.parametrize("kept", ["", " \n", "a\x00b", "шифра", "a\tb"])
def test_a_key_that_is_not_there_is_told(tmp_path, monkeypatch, kept):
    (tmp_path / "key").write_text(kept, encoding="utf-8")
    with pytest.raises(ConfigError, match="source 'portal': no key of one line"):
        assert portal(token_file=tmp_path / "key").secrets
    with pytest.raises(ConfigError, match="variable EMAP_NONE"):
        assert portal(token_env="EMAP_NONE").secrets
    with pytest.raises(ConfigError, match="file .*/none"):
        assert portal(token_file=tmp_path / "none").secrets


@pytest.mark.parametrize(
    "keys", [{"token_header": "A: b"}, {"token_header": ""}, {"token_env": "a b"},
             {"token_env": "A", "token_file": "x"}]
)  # fmt: skip
def test_a_wrong_place_of_a_key_is_refused(keys):
    with pytest.raises(ValueError, match="token"):
        portal(**keys)
