"""The front door: the command line of eMap.

Exit codes: 0 all published, 1 some refused or held, 2 configuration, 3 a source, 4 the catalog.
"""

import contextlib
import enum
import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

ROOT = Path(__file__).resolve().parent
# The folders are imported as they lie: the repository's root, or site-packages/emap in a wheel.
sys.path.insert(0, str(ROOT))

import typer  # noqa: E402
from typer.core import TyperGroup  # noqa: E402

from datasets import errors  # noqa: E402
from datasets.config import Limits  # noqa: E402
from datasets.text import CYRILLIC, ENGLISH, LATIN  # noqa: E402
from publish.site import Site, open_site  # noqa: E402
from publish.terminal import (  # noqa: E402
    EXIT,
    code_of,
    complain,
    exit_code,
    out,
    print_line,
    say,
    tell,
    tell_of,
    user_name,
    working,
)

if TYPE_CHECKING:
    from datasets.model import Receipt
    from publish.targets._target import Difference

DEMO = ROOT / "datasets" / "demo" / "config.yml"


class Tongue(enum.Enum):
    """The languages that a report is said in."""

    cyrillic = CYRILLIC
    latin = LATIN
    en = ENGLISH


class ListByDefault(TyperGroup):
    """A group of commands of which `list` is meant where none is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the command that is left out."""
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["list", *args])


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
tokens = typer.Typer(no_args_is_help=True, help="API tokens of the catalog.")
jobs = typer.Typer(
    cls=ListByDefault, help="Harvests that were, are and wait; `list` if none named."
)
app.add_typer(tokens, name="token")
app.add_typer(jobs, name="jobs")

CONFIG, STATE = "config.yml of the site.", "State folder, ./var if none."
Json = Annotated[bool, typer.Option("--json", help="One JSON document a line, for machines.")]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", help="A dataset whose loss of rows a person has looked at."),
]
Repairs = Annotated[
    list[str] | None, typer.Option(help="Ids of repairs to accept; or safe: all that are exact.")
]
Full = Annotated[
    bool, typer.Option("--full", help="Look at every file, whatever the source says changed.")
]
Sources = Annotated[list[str] | None, typer.Argument(help="Sources; all if none.")]
SourceName = Annotated[str, typer.Argument(help="Name of the source.")]
Html = Annotated[Path | None, typer.Option(help="Write the report as one HTML file.")]
Xlsx = Annotated[Path | None, typer.Option(help="Write a copy of the table, wrong cells marked.")]
Frictionless = Annotated[bool, typer.Option("--json", help="A Frictionless report.")]
TemplateName = Annotated[
    str | None, typer.Option("--template", help="Judge by a template of `emap template`.")
]
JobId = Annotated[str, typer.Argument(help="The id that `emap jobs` shows.")]
Language = Annotated[Tongue, typer.Option(envvar="EMAP_LANGUAGE", help="Of the report.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.")]


@app.callback()
def everywhere(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", envvar="EMAP_CONFIG", help=CONFIG)
    ] = None,
    state: Annotated[Path | None, typer.Option("--state", envvar="EMAP_STATE", help=STATE)] = None,
) -> None:
    """Open data publishing and an eMap geoportal for municipalities."""
    context.obj = {"config": config, "state": state}


def on_site(
    command: Callable[..., None], default: Path = Path("config.yml")
) -> Callable[..., None]:
    """Make a command of a function of a Site: --config and --state may follow its name too."""

    @functools.wraps(command, assigned=("__name__", "__doc__", "__module__"))
    def run(
        context: typer.Context,
        config: Annotated[Path | None, typer.Option("--config", help=CONFIG)] = None,
        state: Annotated[Path | None, typer.Option("--state", help=STATE)] = None,
        **options: Any,
    ) -> None:
        path = config or context.obj["config"] or (default if default.exists() else None)
        folder = state or context.obj["state"] or Path("var")
        command(open_site(path, folder.resolve()), **options)

    here = list(inspect.signature(run, follow_wrapped=False).parameters.values())[:3]
    own = list(inspect.signature(command).parameters.values())[1:]
    every = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*here, *own)]
    vars(run)["__signature__"] = inspect.Signature(every)
    run.__annotations__ = {each.name: each.annotation for each in every}
    return run


