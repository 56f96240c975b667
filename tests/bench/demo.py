"""The whole demo run: wall time, CPU time and the most memory that it and its readers took."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from process import free_port, memory_mb, serving

EMAP = str(Path(sys.executable).parent / "emap")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        state = ["--state", scratch]
        print("| demo | wall s | CPU s | most memory MB |\n|---|---|---|---|")
        for name in ("first run", "second run, nothing new"):
            print(f"| {name} | {timed([EMAP, 'demo', '--once', *state])} |")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [EMAP, "serve", "--port", str(port), *state]
        with serving(command, f"{url}/map", {}) as pid:
            print(f"\nServing after the map page was asked for: {memory_mb(pid):.0f} MB resident")


def timed(command: list[str]) -> str:
    """Run a command; its row of the table."""
    started, before = time.monotonic(), os.times()
    most_mb = 0.0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most_mb = max(most_mb, memory_mb(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return f"{time.monotonic() - started:.1f} | {spent:.1f} | {most_mb:.0f}"
