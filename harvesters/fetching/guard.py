"""A network that cannot be talked into our own: every address is checked before it is connected to.

A name is resolved once, all its addresses are checked, and the connection goes to a checked one:
a second answer of the name server changes nothing. Rules: docs/decisions/0004-guarded-http.md.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from datasets.errors import BlockedAddress, ConfigError, HarvestError

PORTS = (80, 443, 8080, 8443)
CONNECT_S = 10.0  # for one address; the next one is tried then
# a connection outlives a request, so the end belongs to the thread that asks
_ENDS = ContextVar("ends", default=float("inf"))

type Resolve = Callable[..., Iterable[tuple[Any, ...]]]
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# `is_global` is True for these: relays into IPv4, and what was never given to anybody
_NEVER = [
    ipaddress.ip_network(network)
    for network in ("192.88.99.0/24", "2002::/16", "2001::/32", "fec0::/10", "5f00::/16", "::/96")
]
_NEVER.append(ipaddress.ip_network("64:ff9b:1::/48"))
# what allow_private can open: not link-local, where clouds keep their keys
_PRIVATE = [
    ipaddress.ip_network(network)
    for network in (
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")
        + ("::1/128", "fc00::/7")
    )
]


def public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet.

    >>> [public(a) for a in ("147.91.1.1", "10.0.0.1", "64:ff9b::7f00:1", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    ip = _bare(address)
    return ip.is_global and not ip.is_multicast and not _within(ip, _NEVER)


def private(address: str) -> bool:
    """Tell whether an IP address is one of an organization's own, which an operator may open.

    >>> [private(a) for a in ("192.168.1.5", "::1", "169.254.169.254", "147.91.1.1")]
    [True, True, False, False]
    """
    return _within(_bare(address), _PRIVATE)


def _bare(address: str) -> Address:
    """Take an IPv4 address out of the IPv6 address that stands for it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _within(ip: Address, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(ip in network for network in networks)


@dataclass(frozen=True, slots=True)
class Named:
    """A private host that the operator opened by name; no port means any port."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Named":
        """Read `host`, `host:port`, an address, or `[address]:port`; raises ConfigError.

        >>> Named.parse("Opendata.Local:8081"), Named.parse("fd00::5")
        (Named(host='opendata.local', port=8081), Named(host='fd00::5', port=None))
        """
        bare_v6 = text.count(":") > 1 and not text.startswith("[")
        address = f"http://[{text}]" if bare_v6 else f"http://{text}"
        try:
            host, port = httpx.URL(address).raw_host.decode(), urlsplit(address).port
        except (ValueError, httpx.InvalidURL):
            host, port = "", None
        if host and not set("/@?#") & set(text):
            return cls(host, port)
        raise ConfigError(
            f"http.allow_private: {text!r} is not a host; write a name or an address,"
            " as in opendata.local or 192.168.1.5:8081"
        )

    def is_at(self, host: str, port: int) -> bool:
        """Tell whether this is the host, spelled like this, and the port."""
        return host.lower() == self.host and self.port in (None, port)


def private_hosts(allowed: Iterable[str]) -> frozenset[str]:
    """The hosts of http.allow_private, without their ports: what nobody outside is shown.

    >>> sorted(private_hosts(["gis.local", "192.168.1.5:8081"]))
    ['192.168.1.5', 'gis.local']
    """
    return frozenset(Named.parse(host).host for host in allowed)


class Guard(httpcore.NetworkBackend):
    """Connections to public addresses, and to named private hosts, until a moment is past.

    `foreign` are private hosts that the operator opened, but not to whom this guard is for.
    """

    def __init__(
        self,
        named: Sequence[Named] = (),
        *,
        foreign: Sequence[Named] = (),
        resolve: Resolve = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plain = httpcore.SyncBackend()
        self._named, self._foreign = tuple(named), tuple(foreign)
        self._resolve, self._clock = resolve, clock

    @contextmanager
    def until(self, ends: float) -> Iterator[None]:
        """Let no step of this thread's requests in the block outlive a moment of the clock."""
        before = _ENDS.set(ends)
        try:
            yield
        finally:
            _ENDS.reset(before)

    def left_s(self) -> float:
        """The seconds until the end; below zero when it is past."""
        return _ENDS.get() - self._clock()

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Move the end by as long as the block takes: we wait for ourselves in it."""
        since = self._clock()
        try:
            yield
        finally:
            _ENDS.set(_ENDS.get() + self._clock() - since)

    def is_named(self, host: str, port: int) -> bool:
        """Tell whether the operator opened this host by name."""
        return any(named.is_at(host, port) for named in self._named)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers.

        Raises BlockedAddress, HarvestError for a name without address, httpcore's errors.
        """
        last: Exception | None = None
        for address in self._checked(host, port):
            limit = self.left(min(timeout or CONNECT_S, CONNECT_S))
            try:
                stream = self._plain.connect_tcp(
                    address, port, limit, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return _Timed(stream, self)
        raise last or httpcore.ConnectError(f"{host} has no address")

    def connected(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect for a protocol that is not HTTP, to whichever port the operator wrote.

        Addresses are checked as for HTTP. Raises as `connect_tcp` does.
        """
        last: OSError | None = None
        for address in self._checked(host, port, any_port=True):
            try:
                return socket.create_connection((address, port), min(timeout, CONNECT_S))
            except OSError as error:
                last = error
        raise httpcore.ConnectError(str(last or f"{host} has no address"))

    def _checked(self, host: str, port: int, *, any_port: bool = False) -> list[str]:
        named = self.is_named(host, port)
        if not named and not any_port and port not in PORTS:
            raise BlockedAddress(
                f"port {port} is not one that is harvested ({', '.join(map(str, PORTS))});"
                f" to open it list '{host}:{port}' under http.allow_private in config.yml"
            )
        addresses = self._addresses(host, port)
        for address in addresses:
            if not public(address) and not (named and private(address)):
                raise BlockedAddress(
                    f"{host} is at {address}, which is not a public address;"
                    + self._way_out(host, port, address)
                )
        return addresses

    def _addresses(self, host: str, port: int) -> list[str]:
        """Resolve a name, once for this connection."""
        try:
            entries = list(self._resolve(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) == socket.EAI_AGAIN:  # perhaps our own network is down
                raise httpcore.ConnectError("no name server answers") from None
            entries = []
        if not entries:
            raise HarvestError(f"the host {host!r} has no address; check its name", "host-unknown")
        return list(dict.fromkeys(str(entry[4][0]) for entry in entries))

    def _way_out(self, host: str, port: int, address: str) -> str:
        if any(named.is_at(host, port) for named in self._foreign):
            return " it is open only to the source whose own address it is"
        if private(address):
            own = f"list {host!r} under http.allow_private in config.yml"
            return f" if it is your own server, {own}"
        return " and no setting opens it"

    def left(self, timeout: float | None) -> float:
        """The seconds that a step may take; raises ReadTimeout when the end is reached."""
        left = self.left_s()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole answer is over")
        return min(timeout or left, left)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: no source is a socket of this machine."""
        raise BlockedAddress("unix sockets are not harvested")


class _Timed(httpcore.NetworkStream):
    """A connection of which no step outlives the end: a slow sender cannot hold us."""

    def __init__(self, stream: httpcore.NetworkStream, guard: Guard) -> None:
        self._stream, self._guard = stream, guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._guard.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._guard.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._guard.left(timeout))
        return _Timed(stream, self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