@app.command()
@functools.partial(on_site, default=DEMO)
def demo(
    site: Site,
    once: Annotated[bool, typer.Option("--once", help="Publish, and do not serve.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    json_lines: Json = False,
) -> None:
    """Publish the demo municipalities, then serve them on http://127.0.0.1:8000.

    One dataset is refused on purpose, so a refusal is no failure here; a source that fails is.
    """
    from publish.harvests.jobs import Options  # noqa: PLC0415
    from publish.harvests.terminal import harvest as publish_all  # noqa: PLC0415

    code = publish_all(site.sources(), site.desk(), Options(), json_lines=json_lines)
    if code == EXIT[errors.HarvestError]:
        raise typer.Exit(code)
    if not once:
        serve_site(site, host, port, workers=1)


@app.command()
@on_site
def run(
    site: Site,
    source: Sources = None,
    accept: Accept = None,
    accept_missing: Annotated[
        bool, typer.Option("--accept-missing", help="What vanished at the source may go.")
    ] = False,
    full: Full = False,
    json_lines: Json = False,
) -> None:
    """Harvest, validate and publish; what is gone at a source is withdrawn."""
    from publish.harvests.jobs import Options  # noqa: PLC0415
    from publish.harvests.terminal import harvest as publish_all  # noqa: PLC0415

    options = Options(tuple(sorted(accept or ())), accept_missing=accept_missing, full=full)
    sources = site.sources(source)
    raise typer.Exit(publish_all(sources, site.desk(), options, json_lines=json_lines))


@app.command()
@on_site
def harvest(
    site: Site,
    source: Sources = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch, judge, and show what a run would change.")
    ] = False,
    accept: Accept = None,
    full: Full = False,
    json_lines: Json = False,
) -> None:
    """Show what the sources offer; nothing is published or withdrawn."""
    from publish.harvests.jobs import Options  # noqa: PLC0415
    from publish.harvests.terminal import changes, offers  # noqa: PLC0415

    desk, options = site.desk(), Options(tuple(accept or ()), full=full)
    sources = site.sources(source)
    if not dry_run:
        for each in sources:
            offers(each, desk, json_lines=json_lines)
        return
    raise typer.Exit(changes(sources, desk, options, json_lines=json_lines))


@app.command()
@on_site
def worker(site: Site) -> None:
    """Harvest by itself what has a schedule in config.yml, until it is stopped."""
    from publish.harvests.worker import work_until_told  # noqa: PLC0415

    work_until_told(site)


@jobs.command("list")
@on_site
def jobs_list(
    site: Site,
    source: Annotated[str | None, typer.Argument(help="Of one source; of all if none.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 30,
    json_lines: Json = False,
) -> None:
    """List the last harvests, the newest first."""
    from publish.harvests.terminal import book, listed  # noqa: PLC0415

    listed(book(site.desk()).jobs(source, limit), json_lines=json_lines)


@jobs.command("show")
@on_site
def jobs_show(site: Site, job: JobId, json_lines: Json = False) -> None:
    """Show what became of a harvest, and what to do where it is not well."""
    from publish.harvests.terminal import book, shown  # noqa: PLC0415

    shown(book(site.desk()), job, json_lines=json_lines)


@jobs.command("run")
@on_site
def jobs_run(site: Site, source: SourceName, json_lines: Json = False) -> None:
    """Ask the worker for a harvest of a source as soon as it can."""
    from publish.harvests import ordering, terminal  # noqa: PLC0415

    [chosen] = site.sources([source])
    terminal.listed([ordering.order(chosen, site.desk())], json_lines=json_lines)


@jobs.command("abort")
@on_site
def jobs_abort(site: Site, job: JobId, json_lines: Json = False) -> None:
    """End a harvest that waits or runs; what it published stays."""
    from publish.harvests import ordering, terminal  # noqa: PLC0415

    terminal.listed([ordering.abort(job, site.desk())], json_lines=json_lines)


@jobs.command("resume")
@on_site
def jobs_resume(site: Site, source: SourceName) -> None:
    """Let a paused source be harvested by its own rhythm again."""
    from publish.harvests import ordering  # noqa: PLC0415

    [chosen] = site.sources([source])
    ordering.resume(chosen, site.desk())
    out.print(f"{source}: harvested by its own rhythm again", markup=False, highlight=False)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, GeoJSON, GPKG or zipped Shapefile.")],
    schema: Annotated[Path | None, typer.Option(help="A Table Schema in JSON.")] = None,
    template: TemplateName = None,
    html: Html = None,
    xlsx: Xlsx = None,
    language: Language = Tongue.en,
    json_lines: Frictionless = False,
) -> None:
    """Judge one file; needs no configuration. Ends with 0 if it is valid, else with 1."""
    from geoportal.report_output import print_report, write_html, write_xlsx  # noqa: PLC0415
    from validation.judge import resource_of, validate_file  # noqa: PLC0415
    from validation.sandbox import Sandbox  # noqa: PLC0415

    if not file.is_file():
        raise errors.ConfigError(f"{file}: there is no such file")
    wanted, sandbox = wanted_schema(schema, template), Sandbox(Limits())
    made = validate_file(file, wanted, sandbox)
    if html:
        write_html(made, html, file.name, language.value)
    if xlsx:
        write_xlsx(made, xlsx, resource_of(file, wanted), sandbox, language.value)
    print_report(made, language.value, json_lines=json_lines)
    raise typer.Exit(0 if made.ok else 1)


@app.command()
@on_site
def report(
    site: Site,
    dataset: Annotated[str, typer.Argument(help="Name of the dataset.")],
    resource: Annotated[str | None, typer.Option(help="Which file --xlsx marks.")] = None,
    html: Html = None,
    xlsx: Xlsx = None,
    language: Language = Tongue.en,
    json_lines: Frictionless = False,
) -> None:
    """Show the report on the last delivery of a dataset. Ends with 0 if it could be published."""
    from geoportal.report_output import print_report, write_html, write_xlsx  # noqa: PLC0415
    from publish.deliveries import last  # noqa: PLC0415
    from publish.reports import last_report  # noqa: PLC0415

    desk = site.desk()
    made = last_report(desk.versions, desk.store, dataset)
    if html:
        write_html(made, html, dataset, language.value)
    if xlsx:
        delivered = last(desk.catalog.engine, dataset, desk.store).resources
        wanted = resource or next((f.resource for f in made.findings if f.resource), None)
        found = [each for each in delivered if wanted in (None, each.name)]
        if not found:
            known = ", ".join(each.name for each in delivered)
            raise errors.ConfigError(f"{dataset} has no file {wanted!r}; there are {known}")
        write_xlsx(made, xlsx, found[0], desk.sandbox, language.value)
    print_report(made, language.value, json_lines=json_lines)
    raise typer.Exit(0 if made.ok else 1)


@app.command("map")
@on_site
def map_(
    site: Site,
    dataset: Annotated[str, typer.Argument(help="Name of a public dataset.")],
    output: Annotated[Path | None, typer.Option(help="The file; else DATASET.html here.")] = None,
    language: Language = Tongue.cyrillic,
) -> None:
    """Write a dataset as a map in one HTML file that needs no network."""
    from geoportal.folium_maps.of_state import write_map  # noqa: PLC0415 - folium is large
    from geoportal.portal import open_portal  # noqa: PLC0415

    path = output or Path(f"{Path(dataset).name}.html")
    with working(f"{dataset}: drawing"):
        write_map(open_portal(site.config, site.state, ""), dataset, path, language.value)
    out.print(str(path), markup=False, highlight=False)


def read_schema(path: Path) -> dict[str, Any]:
    """A Table Schema from a JSON file."""
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise errors.ConfigError(f"{path}: is not a Table Schema in JSON: {error}") from None
    if not isinstance(schema, dict):
        raise errors.ConfigError(f"{path}: a Table Schema is a JSON object with `fields`")
    return schema


def wanted_schema(path: Path | None, name: str | None) -> Any:
    """The schema that a file or a template says; None where neither is named."""
    from datasets.template import template as find  # noqa: PLC0415

    if path and name:
        raise errors.ConfigError("--schema and --template: say one of them")
    if name:
        return find(name).schema()
    return read_schema(path) if path else None


@app.command()
def template(
    name: Annotated[str | None, typer.Argument(help="Name of the template; lists all.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write a workbook with drop-downs.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV.")] = None,
    schema: Annotated[Path | None, typer.Option(help="Write its Table Schema.")] = None,
    style: Annotated[Path | None, typer.Option(help="Write its MapLibre style.")] = None,
    example: Annotated[bool, typer.Option("--example", help="With two rows of example.")] = False,
    latin: Annotated[bool, typer.Option("--latin", help="In Serbian Latin.")] = False,
    json_lines: Json = False,
) -> None:
    """Show the templates of municipal datasets, or write one as files; needs no configuration."""
    from datasets.template import template as find  # noqa: PLC0415
    from datasets.template import templates  # noqa: PLC0415
    from validation.templates import LATIN_OR_NOT, show, write  # noqa: PLC0415

    script = LATIN_OR_NOT[latin]
    if name is None:
        for each in templates().values():
            say(show(each), json_lines, f"{each.name}: {each.title['sr']} ({each.title['en']})")
        return
    found = find(name)
    asked = {"xlsx": xlsx, "csv": csv, "schema": schema, "style": style}
    written = [
        path for kind, path in asked.items() if path and write(found, kind, path, script, example)
    ]
    if not written:
        say(show(found), json_lines, "\n".join(f"{f.sr}: {f.type}" for f in found.fields))
    for path in written:
        out.print(str(path), markup=False, highlight=False)


@app.command()
@on_site
def publish(
    site: Site,
    path: Annotated[Path, typer.Argument(help="A file, or the folder of a Data Package.")],
    organization: Annotated[str, typer.Option(help="Name of the organization.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the dataset.")] = None,
    template: TemplateName = None,
    accept: Annotated[bool, typer.Option(help="Rows were lost, and that is right.")] = False,
    repair: Repairs = None,
    json_lines: Json = False,
) -> None:
    """Validate and publish one file or Data Package."""
    from harvesters.packages.package import upload  # noqa: PLC0415
    from publish.pipeline import lenient, take  # noqa: PLC0415
    from publish.repairing import publish as publish_repaired  # noqa: PLC0415

    schema = wanted_schema(None, template)
    dataset = upload(path, organization=organization, name=name, title=title, schema=schema)
    desk = lenient(site.desk()) if accept else site.desk()
    with working(f"{dataset.name}: publishing"):
        if repair:
            receipt = publish_repaired(dataset, repair, desk, user_name=user_name())
        else:
            receipt = take(dataset, desk, by_hand=True)
    tell(receipt, json_lines)
    raise typer.Exit(code_of([receipt]))


@app.command("repair")
@on_site
def repair_(
    site: Site,
    target: Annotated[str, typer.Argument(help="A file, or the name of a dataset of the site.")],
    accept: Repairs = None,
    undo: Annotated[list[str] | None, typer.Option(help="Id of a repair to take back.")] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="Say what is offered and accepted; so without options.")
    ] = False,
    always: Annotated[
        bool | None, typer.Option(help="For every later delivery, or for this one only.")
    ] = None,
    schema: Annotated[Path | None, typer.Option(help="A Table Schema in JSON, for a file.")] = None,
    template: TemplateName = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Steps in JSON, read and written; for a file.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--out", help="The corrected .csv, .geojson or .xlsx of a file.")
    ] = None,
    language: Language = Tongue.en,
    json_lines: Json = False,
) -> None:
    """Say what repairs would mend a file or a dataset, accept them, or take them back."""
    from publish.repair_terminal import Wanted, repair_dataset, repair_file  # noqa: PLC0415

    if list_only and (accept or undo):
        raise errors.ConfigError("--list changes nothing; leave out --accept and --undo")
    asked = (accept or (), undo or (), always, recipe, into, language.value, json_lines)
    wanted = Wanted(*asked)
    if Path(target).is_file():
        raise typer.Exit(repair_file(Path(target), wanted_schema(schema, template), wanted))
    raise typer.Exit(repair_dataset(target, site.desk(), wanted))


