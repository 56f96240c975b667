"""A file's name is its registration: find the one class that a file of a folder defines."""

import ast
import importlib
import inspect
import pkgutil
from importlib.util import find_spec
from pathlib import Path

from datasets.errors import ConfigError


def kinds(package: str) -> list[str]:
    """List the kinds of a package: its modules, without those that begin with `_`.

    A folder in it is a kind where its `__init__.py` defines a class; else it serves the kinds.
    """
    folder = importlib.import_module(package)
    found = [m for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_")]
    return sorted(m.name for m in found if not m.ispkg or _has_class(f"{package}.{m.name}"))


def _has_class(path: str) -> bool:
    """Tell whether a module defines a class; it is read, not run."""
    spec = find_spec(path)
    if spec is None or spec.origin is None:
        return False  # a folder without `__init__.py`, such as __pycache__
    body = ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
    return any(isinstance(each, ast.ClassDef) for each in body)


def kind[T](package: str, name: str, base: type[T]) -> type[T]:
    """Give the subclass of `base` that `<package>/<name>.py` defines.

    A name with a dot is a module anywhere, for kinds of a city's own. Raises ConfigError that
    names the kinds there are.
    """
    known = kinds(package)
    is_path = "." in name and all(part.isidentifier() for part in name.split("."))
    if not is_path and name not in known:
        raise ConfigError(f"{package}: no kind {name!r}; there are {', '.join(known)}")
    path = name if is_path else f"{package}.{name}"
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not path.startswith(error.name):
            raise  # the kind is there, what it imports is not
        raise ConfigError(f"{package}: there is no module {path!r} to take a kind from") from None
    found = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, base) and member is not base and member.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ConfigError(f"{path}: must define one {base.__name__}, and defines {len(found)}")
    return found[0]
