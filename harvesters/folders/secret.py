"""A secret by where it is kept, and a library that is there only when it was asked for."""

import importlib
import os
from pathlib import Path
from types import ModuleType

from datasets.errors import ConfigError


def secret(source: str, variable: str, path: Path | None) -> str:
    """Read a secret from a variable of the environment, or from a file.

    Raises ConfigError when it is in neither.
    """
    if variable:
        said, where = os.environ.get(variable, ""), f"variable {variable}"
    elif path:
        try:
            said, where = path.read_text(encoding="utf-8"), f"file {path}"
        except (OSError, UnicodeError):
            said, where = "", f"file {path}"
    else:
        raise ConfigError(f"source {source!r}: needs `secret_env` or `secret_file`")
    if not said.strip():
        raise ConfigError(f"source {source!r}: there is no secret in the {where}")
    return said.strip() if "PRIVATE KEY" not in said else said


def library(extra: str, module: str) -> ModuleType:
    """Load our module that needs the libraries of an extra; raises ConfigError without them."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith(("harvesters", "datasets")):
            raise
        raise ConfigError(
            f"the kind {extra} needs the library {error.name!r}: pip install 'emap[{extra}]'"
        ) from None