@app.command()
@on_site
def mirror(
    site: Site,
    target: Annotated[list[str] | None, typer.Argument(help="Targets; all if none.")] = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Tell what differs there; change nothing.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Look at all that is there, and set it right.")
    ] = False,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="A dataset that may be withdrawn there.")
    ] = None,
    json_lines: Json = False,
) -> None:
    """Show what is public here at other portals too; what is gone here is withdrawn there."""
    from publish import mirror as story  # noqa: PLC0415

    targets, desk, code = site.targets(target), site.desk(), 0
    for each in targets:
        each.token()  # a token that is not there stops all before anything is sent
    for each in targets:
        with working(f"{each.name}: looking"):
            try:
                told: Iterable[Receipt | Difference] = (
                    story.drift(each, desk)
                    if check_only
                    else story.mirror(each, desk, repair=repair, accept=frozenset(accept or ()))
                )
                code = max([code, *(tell_of(each.name, one, json_lines) for one in told)])
            except errors.TargetError as error:
                code = EXIT[errors.PublishError]
                complain(f"{each.name}: {error}")
    raise typer.Exit(code)


@app.command()
@on_site
def rollback(
    site: Site,
    dataset: Annotated[str, typer.Argument(help="Name of the dataset.")],
    version: Annotated[
        int | None, typer.Option(help="The version wanted; else the former.")
    ] = None,
    json_lines: Json = False,
) -> None:
    """Make a former version of a dataset public again, on every surface at once."""
    from publish.pipeline import rollback as roll  # noqa: PLC0415

    tell(roll(dataset, site.desk(), version), json_lines)


