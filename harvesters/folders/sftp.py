"""SFTP by fsspec over paramiko: one pinned host key, one checked address, one login."""

import base64
import contextlib
import hashlib
import io
import socket
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from datasets.errors import ConfigError, HarvestError
from harvesters.fetching.http import Http
from harvesters.folders.remote_folder import Seen

CHUNK = 1 << 20
_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


class _Pinned(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # it has no types
    """Takes the one key that config.yml names, and no other."""

    def __init__(self, pinned: str) -> None:
        self.pinned = pinned

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Raise HarvestError `host-key` for any other key."""
        if not is_pinned(self.pinned, key.get_name(), key.asbytes()):
            raise HarvestError(
                f"{hostname}: its key is {key.get_name()} {fingerprint(key.asbytes())}, another"
                " than the one in config.yml: if the server was replaced, write the new one there;"
                " if not, do not connect",
                "host-key",
                address=hostname,
            )


def fingerprint(key: bytes) -> str:
    """Write a host key as `ssh-keygen -l` does.

    >>> fingerprint(b"")
    'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def is_pinned(pinned: str, kind: str, key: bytes) -> bool:
    """Tell whether a key is the pinned one, which is a fingerprint or `type base64`."""
    if pinned.startswith("SHA256:"):
        return pinned.rstrip("=") == fingerprint(key)
    return pinned.split()[:2] == [kind, base64.b64encode(key).decode()]


class _Files(SFTPFileSystem):  # type: ignore[misc]  # it has no types
    """fsspec's SFTP over a client that is connected already."""

    cachable = False

    def __init__(self, client: paramiko.SSHClient) -> None:
        self._ready = client
        super().__init__(host="")

    def _connect(self) -> None:
        self.client = self._ready
        self.ftp = self.client.open_sftp()


class Sftp:
    """A folder of an SFTP server that was opened; paths are seen from it."""

    def __init__(self, files: _Files, root: str, address: str) -> None:
        self._files, self._root, self._address = files, root, address

    def address(self, path: str) -> str:
        """Where a file is."""
        return f"{self._address}/{path}" if path else self._address

    def listed(self, path: str) -> list[Seen]:
        """List a folder; links are left out. Raises HarvestError."""
        folder = self._place(path)
        with told(self.address(path)):
            found = self._files.ls(folder, detail=True)
        before = folder.rstrip("/") + "/"
        return [
            _seen(str(one["name"]).removeprefix(before), one)
            for one in found
            if one.get("type") in ("file", "directory")
        ]

    def get(self, path: str, target: Path, max_bytes: int) -> None:
        """Fetch a file; raises HarvestError when it is larger, or does not come whole."""
        left = max_bytes
        with (
            told(self.address(path)),
            self._files.open(self._place(path), "rb") as file,
            target.open("wb") as out,
        ):
            file.prefetch(min(file.stat().st_size or 0, max_bytes + 1))
            while chunk := file.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise HarvestError(
                        f"{self.address(path)}: is larger than {max_bytes} bytes;"
                        " http.max_bytes in config.yml sets the limit",
                        "too-large",
                        address=self.address(path),
                        limit=str(max_bytes),
                    )
                out.write(chunk)

    def _place(self, path: str) -> str:
        return str(PurePosixPath(self._root, path))


def _seen(name: str, one: Any) -> Seen:
    size = one.get("size")
    return Seen(
        name,
        one["type"] == "directory",
        size if isinstance(size, int) else 0,
        str(one.get("mtime", "")),
    )


@contextlib.contextmanager
def opened(
    http: Http, host: str, port: int, root: str, *, host_key: str, user: str, secret: str
) -> Iterator[Sftp]:
    """Connect, check the host's key, log in, and lend the folder. Raises HarvestError."""
    address = f"sftp://{host}:{port}{root}"
    key = _key(secret)
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(_Pinned(host_key))
    _prefer(client, host, port, host_key)
    with contextlib.closing(client):
        with told(address):
            client.connect(
                host,
                port=port,
                username=user,
                password=None if key else secret,
                pkey=key,
                sock=http.connected(host, port),
                allow_agent=False,
                look_for_keys=False,
                timeout=30,
                banner_timeout=30,
                auth_timeout=30,
            )
            files = _Files(client)
            files.ftp.get_channel().settimeout(60)
        yield Sftp(files, root, address)


def _prefer(client: paramiko.SSHClient, host: str, port: int, pinned: str) -> None:
    """Ask the server for the kind of key that is pinned, of the several it may have."""
    kind, _, key = pinned.partition(" ")
    if key:
        name = host if port == paramiko.config.SSH_PORT else f"[{host}]:{port}"
        entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{name} {kind} {key}")
        if entry is None or entry.key is None:
            raise ConfigError(f"host_key: {pinned[:60]!r} is no key; write `ssh-ed25519 AAAA…`")
        client.get_host_keys().add(name, kind, entry.key)


def _key(secret: str) -> paramiko.PKey | None:
    """A private key, if that is what the secret is; else it is a password."""
    if "PRIVATE KEY" not in secret:
        return None
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(secret))
        except (paramiko.SSHException, ValueError):
            continue
    raise ConfigError("the private key cannot be read: give one of OpenSSH without a passphrase")


@contextlib.contextmanager
def told(address: str) -> Iterator[None]:
    """Say of every failure which address it was, and which fault it is."""
    try:
        yield
    except paramiko.BadHostKeyException as error:
        raise HarvestError(
            f"{address}: its key is {fingerprint(error.key.asbytes())}, another than the one in"
            " config.yml: if the server was replaced, write the new one there; if not, do not"
            " connect",
            "host-key",
            address=address,
        ) from None
    except paramiko.AuthenticationException:
        raise HarvestError(
            f"{address}: the server refuses the user or the secret: renew them",
            "login",
            address=address,
        ) from None
    except FileNotFoundError:
        raise _error(address, "is not there", "folder-missing") from None
    except PermissionError:
        raise _error(address, "may not be read by this user", "forbidden") from None
    except TimeoutError:
        raise _error(address, "did not answer in time", "timeout") from None
    except (paramiko.SSHException, EOFError, OSError, socket.gaierror) as error:
        raise _error(address, f"broke off or is not SFTP ({error})", "broken-off") from None


def _error(address: str, what: str, fault: str) -> HarvestError:
    return HarvestError(f"{address}: {what}: try later, or ask its owner", fault, address=address)
