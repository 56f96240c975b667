"""The front door: the command line of eMap.

Exit codes: 0 all published, 1 some refused or held, 2 configuration, 3 a source, 4 the catalog.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

ROOT = Path(__file__).resolve().parent
# The folders are imported as they lie: the repository's root, or site-packages/emap in a wheel.
sys.path.insert(0, str(ROOT))

import typer  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: E402
from rich.table import Table  # noqa: E402

from datasets import config as configuration  # noqa: E402
from datasets import errors  # noqa: E402
from datasets.config import Config, Document  # noqa: E402
from datasets.model import Receipt  # noqa: E402

if TYPE_CHECKING:
    from harvesters._source import Source
    from publish.desk import Desk
    from publish.targets._target import Difference, Target

DEMO = ROOT / "datasets" / "demo" / "config.yml"
EXIT = {
    errors.ConfigError: 2,
    errors.NotFound: 2,
    errors.HarvestError: 3,
    errors.PublishError: 4,
    errors.EmapError: 4,
}
COLOURS = {"refused": "red", "held": "yellow", "withdrawn": "yellow", "unchanged": "dim"}

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
tokens = typer.Typer(no_args_is_help=True, help="API tokens of the catalog.")
app.add_typer(tokens, name="token")
out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", envvar="EMAP_CONFIG", help="config.yml of the site.")
]
State = Annotated[
    Path | None, typer.Option("--state", envvar="EMAP_STATE", help="State folder, ./var if none.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document a line, for machines.")]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", help="A dataset whose loss of rows a person has looked at."),
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.")]


@app.callback()
def everywhere(context: typer.Context, config: ConfigFile = None, state: State = None) -> None:
    """Open data publishing and an eMap geoportal for municipalities."""
    context.obj = {"config": config, "state": state}


class Site:
    """The configuration and state folder that the options of a command name."""

    def __init__(
        self, context: typer.Context, config: Path | None, state: Path | None, default: Path
    ) -> None:
        chosen = config or context.obj["config"]
        self.path: Path | None = chosen or (default if default.exists() else None)
        self.state: Path = (state or context.obj["state"] or Path("var")).resolve()
        self.config, self.document = Config(), None
        if self.path:
            self.config, self.document = configuration.load(self.path)

    def sources(self, names: list[str] | None) -> "list[Source]":
        """Open the sources of config.yml, or those named."""
        from harvesters import open_sources  # noqa: PLC0415

        if not isinstance(self.document, Document) or not self.config.sources:
            where = self.path or "config.yml"
            raise errors.ConfigError(f"{where}: has no `sources:`; see config.yml of the project")
        sources = open_sources(self.config, self.document)
        return named("source", sources, names)

    def targets(self, names: list[str] | None) -> "list[Target]":
        """Open the targets of config.yml, or those named."""
        from publish.targets import open_targets  # noqa: PLC0415

        if not isinstance(self.document, Document) or not self.config.targets:
            where = self.path or "config.yml"
            raise errors.ConfigError(f"{where}: has no `targets:`; see docs/settings.md")
        return named("target", open_targets(self.config, self.document), names)

    def desk(self) -> "Desk":
        """Open what a run needs."""
        from publish.desk import open_desk  # noqa: PLC0415

        return open_desk(self.config, self.state)


def named[T: Any](noun: str, things: list[T], names: list[str] | None) -> list[T]:
    """Those of some names, or all; raises ConfigError for a name that none has."""
    known = [thing.name for thing in things]
    for name in names or ():
        if name not in known:
            raise errors.ConfigError(f"no {noun} {name!r}; there are {', '.join(known)}")
    return [thing for thing in things if not names or thing.name in names]


def at(context: typer.Context, config: Path | None, state: Path | None) -> Site:
    """The site that a command works on."""
    return Site(context, config, state, Path("config.yml"))


@app.command()
def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Publish, and do not serve.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    json_lines: Json = False,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Publish the demo municipalities, then serve them on http://127.0.0.1:8000.

    One dataset is refused on purpose, so a refusal is no failure here; a source that fails is.
    """
    site = Site(context, config, state, DEMO)
    code = harvest_and_publish(site, site.sources(None), frozenset(), json_lines)
    if code == EXIT[errors.HarvestError]:
        raise typer.Exit(code)
    if not once:
        start(site, host, port, workers=1)


