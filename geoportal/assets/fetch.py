"""Copy what the pages serve out of node_modules, and write down what was copied.

`make assets` runs it after `npm ci`. It fills `geoportal/static/vendor`: one folder a package,
its version in the name, so that an address can be cached for ever; file names stay as they are,
because MapLibre looks for its worker beside itself by name.
Why it is so: docs/decisions/0002-browser-assets.md.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
VENDOR = HERE.parent / "static" / "vendor"


@dataclass(frozen=True)
class Package:
    """A package of package.json, and the patterns of its files that a page may ask for.

    `root` is the folder inside the package that the patterns, and the copies, start from.
    """

    name: str
    root: str
    files: tuple[str, ...]
    licence: str

    @property
    def short(self) -> str:
        """The name without its scope: `@mapbox/maki` is `maki`."""
        return self.name.rpartition("/")[2]


PACKAGES = (
    Package(
        "maplibre-gl",
        "dist",
        (
            "maplibre-gl.mjs",
            "maplibre-gl-worker.mjs",
            # Empty in 6.17, yet part of the set its makers ship.
            "maplibre-gl-shared.mjs",
            "maplibre-gl.css",
        ),
        "LICENSE.txt",
    ),
    Package("leaflet", "dist", ("leaflet.js", "leaflet.css", "images/*.png"), "LICENSE"),
    Package(
        "@fontsource/noto-sans",
        "files",
        tuple(
            f"noto-sans-{script}-{weight}-normal.woff2"
            for script in ("cyrillic", "latin", "latin-ext")
            for weight in (400, 700)
        ),
        "LICENSE",
    ),
    Package("@mapbox/maki", "icons", ("*.svg",), "LICENSE.txt"),
)


def main() -> None:
    """Fill `VENDOR` anew; the old one stays until the new one is whole."""
    fresh = MODULES / ".vendor"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    said = {package.short: copied(package, fresh) for package in PACKAGES}
    text = json.dumps(said, indent=2, sort_keys=True)
    (fresh / "vendor.json").write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.parent.mkdir(exist_ok=True)
    fresh.rename(VENDOR)


def copied(package: Package, into: Path) -> dict[str, object]:
    """Copy one package's files; the answer is its entry in vendor.json."""
    home = MODULES / package.name
    about = json.loads((home / "package.json").read_text(encoding="utf-8"))
    folder = f"{package.short}-{about['version']}"
    hashes = {
        name: placed(file, into / folder / name) for name, file in sorted(wanted(package, home))
    }
    return {
        "version": about["version"],
        "folder": folder,
        "licence": about["license"],
        "files": hashes,
    }


def wanted(package: Package, home: Path) -> Iterator[tuple[str, Path]]:
    """Each file to copy with the name it gets; SystemExit where a pattern finds nothing."""
    yield "LICENSE", home / package.licence
    root = home / package.root
    for pattern in package.files:
        found = list(root.glob(pattern))
        if not found:
            raise SystemExit(f"{package.name}: no {pattern} in {root}; did `npm ci` end well?")
        yield from ((file.relative_to(root).as_posix(), file) for file in found)


def placed(file: Path, target: Path) -> str:
    """Copy one file; the answer is its sha256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    content = file.read_bytes()
    target.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
