"""A report as the command line gives it: printed, or written as a page or a marked workbook."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from datasets.errors import ConfigError
from datasets.model import Report, Resource
from publish.terminal import out, print_line
from validation.sandbox import Sandbox


def print_report(made: Report, language: str, *, json_lines: bool) -> None:
    """Print a report for people, or Frictionless' own for machines."""
    from validation.report.terminal import told  # noqa: PLC0415 - not for machines

    if json_lines:
        print_line(json.dumps(made.frictionless, ensure_ascii=False, default=str))
        return
    for piece in told(made, language):
        out.print(piece, soft_wrap=False)


def write_html(made: Report, path: Path, title: str, language: str) -> None:
    """Write a report as one HTML file. Raises ConfigError when it cannot be written."""
    from geoportal.report_file import report_file  # noqa: PLC0415 - folium is large

    with _writing(path):
        path.write_text(report_file(made, language, title), encoding="utf-8")


def write_xlsx(
    made: Report, path: Path, resource: Resource, sandbox: Sandbox, language: str
) -> None:
    """Write the marked workbook of a file. Raises ConfigError when it cannot be written."""
    from validation.report.workbook import write_workbook  # noqa: PLC0415 - rarely asked for

    with _writing(path):
        write_workbook(resource, made, path, sandbox, language)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Tell where a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
