"""The documents are part of the product: what they leave out is a fault."""

import inspect

import pytest
import typer.main

import emap
from datasets import config, errors, kinds
from datasets.formats import READABLE
from datasets.template import templates
from publish.formats import formats
from publish.harvests.faults import faults
from publish.targets._target import Target


def pages(project, name):
    return (project / "docs" / name).read_text(encoding="utf-8")


def commands():
    group = typer.main.get_command(emap.app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        yield from (f"emap {name} {each}" for each in inner) if inner else [f"emap {name}"]


def test_every_room_of_the_house_is_on_its_map_and_says_who_lives_there(project):
    told = pages(project, "for-developers.md").partition("## The house")[2].partition("## Ext")[0]
    for folder in ("geoportal", "publish", "validation", "harvesters", "datasets"):
        for path in (project / folder).rglob("__init__.py"):
            assert f"`{path.parent.name}/`" in told, path
            assert path.read_text(encoding="utf-8").startswith('"""'), path


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_has_its_heading(project, command):
    assert f"\n## {command}\n" in pages(project, "commands.md")


def settings(model, before=""):
    for name, field in model.model_fields.items():
        inner = field.annotation
        inner = getattr(inner, "__args__", [inner])[0]
        if inspect.isclass(inner) and issubclass(inner, config.Section):
            yield from settings(inner, f"{before}{name}.")
        elif name not in {"sources", "targets"}:
            yield f"{before}{name}"


@pytest.mark.parametrize("setting", list(settings(config.Config)))
def test_every_setting_is_documented(project, setting):
    assert f"`{setting}`" in pages(project, "settings.md")


@pytest.mark.parametrize("kind", kinds.kinds("harvesters"))
def test_every_kind_of_source_has_its_heading(project, kind):
    assert f"\n## {kind}\n" in pages(project, "kinds.md")


@pytest.mark.parametrize("kind", kinds.kinds("publish.targets"))
def test_every_kind_of_target_has_its_heading(project, kind):
    assert f"\n## Target {kind}\n" in pages(project, "kinds.md")


@pytest.mark.parametrize("form", READABLE)
def test_every_format_that_is_read_is_told(project, form):
    assert f"`{form}`" in pages(project, "kinds.md").rpartition("## Formats of files")[2]


@pytest.mark.parametrize("name", formats())
def test_every_format_of_downloads_has_its_heading_and_its_row(project, name):
    told, form = pages(project, "formats.md"), formats()[name]
    assert f"\n## {name}\n" in told
    [row] = [line for line in told.splitlines() if line.startswith(f"| [`{name}`]")]
    media_type = form.media_type.partition(";")[0]
    assert f"`.{form.ending}` | `{media_type}` | {'any' if form.any_crs else 'WGS 84'} |" in row
    assert ("gzip" in row) == form.is_text


@pytest.mark.parametrize("setting", sorted(Target.model_fields))
def test_every_setting_of_a_target_is_documented(project, setting):
    assert f"`targets.{setting}`" in pages(project, "settings.md")


@pytest.mark.parametrize(
    "error",
    [
        n
        for n, e in vars(errors).items()
        if inspect.isclass(e) and e.__module__ == "datasets.errors"
    ],
)
def test_every_error_is_documented(project, error):
    assert f"| `{error}` |" in pages(project, "errors.md")


@pytest.mark.parametrize("fault", sorted(faults()))
def test_every_fault_of_a_harvest_is_documented(project, fault):
    rows = [line for line in pages(project, "errors.md").splitlines() if line.startswith("|")]
    assert any(f"`{fault}`" in row.split("|")[1] for row in rows)


@pytest.mark.parametrize("name", sorted(templates()))
def test_every_template_is_listed(project, name):
    assert f"| `{name}` |" in pages(project, "templates.md")
