"""The client: what comes whole, and every fault that must leave nothing behind."""

import gzip
import logging
import os
import shutil
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import config
from datasets.errors import BlockedAddress, EmapError, HarvestError
from harvesters.fetching import http as http_client
from harvesters.fetching.http import Http, shown, user_agent, without_secrets

CSV = "назив,број\nШабац,1\n".encode()


def client(**settings):
    return Http(config.Http(**{"allow_private": ("127.0.0.1",), "timeout_s": 5, **settings}))


def refused(http, url, into, kind=HarvestError):
    """The message of a failure, after a look that nothing of the file is left."""
    with pytest.raises(kind) as caught:
        http.fetch(url, into)
    assert list(into.iterdir()) == []
    return str(caught.value)


def test_a_file_comes_byte_for_byte_with_what_its_server_says(server, answer, http, tmp_path):
    headers = ('ETag: "a1"', "Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT")
    server.answers["/x/Путеви.csv"] = b""
    server.answers["/x/%D0%9F%D1%83%D1%82%D0%B5%D0%B2%D0%B8.CSV"] = answer(
        CSV, "Content-Type: text/csv; charset=utf-8", *headers
    )
    fetched = http.fetch(f"{server.url}/x/Путеви.CSV", tmp_path)
    assert fetched.path.read_bytes() == CSV
    assert fetched.path.name == fetched.filename == "putevi.csv"
    assert (fetched.size_bytes, fetched.content_type) == (len(CSV), "text/csv")
    assert (fetched.etag, fetched.last_modified) == ('"a1"', "Mon, 02 Nov 2026 10:00:00 GMT")


def test_two_files_of_one_name_do_not_meet(server, answer, http, tmp_path):
    server.answers |= {"/a/f.csv": answer(b"1"), "/b/f.csv": answer(b"2")}
    paths = [http.fetch(f"{server.url}/{x}/f.csv", tmp_path).path for x in "ab"]
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]


def test_we_say_who_we_are_and_want_no_compression(server, answer, tmp_path):
    server.answers["/f"] = answer(b"1")
    client(contact="подаци@sabac.rs\r\nX: 1").fetch(f"{server.url}/f", tmp_path)
    [head] = server.requests
    assert "User-Agent: eMap/" in head and " (+@sabac.rsX:1)\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head
    assert "\r\nX: 1" not in head


def test_without_a_contact_no_brackets_are_empty():
    assert "(" not in user_agent("")


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        ("attachment; filename=\"Подаци.csv\"", "podaci.csv"),
        ("attachment; filename=a.csv; filename*=UTF-8''%D0%A8%D0%B0%D0%B1%D0%B0%D1%86.csv",
         "sabac.csv"),
        ("attachment; filename*=iso-8859-1''caf%E9.xlsx", "cafe.xlsx"),
        ("attachment; filename=\"../../etc/passwd\"", "passwd"),
        ("attachment; filename=\"..%2F..%2Fx.csv\"", "x.csv"),
        ("attachment; filename=\"C:\\\\dir\\\\rok.xlsx\"", "rok.xlsx"),
        ("attachment; filename=\"\"", "f"),
        ("attachment; filename=\"a\"; x=\"<script>.csv\"", "a"),
        ("inline", "f"),
    ],
)  # fmt: skip
def test_the_name_is_its_servers_and_safe(server, answer, http, tmp_path, header, filename):
    server.answers["/dir/f?id=1"] = answer(b"1", f"Content-Disposition: {header}")
    assert http.fetch(f"{server.url}/dir/f?id=1", tmp_path).filename == filename


def test_redirects_are_followed_to_the_file(server, answer, http, tmp_path):
    server.answers["/old"] = answer(b"moved", "Location: /new/f.csv", status="302 Found")
    server.answers["/new/f.csv"] = answer(b"1")
    fetched = http.fetch(f"{server.url}/old", tmp_path)
    assert fetched.url == f"{server.url}/new/f.csv"
    assert fetched.path.read_bytes() == b"1"


def test_a_cookie_set_by_a_redirect_is_carried(server, answer, http, tmp_path):
    server.answers["/a"] = answer(b"", "Location: /b", "Set-Cookie: s=7", status="302 Found")
    server.answers["/b"] = answer(b"1")
    http.fetch(f"{server.url}/a", tmp_path)
    assert "Cookie: s=7" in server.requests[1]


