"""A folder on a WebDAV server, such as a Nextcloud share, with the rules of `folder`."""

import base64
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from harvesters.fetching.http import Http
from harvesters.folders.remote_folder import Remote, RemoteFolder
from harvesters.folders.secret import library, secret
from harvesters.sources.source import WebAddress


class Webdav(RemoteFolder):
    """Each subfolder of `url` with a descriptor is a dataset, and with `loose` each data file.

    The password of `user` is in the variable `secret_env` of the environment or in the file
    `secret_file`, never here, and is sent to the host of `url` alone.
    """

    url: WebAddress
    user: str = ""
    secret_env: str = ""
    secret_file: Path | None = None

    @property
    def secrets(self) -> Mapping[str, str]:
        """The header of the login, none without a user; raises ConfigError without a secret."""
        if not self.user:
            return {}
        login = f"{self.user}:{secret(self.name, self.secret_env, self.secret_file)}"
        return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}

    def opened(self, http: Http) -> AbstractContextManager[Remote]:
        """Lend the folder; raises HarvestError and ConfigError."""
        webdav = library("webdav", "harvesters.folders.webdav")
        lent: AbstractContextManager[Remote] = webdav.opened(http, self.url, self.secrets)
        return lent
