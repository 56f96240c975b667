"""A real SFTP server on 127.0.0.1, made of paramiko's own server classes, over a folder."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import paramiko

KEYS = (paramiko.ECDSAKey.generate(), paramiko.RSAKey.generate(2048))


class _Door(paramiko.ServerInterface):
    def __init__(self, passwords, keys):
        self.passwords, self.keys = passwords, keys

    def check_auth_password(self, username, password):
        good = self.passwords.get(username) == password
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        good = self.keys.get(username) == key.get_base64()
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "password,publickey"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class _File(paramiko.SFTPHandle):
    def __init__(self, path):
        super().__init__()
        self.readfile = path.open("rb")

    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Files(paramiko.SFTPServerInterface):
    """The folder `root`; names in `extra` are listed although they are not there."""

    def __init__(self, server, *largs, root, extra, **kwargs):
        super().__init__(server)
        self.root, self.extra = root, extra

    def _place(self, path):
        return self.root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path):
        try:
            found = []
            for each in sorted(self._place(path).iterdir()):
                said = paramiko.SFTPAttributes.from_stat(each.lstat())
                said.filename = each.name
                found.append(said)
            for name in self.extra:
                said = paramiko.SFTPAttributes.from_stat(self.root.stat())
                said.filename = name
                found.append(said)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return found

    def stat(self, path):
        try:
            return paramiko.SFTPAttributes.from_stat(self._place(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, attr):
        try:
            return _File(self._place(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)


class SftpServer:
    """Answers until it is closed; `opened` are the paths of files that were asked for."""

    def __init__(self, root: Path) -> None:
        self.root, self.passwords, self.keys, self.extra = root, {"opstina": "tajna"}, {}, []
        self.host_keys = list(KEYS)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._transports = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def host_key(self) -> str:
        return f"{self.host_keys[0].get_name()} {self.host_keys[0].get_base64()}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            for key in self.host_keys:
                transport.add_server_key(key)
            transport.set_subsystem_handler(
                "sftp", paramiko.SFTPServer, _Files, root=self.root, extra=self.extra
            )
            with suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(server=_Door(self.passwords, self.keys))
            self._transports.append(transport)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)
        for transport in self._transports:
            transport.close()