@app.command()
def run(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Argument(help="Sources; all if none.")] = None,
    accept: Accept = None,
    json_lines: Json = False,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Harvest, validate and publish; what is gone at a source is withdrawn."""
    site = at(context, config, state)
    code = harvest_and_publish(site, site.sources(source), frozenset(accept or ()), json_lines)
    raise typer.Exit(code)


@app.command()
def harvest(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Argument(help="Sources; all if none.")] = None,
    json_lines: Json = False,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Show what the sources offer; nothing is published or withdrawn."""
    site = at(context, config, state)
    desk = site.desk()
    for each in site.sources(source):
        with working(f"{each.name}: harvesting"):
            for record in (r for page in each.harvest(desk.http) for r in page.records):
                offer = {
                    "source": each.name,
                    "dataset": record.name,
                    "title": str(record.title),
                    "organization": each.organization or record.organization,
                    "resources": [distribution.name for distribution in record.distributions],
                    "findings": [finding.note for finding in record.findings],
                }
                say(offer, json_lines, f"{offer['organization']}/{record.name}  {record.title}")


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, GeoJSON, GPKG or zipped Shapefile.")],
    schema: Annotated[Path | None, typer.Option(help="A Table Schema in JSON.")] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="A Frictionless report.")] = False,
) -> None:
    """Judge one file; needs no configuration. Ends with 0 if it is valid, else with 1."""
    from validation.judge import validate_file  # noqa: PLC0415
    from validation.messages import said  # noqa: PLC0415
    from validation.sandbox import Sandbox  # noqa: PLC0415

    if not file.is_file():
        raise errors.ConfigError(f"{file}: there is no such file")
    wanted = read_schema(schema) if schema else None
    report = validate_file(file, wanted, Sandbox(configuration.Limits()))
    if json_lines:
        typer.echo(json.dumps(report.frictionless, ensure_ascii=False, default=str))
    else:
        for finding in report.findings:
            sentence = said(finding, "en")
            out.print(f"{finding.severity}: {sentence.what} {sentence.how}", markup=False)
        out.print("valid" if report.ok else f"not valid: {len(report.of('error'))} errors")
    raise typer.Exit(0 if report.ok else 1)


def read_schema(path: Path) -> dict[str, Any]:
    """A Table Schema from a JSON file."""
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise errors.ConfigError(f"{path}: is not a Table Schema in JSON: {error}") from None
    if not isinstance(schema, dict):
        raise errors.ConfigError(f"{path}: a Table Schema is a JSON object with `fields`")
    return schema


