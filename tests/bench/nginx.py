"""nginx over a folder of files: the physical limit of what a server on this machine can do."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from process import free_port, serving

CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  default_type application/octet-stream;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    location ~ \\.mvt$ {{ add_header Content-Encoding gzip; }}
  }}
}}
"""


def available() -> bool:
    """Tell whether nginx is installed."""
    return program() is not None


def program() -> str | None:
    """Where it is: Debian keeps it out of a user's PATH."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")


@contextlib.contextmanager
def files(folder: Path, root: Path) -> Iterator[tuple[int, int]]:
    """Serve the files below `root`; yields process id and port. Files *.mvt are gzip already."""
    port, config = free_port(), folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, root=root, port=port))
    root.joinpath("ready").write_text("yes")
    folder.chmod(0o755)  # its worker is another user
    command = [str(program()), "-p", str(folder), "-c", str(config)]
    with serving(command, f"http://127.0.0.1:{port}/ready", {}) as pid:
        yield pid, port
