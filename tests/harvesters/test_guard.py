"""Which addresses may be visited: the table, and every way round it that is known."""

import ipaddress
import socket

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import config
from datasets.errors import BlockedAddress, ConfigError, HarvestError
from harvesters.fetching import guard as network
from harvesters.fetching.guard import Guard, Named, private, public
from harvesters.fetching.http import Http

PUBLIC = ["147.91.1.1", "8.8.8.8", "2a00:1450:4001::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
NEVER = (
    "0.0.0.0 169.254.169.254 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1"
    " 192.88.99.1 :: ::127.0.0.1 2002:7f00:1:: 2001::1 2001:db8::1 fe80::1 fe80::1%eth0 fec0::1"
    " ff02::1 5f00::1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 ::ffff:169.254.169.254"
).split()
PRIVATE = (
    "127.0.0.1 127.8.8.8 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 ::1 fd00::1"
    " fc00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1"
).split()


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address):
    assert public(address) and not private(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_closed_and_can_be_opened_by_name(address):
    assert private(address) and not public(address)


@pytest.mark.parametrize("address", NEVER)
def test_no_setting_opens_the_rest(address):
    assert not public(address) and not private(address)


@given(st.ip_addresses())
def test_every_address_is_public_or_private_or_closed(ip):
    assert not (public(str(ip)) and private(str(ip)))
    assert not (public(str(ip)) and not ip.is_global and not getattr(ip, "ipv4_mapped", None))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_dress(ip):
    for dress in (f"::ffff:{ip}", f"64:ff9b::{ip}"):
        assert public(str(ipaddress.ip_address(dress))) == public(str(ip))


def resolver(**names):
    """A name server of our own: `resolver(host=["address", …])`, a list of lists for answers
    that change; anything else is asked of the system, as spellings of numbers are."""
    asked = []

    def resolve(host, port, **kwargs):
        asked.append(host)
        key = host.partition(".")[0]
        if key not in names:
            return socket.getaddrinfo(host, port, **kwargs)
        said = names[key]
        said = said[min(asked.count(host), len(said)) - 1] if isinstance(said[0], list) else said
        return [(0, 0, 0, "", (address, port)) for address in said]

    resolve.asked = asked
    return resolve


SPELLINGS = (
    "127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 [::1] [::ffff:127.0.0.1] [::127.0.0.1]"
    " [64:ff9b::7f00:1] [2002:7f00:1::] [fd00::1] user@127.0.0.1 public.rs@127.0.0.1"
    " 169.254.169.254 [fe80::1%25lo] 127.0.0.1. ①②⑦.0.0.1 [::]"
).split()


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_an_inner_address_gets_through(host, server, answer, tmp_path, monkeypatch):
    monkeypatch.setattr(network, "PORTS", (server.port,))
    server.answers["/f"] = answer(b"secret")
    with pytest.raises(HarvestError):
        Http(config.Http()).fetch(f"http://{host}:{server.port}/f", tmp_path)
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_one_bad_address_of_several_closes_the_name():
    guard = Guard(resolve=resolver(two=["147.91.1.1", "10.0.0.1"]))
    with pytest.raises(BlockedAddress, match="two.rs is at 10.0.0.1, which is not a public"):
        guard.connect_tcp("two.rs", 80)


def test_a_second_answer_of_the_name_server_changes_nothing(server, answer, tmp_path):
    """The first answer is checked and connected to; the name is not asked again for it."""
    server.answers["/f"] = answer(b"1")
    resolve = resolver(rebind=[["127.0.0.1"], ["169.254.169.254"]])
    http = Http(config.Http(allow_private=("rebind.test",)), resolve=resolve)
    http.fetch(f"http://rebind.test:{server.port}/f", tmp_path)
    assert resolve.asked == ["rebind.test"]
    with pytest.raises(BlockedAddress, match="169.254.169.254"):
        http.fetch(f"http://rebind.test:{server.port}/f", tmp_path)


def test_an_opened_name_does_not_open_where_clouds_keep_keys():
    guard = Guard([Named("intranet.rs")], resolve=resolver(intranet=["169.254.169.254"]))
    with pytest.raises(BlockedAddress, match="no setting opens it"):
        guard.connect_tcp("intranet.rs", 80)


@pytest.mark.parametrize("port", [22, 25, 3306, 6379, 8081])
def test_ports_of_other_services_are_closed(port):
    with pytest.raises(BlockedAddress, match=f"port {port} .* list 'a.rs:{port}' under"):
        Guard(resolve=resolver(a=["147.91.1.1"])).connect_tcp("a.rs", port)


def test_the_message_names_host_address_and_setting():
    with pytest.raises(BlockedAddress) as caught:
        Guard(resolve=resolver(grad=["192.168.1.5"])).connect_tcp("grad.rs", 80)
    assert str(caught.value) == (
        "grad.rs is at 192.168.1.5, which is not a public address; if it is your own server,"
        " list 'grad.rs' under http.allow_private in config.yml"
    )


@pytest.mark.parametrize(
    ("listed", "host", "port", "opened"),
    [
        ("intranet.rs", "intranet.rs", 9999, True),
        ("Intranet.RS", "intranet.rs", 80, True),
        ("intranet.rs:8081", "intranet.rs", 8081, True),
        ("intranet.rs:8081", "intranet.rs", 80, False),
        ("intranet.rs", "sub.intranet.rs", 80, False),
        ("intranet.rs", "10.0.0.1", 80, False),
        ("10.0.0.1", "10.0.0.1", 80, True),
        ("fd00::5", "fd00::5", 80, True),
        ("[fd00::5]:81", "fd00::5", 81, True),
        ("општина.срб", "xn--80appcfs5b.xn--90a3ac", 80, True),
    ],
)
def test_a_host_is_opened_as_it_is_written(listed, host, port, opened):
    assert Guard([Named.parse(listed)]).is_named(host, port) is opened


@pytest.mark.parametrize("wrong", ["", "http://a.rs", "a.rs/x", "me@a.rs", "a.rs:x", "a:b", "[::1"])
def test_what_is_no_host_cannot_be_opened(wrong):
    with pytest.raises(ConfigError, match="http.allow_private: .* is not a host"):
        Http(config.Http(allow_private=(wrong,)))


def test_an_opened_host_cannot_send_us_to_another_private_one(server, answer, tmp_path):
    server.answers["/f"] = answer(b"", "Location: http://10.0.0.1/x", status="302 Found")
    with pytest.raises(BlockedAddress, match="10.0.0.1 is at 10.0.0.1"):
        Http(config.Http(allow_private=("127.0.0.1",))).fetch(f"{server.url}/f", tmp_path)


def test_a_server_outside_cannot_send_us_to_an_opened_host(server, answer, tmp_path, monkeypatch):
    """`outside.test` counts as public here; it knows that 127.0.0.1 is opened, and tries."""
    monkeypatch.setattr(network, "PORTS", (server.port,))
    monkeypatch.setattr(network, "public", lambda address: address == "127.0.0.1")
    server.answers["/f"] = answer(b"", f"Location: {server.url}/secret", status="302 Found")
    http = Http(config.Http(allow_private=("127.0.0.1",)), resolve=resolver(outside=["127.0.0.1"]))
    with pytest.raises(BlockedAddress, match="leads to .*/secret', a private server"):
        http.fetch(f"http://outside.test:{server.port}/f", tmp_path)
    assert len(server.requests) == 1


def test_the_next_address_is_tried_when_one_does_not_answer(server, answer, tmp_path):
    server.answers["/f"] = answer(b"1")
    resolve = resolver(both=["::1", "127.0.0.1"])
    http = Http(config.Http(allow_private=("both.test",)), resolve=resolve)
    fetched = http.fetch(f"http://both.test:{server.port}/f", tmp_path)
    assert fetched.path.read_bytes() == b"1"


def test_a_name_without_address_is_told():
    with pytest.raises(HarvestError, match="the host 'nobody.rs' has no address"):
        Guard(resolve=lambda *_, **__: []).connect_tcp("nobody.rs", 80)


def test_unix_sockets_are_not_harvested():
    with pytest.raises(BlockedAddress):
        Guard().connect_unix_socket("/run/docker.sock")


def test_nothing_is_begun_after_the_end():
    guard = Guard(resolve=resolver(a=["147.91.1.1"]), clock=lambda: 5.0)
    with guard.until(4.0), pytest.raises(httpcore.ReadTimeout):
        guard.connect_tcp("a.rs", 80)