def test_five_redirects_are_enough(server, answer, http, tmp_path):
    server.answers["/loop"] = answer(b"", "Location: /loop", status="302 Found")
    assert "more than 5 times" in refused(http, f"{server.url}/loop", tmp_path)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://169.254.169.254/latest/meta-data", "not a public address"),
        ("http://127.0.0.2/secret", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://127.0.0.1.:80/", "has no address"),
        ("file:///etc/passwd", "only http:// and https://"),
        ("gopher://127.0.0.1:25/", "only http:// and https://"),
        ("ftp://127.0.0.1/f", "only http:// and https://"),
        ("http://[::1", "not HTTP"),
    ],
)
def test_a_redirect_cannot_lead_where_an_address_could_not(
    server, answer, http, tmp_path, location, why
):
    server.answers["/f"] = answer(b"", f"Location: {location}", status="302 Found")
    assert why in refused(http, f"{server.url}/f", tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.rs/f", "gopher://a.rs", "//a.rs"])
def test_only_the_web_is_harvested(http, tmp_path, url):
    assert "only http:// and https://" in refused(http, url, tmp_path, BlockedAddress)


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://a.rs:x/", "http://\x00/", "http://a..rs/é\ud800"]
)
def test_what_is_no_address_is_told(http, tmp_path, url):
    assert "is not an address" in refused(http, url, tmp_path)


@given(st.text(max_size=60))
def test_no_text_in_place_of_an_address_breaks_us(tmp_path_factory, text):
    into = tmp_path_factory.mktemp("into")
    nowhere = Http(config.Http(), resolve=lambda *_, **__: [])
    for url in (text, f"http://{text}", f"http://a.rs/{text}"):
        with pytest.raises(EmapError):
            nowhere.fetch(url, into)


@pytest.mark.parametrize(
    ("status", "says"),
    [("404 Not Found", "check the address"), ("403 No", "by hand"), ("500 Oh", "tell the server"),
     ("206 Part", "206"), ("304 Not Modified", "304"), ("302 Found", "302")],
)  # fmt: skip
def test_only_200_is_a_file(server, answer, http, tmp_path, status, says):
    server.answers["/f"] = answer(b"" if "304" in status else b"body", status=status)
    assert says in refused(http, f"{server.url}/f", tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"",
    ],
)
def test_a_broken_answer_is_a_failure(server, http, tmp_path, raw):
    server.answers["/f"] = raw
    assert "broke off or is not HTTP" in refused(http, f"{server.url}/f", tmp_path)


def test_compression_that_nobody_asked_for_is_refused(server, answer, http, tmp_path):
    bomb = gzip.compress(b"\0" * 10_000_000)
    server.answers["/f.csv"] = answer(bomb, "Content-Encoding: gzip")
    assert "compressed (gzip) unasked" in refused(http, f"{server.url}/f.csv", tmp_path)


def test_a_gzip_file_is_a_file_like_any_other(server, answer, http, tmp_path):
    packed = gzip.compress(b"1")
    server.answers["/f.csv.gz"] = answer(packed, "Content-Type: application/gzip")
    assert http.fetch(f"{server.url}/f.csv.gz", tmp_path).path.read_bytes() == packed