@app.command()
@on_site
def release(
    site: Site,
    dataset: Annotated[str, typer.Argument(help="Name of the dataset.")],
    by: Annotated[str, typer.Option(help="The officer: a user, admin of the organization.")],
    reason: Annotated[str, typer.Option(help="Why it may be public; shown with the data.")] = "",
    resource: Annotated[str | None, typer.Option(help="Only of this file.")] = None,
    field: Annotated[str | None, typer.Option(help="Only of the column with this header.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only name, phone, email, jmbg …")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take releases back.")] = False,
    json_lines: Json = False,
) -> None:
    """Let personal data that stop a dataset be public, or take that back."""
    from publish import releasing  # noqa: PLC0415

    desk, wanted = site.desk(), {"resource": resource, "field": field, "kind": kind}
    with as_argument(dataset):
        if revoke:
            made, receipt = releasing.revoke(dataset, desk, by=by, wanted=wanted), None
        else:
            made, receipt = releasing.release(dataset, desk, by=by, reason=reason, wanted=wanted)
    done = "revoked" if revoke else "released"
    for each in made:
        say(each, json_lines, f"{each['resource']}: {each['field']}: {each['kind']} {done}")
    if receipt:
        tell(receipt, json_lines)
        raise typer.Exit(code_of([receipt]))


@app.command()
@on_site
def serve(
    site: Site,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = 1,
) -> None:
    """Serve the portal: pages, eMap, CKAN API, OGC APIs and tiles."""
    serve_site(site, host, port, workers)


def serve_site(site: Site, host: str, port: int, workers: int) -> None:
    """Serve until stopped."""
    from geoportal.serving import serve as start  # noqa: PLC0415

    start(site, host, port, workers)


@app.command()
@on_site
def check(
    site: Site,
    json_lines: Json = False,
) -> None:
    """Check the configuration, and that all that is public is whole. Ends with 1 if it is not."""
    from publish.invariants import violations  # noqa: PLC0415

    if site.config.sources:
        site.sources()
    desk = site.desk()
    broken = 0
    with working("checking every file that is public"):
        for violation in violations(desk.versions, desk.store):
            broken += 1
            say(
                asdict(violation),
                json_lines,
                f"{violation.rule} {violation.thing}: {violation.fault}",
            )
    if not json_lines:
        out.print("whole" if not broken else f"{broken} faults")
    raise typer.Exit(1 if broken else 0)


@app.command("copy-catalog")
@on_site
def copy_catalog(
    site: Site,
    url: Annotated[str, typer.Argument(help="An empty database, as in catalog.url.")],
) -> None:
    """Copy the catalog into another database: all of it, or nothing. Then set catalog.url."""
    from publish.copying import copy_catalog as copy  # noqa: PLC0415
    from publish.database import open_database  # noqa: PLC0415

    with working("copying the catalog"):
        rows = copy(site.desk().catalog, open_database(url, site.state))
    out.print(f"{rows['package']} datasets, {sum(rows.values())} rows; now set catalog.url")


@tokens.command("create")
@on_site
def token_create(
    site: Site,
    user: Annotated[str, typer.Option(help="Name of the user; made if there is none.")],
    sysadmin: Annotated[bool, typer.Option("--sysadmin", help="May do everything.")] = False,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
) -> None:
    """Make an API token; it is printed once, alone on the last line."""
    catalog = site.desk().catalog
    with as_argument("user"):
        catalog.create_user(user, sysadmin=sysadmin)
        made = catalog.call_action("api_token_create", {"user": user, "name": name})
    print_line(made["token"])


@tokens.command("list")
@on_site
def token_list(
    site: Site,
    user: Annotated[str, typer.Option(help="Name of the user.")],
) -> None:
    """List the tokens of a user: id, name and when it was made."""
    catalog = site.desk().catalog
    with as_argument("user"):
        found = catalog.call_action("api_token_list", {"user_id": user})
    for token in found:
        out.print(f"{token['id']}  {token['name']}  {token['created_at']}", markup=False)


@tokens.command("revoke")
@on_site
def token_revoke(
    site: Site,
    token_id: Annotated[str, typer.Argument(help="The id that `emap token list` shows.")],
) -> None:
    """Revoke a token: from now on it is nobody's."""
    catalog = site.desk().catalog
    with as_argument("token"):
        catalog.call_action("api_token_revoke", {"jti": token_id})


@contextlib.contextmanager
def as_argument(name: str) -> Iterator[None]:
    """Tell what the catalog has against an argument."""
    from publish.catalog.errors import CKANAPIError  # noqa: PLC0415

    try:
        yield
    except CKANAPIError as error:
        said = getattr(error, "error_dict", None) or error
        raise errors.ConfigError(f"{name}: {said}") from None


def main() -> None:
    """Run the command line; an error that we raise on purpose is told in one line."""
    try:
        app()
    except errors.EmapError as error:
        complain(str(error))
        sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
