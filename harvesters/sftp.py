"""A folder on an SFTP server, with the rules of `folder`."""

from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import Field, field_validator

from harvesters.fetching.http import Http
from harvesters.folders.remote_folder import Remote, RemoteFolder
from harvesters.folders.secret import library, secret


class Sftp(RemoteFolder):
    """Each subfolder of `path` with a descriptor is a dataset, and with `loose` each data file.

    The server's key is pinned: `host_key` is its line (`ssh-ed25519 AAAA…`) or its fingerprint
    (`SHA256:…`). The password or private key of `user` is in the variable `secret_env` of the
    environment or in the file `secret_file`, never here.
    """

    host: str = Field(pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(default=22, ge=1, le=65535)
    path: str = "/"
    user: str = Field(min_length=1)
    host_key: str
    secret_env: str = ""
    secret_file: Path | None = None

    @field_validator("host_key")
    @classmethod
    def _key(cls, key: str) -> str:
        parts = key.split()
        if not (key.startswith("SHA256:") or (len(parts) > 1 and parts[1].startswith("AAAA"))):
            raise ValueError("must be `ssh-ed25519 AAAA…`, or a fingerprint `SHA256:…`")
        return " ".join(parts[:2])

    @field_validator("path")
    @classmethod
    def _place(cls, path: str) -> str:
        if not path.startswith("/") or ".." in path.split("/"):
            raise ValueError("must be a whole path, as /podaci")
        return path.rstrip("/") or "/"

    @property
    def address(self) -> str:
        """Where the folder is."""
        return f"sftp://{self.host}:{self.port}{self.path}"

    def opened(self, http: Http) -> AbstractContextManager[Remote]:
        """Connect, log in, and lend the folder; raises HarvestError and ConfigError."""
        sftp = library("sftp", "harvesters.folders.sftp")
        lent: AbstractContextManager[Remote] = sftp.opened(
            http,
            self.host,
            self.port,
            self.path,
            host_key=self.host_key,
            user=self.user,
            secret=secret(self.name, self.secret_env, self.secret_file),
        )
        return lent