@app.command()
def publish(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file, or the folder of a Data Package.")],
    organization: Annotated[str, typer.Option(help="Name of the organization.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the dataset.")] = None,
    accept: Annotated[bool, typer.Option(help="Rows were lost, and that is right.")] = False,
    json_lines: Json = False,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Validate and publish one file or Data Package."""
    from harvesters._package import upload  # noqa: PLC0415
    from publish.pipeline import lenient, take  # noqa: PLC0415

    site = at(context, config, state)
    dataset = upload(path, organization=organization, name=name, title=title)
    desk = site.desk()
    with working(f"{dataset.name}: publishing"):
        receipt = take(dataset, lenient(desk) if accept else desk, by_hand=True)
    tell(receipt, json_lines)
    raise typer.Exit(code_of([receipt]))


@app.command()
def mirror(
    context: typer.Context,
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
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Show what is public here at other portals too; what is gone here is withdrawn there."""
    from publish import mirror as story  # noqa: PLC0415

    site = at(context, config, state)
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
                err.print(f"{each.name}: {error}", style="red", markup=False)
    raise typer.Exit(code)


@app.command()
def rollback(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(help="Name of the dataset.")],
    version: Annotated[
        int | None, typer.Option(help="The version wanted; else the former.")
    ] = None,
    json_lines: Json = False,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Make a former version of a dataset public again, on every surface at once."""
    from publish.pipeline import rollback as roll  # noqa: PLC0415

    tell(roll(dataset, at(context, config, state).desk(), version), json_lines)


@app.command()
def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = 1,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Serve the portal: pages, eMap, CKAN API, OGC APIs and tiles."""
    start(at(context, config, state), host, port, workers)


@app.command()
def check(
    context: typer.Context,
    json_lines: Json = False,
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Check the configuration, and that all that is public is whole. Ends with 1 if it is not."""
    from publish.invariants import violations  # noqa: PLC0415

    site = at(context, config, state)
    if site.config.sources:
        site.sources(None)
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
def copy_catalog(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="An empty database, as in catalog.url.")],
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Copy the catalog into another database: all of it, or nothing. Then set catalog.url."""
    from publish.copying import copy_catalog as copy  # noqa: PLC0415
    from publish.database import open_database  # noqa: PLC0415

    site = at(context, config, state)
    with working("copying the catalog"):
        rows = copy(site.desk().catalog, open_database(url, site.state))
    out.print(f"{rows['package']} datasets, {sum(rows.values())} rows; now set catalog.url")


@tokens.command("create")
def token_create(
    context: typer.Context,
    user: Annotated[str, typer.Option(help="Name of the user; made if there is none.")],
    sysadmin: Annotated[bool, typer.Option("--sysadmin", help="May do everything.")] = False,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Make an API token; it is printed once, alone on the last line."""
    catalog = at(context, config, state).desk().catalog
    with as_argument("user"):
        catalog.create_user(user, sysadmin=sysadmin)
        made = catalog.call_action("api_token_create", {"user": user, "name": name})
    typer.echo(made["token"])


@tokens.command("list")
def token_list(
    context: typer.Context,
    user: Annotated[str, typer.Option(help="Name of the user.")],
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """List the tokens of a user: id, name and when it was made."""
    catalog = at(context, config, state).desk().catalog
    with as_argument("user"):
        found = catalog.call_action("api_token_list", {"user_id": user})
    for token in found:
        out.print(f"{token['id']}  {token['name']}  {token['created_at']}", markup=False)


@tokens.command("revoke")
def token_revoke(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(help="The id that `emap token list` shows.")],
    config: ConfigFile = None,
    state: State = None,
) -> None:
    """Revoke a token: from now on it is nobody's."""
    catalog = at(context, config, state).desk().catalog
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


def harvest_and_publish(
    site: Site, sources: "list[Source]", accept: frozenset[str], json_lines: bool
) -> int:
    """Run the sources one after the other; gives the exit code. A failed source stops no other."""
    from publish.harvests.run import run as run_source  # noqa: PLC0415

    desk = site.desk()
    receipts: list[Receipt] = []
    failed = 0
    for source in sources:
        with working(f"{source.name}: harvesting") as tick:
            try:
                for receipt in run_source(source, desk, accept):
                    receipts.append(receipt)
                    tick(f"{source.name}: {receipt.dataset}")
                    if json_lines:
                        tell(receipt, json_lines)
            except errors.HarvestError as error:
                failed = EXIT[errors.HarvestError]
                err.print(f"{source.name}: {error}", style="red", markup=False)
    if not json_lines:
        out.print(summary(receipts))
    return failed or code_of(receipts)


def code_of(receipts: list[Receipt]) -> int:
    """1 when something was refused or held, else 0."""
    return int(any(receipt.action in ("refused", "held") for receipt in receipts))


def start(site: Site, host: str, port: int, workers: int) -> None:
    """Serve until stopped. Each worker opens the state folder itself."""
    import uvicorn  # noqa: PLC0415

    shown = f"[{host}]" if ":" in host else host
    site_url = site.config.site.url or f"http://{shown}:{port}"
    os.environ |= {
        "EMAP_CONFIG": str(site.path.resolve()) if site.path else "",
        "EMAP_STATE": str(site.state),
        "EMAP_SITE_URL": site_url,
    }
    err.print(f"eMap serves {site_url}  (stop with Ctrl+C)", markup=False)
    uvicorn.run(
        "geoportal.app:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


@contextlib.contextmanager
def working(text: str) -> Iterator[Any]:
    """Show that long work goes on, on a terminal; yields a function that changes the text."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(text, total=None)
        yield lambda words: progress.update(task, description=words)


def tell(receipt: Receipt, json_lines: bool) -> None:
    """Print one receipt."""
    say(asdict(receipt), json_lines, words_of(receipt))


def words_of(receipt: Receipt) -> str:
    """A receipt in one line."""
    version = f" version {receipt.version}" if receipt.version else ""
    reason = f"  ({receipt.reason})" if receipt.reason else ""
    return f"{receipt.dataset}: {receipt.action}{version}{reason}"


def tell_of(target: str, one: "Receipt | Difference", json_lines: bool) -> int:
    """Print what was done, or what differs, at a target; gives the exit code of it."""
    document = {"target": target} | asdict(one)
    if isinstance(one, Receipt):
        del document["version"]  # a target has one state, no versions
        say(document, json_lines, f"{target}: {words_of(one)}")
        return code_of([one])
    values = f" {one.field}: here {one.here!r}, there {one.there!r}" if one.field else ""
    say(document, json_lines, f"{target}: {one.dataset}: {one.kind}{values}")
    return 1


def say(document: Any, json_lines: bool, words: str) -> None:
    """Print a line for machines or for people."""
    if json_lines:
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        out.print(words, markup=False, highlight=False)


def summary(receipts: list[Receipt]) -> Table:
    """The receipts of a run as a table."""
    table = Table("dataset", "action", "version", "reason", box=None, pad_edge=False)
    for receipt in receipts:
        style = COLOURS.get(receipt.action, "green")
        version = str(receipt.version or "")
        table.add_row(receipt.dataset, f"[{style}]{receipt.action}[/]", version, receipt.reason)
    return table


def main() -> None:
    """Run the command line; an error that we raise on purpose is told in one line."""
    try:
        app()
    except errors.EmapError as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        codes = [code for kind, code in EXIT.items() if isinstance(error, kind)]
        sys.exit(codes[0])


if __name__ == "__main__":
    main()
