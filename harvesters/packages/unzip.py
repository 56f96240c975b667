"""A Data Package inside a zip, unpacked into an empty folder: names and sizes are not believed."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from datasets.errors import HarvestError
from harvesters.packages.package import DESCRIPTORS
from harvesters.values.formats import is_litter

MAX_MEMBERS = 5_000
CHUNK = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def unpacked(path: Path, into: Path, max_bytes: int, address: str) -> Path:
    """Unpack the package whose descriptor lies nearest to the top; give its folder.

    Members with a name that leaves the folder, links and litter are left out. Raises HarvestError
    for a zip that is damaged, too large when unpacked, or without a descriptor.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpacked(archive, into, max_bytes, address)
    except _DAMAGE as error:
        raise HarvestError(
            f"{address}: the zip cannot be unpacked ({error}); make it again",
            "wrong-answer",
            address=address,
            wanted="zip",
        ) from None


def _unpacked(archive: zipfile.ZipFile, into: Path, max_bytes: int, address: str) -> Path:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _too("many", f"holds more than {MAX_MEMBERS} files", address, MAX_MEMBERS)
    named = {member.filename: member for member in members if _is_plain(member)}
    top = _top(list(named))
    if top is None:
        raise HarvestError(
            f"{address}: the zip holds no {DESCRIPTORS[-1]}",
            "wrong-answer",
            address=address,
            wanted=DESCRIPTORS[-1],
        )
    left = max_bytes
    for name, member in named.items():
        if name.startswith(top):
            target = into / name.removeprefix(top)
            left -= _member(archive, member, target, left, address)
    return into


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Tell whether a member is a file whose name stays where it is unpacked."""
    name = member.filename
    steps = name.split("/")
    odd = "\\" in name or "\0" in name or name.startswith("/") or ":" in steps[0]
    link = stat.S_ISLNK(member.external_attr >> 16)
    hidden = any(step in ("", ".", "..") or is_litter(step) for step in steps)
    return not (odd or link or hidden or member.is_dir() or len(name) > 1_000)


def _top(names: list[str]) -> str | None:
    """The folder of the descriptor nearest to the top, as a prefix of names."""
    there = [PurePosixPath(name) for name in names if PurePosixPath(name).name in DESCRIPTORS]
    if not there:
        return None
    first = min(there, key=lambda path: (len(path.parts), str(path)))
    return "" if len(first.parts) == 1 else f"{first.parent}/"


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int, address: str
) -> int:
    """Unpack one member; give its size in bytes."""
    size = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("xb") as out:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > left:
                    raise _too("large", "unpacks to more than http.max_bytes", address, left)
                out.write(chunk)
    except OSError as error:  # two members of one name, or one that is a folder of another
        raise HarvestError(
            f"{address}: {member.filename[:200]!r} cannot be unpacked: {error.strerror}",
            "wrong-answer",
            address=address,
            wanted="zip",
        ) from None
    return size


def _too(what: str, said: str, address: str, limit: int) -> HarvestError:
    return HarvestError(f"{address}: {said}", f"too-{what}", address=address, limit=str(limit))