def test_a_promise_of_too_many_bytes_is_not_waited_for(server, tmp_path):
    server.answers["/f"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
    assert "larger than 1000 bytes" in refused(client(max_bytes=1000), f"{server.url}/f", tmp_path)


def test_too_many_bytes_without_a_promise_are_cut_off(server, tmp_path):
    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stopping.is_set():
            connection.sendall(b"x" * 65536)

    server.answers["/f"] = endless
    assert "larger than 1000000 bytes" in refused(
        client(max_bytes=1_000_000), f"{server.url}/f", tmp_path
    )


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_slow_sender_cannot_hold_us(server, tmp_path, head):
    """A byte each 20 ms is within every time-out of a step; the end of all holds."""

    def drip(connection):
        connection.sendall(head)
        while not server.stopping.wait(0.02):
            connection.sendall(b"x")

    server.answers["/f"] = drip
    said = refused(client(deadline_s=0.4), f"{server.url}/f", tmp_path)
    assert "not whole in time" in said and "http.deadline_s" in said


def test_a_silent_server_is_left(server, tmp_path):
    server.answers["/f"] = lambda _: server.stopping.wait(10)
    said = refused(client(timeout_s=0.2), f"{server.url}/f", tmp_path)
    server.stopping.set()
    assert "not whole in time" in said


def test_the_end_counts_over_all_redirects(server, answer, tmp_path):
    now = [0.0]

    def later(connection):
        now[0] += 6
        connection.sendall(answer(b"", "Location: /f", status="302 Found"))

    server.answers["/f"] = later
    settings = config.Http(allow_private=("127.0.0.1",), deadline_s=10)
    said = refused(Http(settings, clock=lambda: now[0]), f"{server.url}/f", tmp_path)
    assert "not whole in time" in said
    assert len(server.requests) == 2


def test_nobody_there_is_told(http, server, tmp_path):
    server.close()
    assert "cannot be reached" in refused(http, f"{server.url}/f", tmp_path)


def test_a_proxy_of_the_environment_is_not_asked(server, answer, http, tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"{server.url}/proxy")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.answers["/f"] = answer(b"1")
    http.fetch(f"{server.url}/f", tmp_path)
    assert server.requests[0].startswith("GET /f HTTP/1.1")


def test_passwords_of_a_netrc_are_not_sent(server, answer, http, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers["/f"] = answer(b"1")
    http.fetch(f"{server.url}/f", tmp_path)
    assert "Authorization" not in server.requests[0]


def test_secrets_of_an_address_stay_out_of_messages_and_pages(
    server, answer, http, tmp_path, caplog
):
    caplog.set_level(logging.INFO)
    server.answers["/f.csv?id=5&api_key=s3cret"] = answer(b"1")
    server.answers["/gone?token=s3cret"] = answer(b"", status="404 Not Found")
    secret = server.url.replace("http://", "http://me:s3cret@")
    fetched = http.fetch(f"{secret}/f.csv?id=5&api_key=s3cret", tmp_path)
    shutil.rmtree(fetched.path.parent)
    said = refused(http, f"{secret}/gone?token=s3cret", tmp_path)
    assert fetched.url == f"{server.url}/f.csv?id=5"
    assert said.startswith(f"{server.url}/gone: the server answered 404")
    assert "s3cret" not in caplog.text + said


@given(st.text(max_size=80))
def test_no_query_ever_shows(text):
    assert "?" not in shown(f"https://a.rs/f?{text}")
    assert "key=" not in without_secrets("https://a.rs/f?key=" + text.replace("&", ""))


def test_a_full_disk_is_told_and_leaves_nothing(server, answer, http, tmp_path):
    """The child may write files of 64 KiB at most, as a disk that is full would have it."""
    server.answers["/f"] = answer(b"x" * 200_000)
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from datasets import config; from harvesters.fetching.http import Http\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "http = Http(config.Http(allow_private=('127.0.0.1',)))\n"
        "try: http.fetch(sys.argv[1], Path(sys.argv[2]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    told = run_python(program, f"{server.url}/f", str(tmp_path))
    assert told.startswith(f"HarvestError {server.url}/f: the file cannot be written: File too")
    assert list(tmp_path.iterdir()) == []


def run_python(program, *arguments):
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and certificate of opendata.test, made now by openssl."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl to make a certificate with")
    pem = tmp_path_factory.mktemp("tls") / "both.pem"
    command = (
        f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=opendata.test"
        f" -addext subjectAltName=DNS:opendata.test -keyout {pem} -out {pem}.crt"
    )
    subprocess.run(command.split(), check=True, capture_output=True, timeout=60)
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    return pem


@pytest.fixture
def secure(server, certificate):
    """Wrap the answers of the server in TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    plain = server._answer

    def wrapped(connection):
        with context.wrap_socket(connection, server_side=True) as ciphered:
            plain(ciphered)

    server._answer = wrapped
    return server


@pytest.mark.parametrize("host", ["opendata.test", "wrong.test"])
def test_tls_checks_the_name_not_the_address(secure, answer, certificate, tmp_path, host):
    secure.answers["/f"] = answer(b"1")
    named = config.Http(allow_private=("opendata.test", "wrong.test"), timeout_s=5)
    resolve = lambda _, port, **__: [(0, 0, 0, "", ("127.0.0.1", port))]  # noqa: E731
    tls = ssl.create_default_context(cafile=str(certificate))
    http = Http(named, resolve=resolve, tls=tls)
    url = f"https://{host}:{secure.port}/f"
    if host == "opendata.test":
        assert http.fetch(url, tmp_path).path.read_bytes() == b"1"
    else:
        assert "certificate is not valid" in refused(http, url, tmp_path)


def test_an_unknown_certificate_is_refused(secure, answer, certificate, tmp_path):
    secure.answers["/f"] = answer(b"1")
    said = refused(client(), f"https://127.0.0.1:{secure.port}/f", tmp_path)
    assert "certificate is not valid (self-signed certificate)" in said
    assert secure.requests == []


def test_fetches_of_many_threads_do_not_mix(server, answer, http, tmp_path):
    server.answers |= {f"/{n}.csv": answer(str(n).encode()) for n in range(8)}
    came = {}

    def fetch(n):
        came[n] = http.fetch(f"{server.url}/{n}.csv", tmp_path).path.read_text()

    threads = [threading.Thread(target=fetch, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert came == {n: str(n) for n in range(8)}


def test_what_we_hang_on_to_in_httpcore_is_there():
    """The guard is a NetworkBackend of httpcore, and the pool takes one: no private name."""
    backend = http_client.Guard()
    pool = httpcore.ConnectionPool(network_backend=backend)
    with pytest.raises(BlockedAddress), pool:
        pool.request("GET", "http://127.0.0.1/")
