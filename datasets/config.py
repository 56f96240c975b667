"""config.yml as frozen models; a wrong key is told with its line and the keys there are."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from datasets.basemaps import Map
from datasets.colours import contrast
from datasets.errors import ConfigError
from datasets.identifiers import municipality
from datasets.section import Section

SCHEDULER = re.compile(r"(tcp|tls|ws|wss)://[^\s/@]+:[0-9]+")

LOGOS = {".svg", ".png", ".webp"}
MAX_LOGO_BYTES = 200_000
READABLE, DARK_GROUND = 4.5, "#10181b"

type Place = tuple[str | int, ...]
"""The way to a value: ("sources", 0, "url")."""


class Site(Section):
    """Who we are, at which address, and how we look; `logo` is a file beside config.yml."""

    title: str = "eMap"
    title_en: str = ""
    description: str = ""
    description_en: str = ""
    url: str = ""
    language: Literal["sr-Cyrl", "sr-Latn", "en"] = "sr-Cyrl"
    contact: str = ""
    logo: str = ""
    colour: str = ""
    colour_dark: str = ""

    @field_validator("colour", "colour_dark")
    @classmethod
    def _can_be_read(cls, colour: str, field: ValidationInfo) -> str:
        if not colour:
            return colour
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ValueError('must be a colour as "#0b5563", in quotes')
        ground = DARK_GROUND if field.field_name == "colour_dark" else "#ffffff"
        if contrast(colour, ground) < READABLE:
            raise ValueError(
                f"cannot be read on {ground}: its contrast is {contrast(colour, ground):.1f} to 1, "
                f"and {READABLE} is the least (WCAG 2.2, 1.4.3); take a "
                + ("paler one" if field.field_name == "colour_dark" else "darker one")
            )
        return colour


class Organization(Section):
    """A publisher: a municipality, an institution, a public company."""

    name: str = Field(pattern=r"^[a-z0-9_-]{2,100}$")
    title: str
    title_en: str = ""
    description: str = ""
    url: str = ""
    municipality: str = ""

    @field_validator("municipality")
    @classmethod
    def _has_its_check_digit(cls, code: str) -> str:
        if code and not municipality(code):
            raise ValueError(
                'must be the five digits of a municipality (matični broj, "71617"), in quotes; '
                "the last one is a check digit"
            )
        return code


class Http(Section):
    """How harvesters fetch."""

    allow_private: tuple[str, ...] = ()
    contact: str = ""
    timeout_s: float = Field(default=60, gt=0)
    deadline_s: float = Field(default=600, gt=0)
    max_bytes: int = Field(default=2_000_000_000, gt=0)
    attempts: int = Field(default=4, ge=1, le=10)
    per_host: int = Field(default=2, ge=1, le=20)
    pause_s: float = Field(default=0, ge=0, le=60)


class Harvest(Section):
    """How sources that have a schedule are harvested by themselves."""

    executor: Literal["local", "dask"] = "local"
    scheduler: str = Field(default="", validate_default=True)
    parallel: int = Field(default=4, ge=1, le=64)
    lease_s: float = Field(default=60, ge=1)
    attempts: int = Field(default=3, ge=1)
    stop_s: float = Field(default=30, ge=0)
    keep_days: int = Field(default=365, ge=1)
    in_serve: bool = True
    timezone: str = "Europe/Belgrade"

    @field_validator("scheduler")
    @classmethod
    def _dask_has_an_address(cls, address: str, others: ValidationInfo) -> str:
        if others.data.get("executor") == "dask" and not SCHEDULER.fullmatch(address):
            raise ValueError("must be where Dask's scheduler listens: tcp://HOST:8786")
        return address

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise ValueError("must be a time zone, as Europe/Belgrade or UTC") from None
        return name


class Limits(Section):
    """What a sandboxed reader may use for one file."""

    memory_bytes: int = Field(default=4 << 30, gt=0)
    cpu_s: int = Field(default=300, gt=0)
    wall_s: int = Field(default=600, gt=0)
    inflated_bytes: int = Field(default=1 << 30, gt=0)


class Privacy(Section):
    """What looks personal and is public, from how many people on, and whether uploads are seen."""

    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    k: int = Field(default=5, ge=1, le=100)
    uploads: Literal["check", "off"] = "check"

    @field_validator("uploads", mode="before")
    @classmethod
    def _off_is_false_in_yaml(cls, said: Any) -> Any:
        return "off" if said is False else said


class Reference(Section):
    """A table to measure by: a file, or the name of a dataset that is published here."""

    path: str = ""
    dataset: str = Field(default="", validate_default=True)
    column: str

    @field_validator("dataset")
    @classmethod
    def _one_of_both(cls, dataset: str, others: ValidationInfo) -> str:
        if bool(dataset) == bool(others.data.get("path")):
            raise ValueError("must be given, or `path`, and not both")
        return dataset


class Boundaries(Reference):
    """The areas of municipalities; `column` has their numbers, `title_column` their names."""

    title_column: str = ""
    tolerance_m: float = Field(default=100, ge=0, le=10_000)


class Names(Reference):
    """The names that there are, of streets or settlements, for the columns of these headers."""

    name: str
    columns: tuple[str, ...] = Field(min_length=1)


class Validation(Section):
    """What the checks hold against a dataset."""

    extent: tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0)
    max_loss: float = Field(default=0.25, ge=0, le=1)
    boundaries: Boundaries | None = None
    lists: tuple[Names, ...] = ()
    limits: Limits = Limits()
    privacy: Privacy = Privacy()


class Catalog(Section):
    """Where the catalog's database is; empty means catalog.sqlite in the state folder."""

    url: str = ""
    max_upload_bytes: int = Field(default=500_000_000, gt=0)
    max_image_bytes: int = Field(default=2_000_000, gt=0)
    users_by_api: Literal["sysadmin", "anyone"] = "sysadmin"
    datastore_sql: bool = True
    organizations_by: Literal["sysadmin", "anyone-with-a-token"] = "anyone-with-a-token"


class Processes(Section):
    """How much one execution of a process may take, and how long its results are kept."""

    parallel: int = Field(default=2, ge=1, le=32)
    timeout_s: float = Field(default=600, ge=1)
    max_features: int = Field(default=1_000_000, gt=0)
    max_bytes: int = Field(default=1_000_000_000, gt=0)
    keep_hours: float = Field(default=24, gt=0)
    keep_bytes: int = Field(default=5_000_000_000, gt=0)


class Layers(Section):
    """Where the features of layers are kept, and for how many versions of a dataset.

    An empty address is that of the catalog.
    """

    backend: str = "sqlite"
    url: str = ""
    keep_versions: int = Field(default=5, ge=1)


FRAMING = re.compile(r"\*|'(self|none)'|https?://(\*\.)?[a-z0-9.-]+(:[0-9]+)?")


class Embed(Section):
    """Which sites may show our maps in a frame of theirs."""

    frame_ancestors: tuple[str, ...] = ("*",)

    @field_validator("frame_ancestors")
    @classmethod
    def _sites(cls, sites: tuple[str, ...]) -> tuple[str, ...]:
        for site in sites:
            if not FRAMING.fullmatch(site):
                raise ValueError(
                    f"{site!r} is no site: as https://www.example.rs or https://*.example.rs, "
                    "or '*' for all, \"'self'\" for this one, \"'none'\" for none"
                )
        return sites or ("'none'",)


class Config(Section):
    """The whole of config.yml; `sources` and `targets` are opened by the folders of their kinds."""

    site: Site = Site()
    organizations: tuple[Organization, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()
    targets: tuple[Mapping[str, Any], ...] = ()
    http: Http = Http()
    harvest: Harvest = Harvest()
    validation: Validation = Validation()
    catalog: Catalog = Catalog()
    processes: Processes = Processes()
    layers: Layers = Layers()
    embed: Embed = Embed()
    map: Map = Map()


class Document:
    """A YAML file read once: its values, and the line on which each stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            self.node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.values = yaml.safe_load(text) or {}
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
        except (yaml.YAMLError, ValueError) as error:
            raise ConfigError(f"{path}: is not YAML: {error}") from None
        if not isinstance(self.values, dict):
            raise ConfigError(f"{path}: must be a mapping of sections, as in config.yml")

    def line(self, place: Place) -> int:
        """The line (from 1) of the key at a place, or of its nearest parent that is there."""
        node, line = self.node, 1
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            line, node = child
        return line

    def parse[M: BaseModel](self, model: type[M], values: Any, place: Place = ()) -> M:
        """Check values against a model; raises ConfigError with file, line, key and the way out."""
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise ConfigError(
                "\n".join(self._said(model, e, place) for e in error.errors())
            ) from None

    def _said(self, model: type[BaseModel], error: Any, place: Place) -> str:
        inner = tuple(error["loc"])
        where = ".".join(map(str, place + inner))
        start = f"{self.path}:{self.line(place + inner)}: {where}"
        if error["type"] == "extra_forbidden":
            return f"{start}: no such key; {_keys(model, inner)}"
        if error["type"] == "missing":
            return f"{start}: is missing"
        said = error["msg"].removeprefix("Value error, ")
        # an address may hold a password
        shown = re.sub(r"(//)\S*(?=@)|(password=)[^&\s]*", r"\1\2…", str(error["input"]))
        return f"{start}: {said}, not {shown[:60]!r}"


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _keys(model: type[BaseModel], inner: Place) -> str:
    """Say which keys exist beside a wrong one, the likely one first."""
    section: Any = model
    for step in inner[:-1]:
        if isinstance(step, str) and step in section.model_fields:
            section = _model_of(section.model_fields[step].annotation)
    known = sorted(field.alias or name for name, field in section.model_fields.items())
    near = difflib.get_close_matches(str(inner[-1]), known, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}there are {', '.join(known)}"


def _model_of(annotation: Any) -> Any:
    inner = getattr(annotation, "__args__", None)
    return inner[0] if inner else annotation


def load(path: Path) -> tuple[Config, Document]:
    """Read config.yml; the document is kept for the lines of what is parsed later."""
    document = Document(path)
    config = _placed(document.parse(Config, document.values), path.resolve().parent)
    _check_logo(config.site.logo, document)
    return config, document


def _check_logo(logo: str, document: Document) -> None:
    """Raise ConfigError for a logo that is not there, or that a page cannot carry."""
    if not logo:
        return
    file, fault = Path(logo), ""
    if file.suffix.lower() not in LOGOS:
        fault = f"must be one of {', '.join(sorted(LOGOS))}"
    elif not file.is_file():
        fault = "is not there"
    elif file.stat().st_size > MAX_LOGO_BYTES:
        fault = f"has more than {MAX_LOGO_BYTES // 1000} kB, and every page carries it"
    if fault:
        place = ("site", "logo")
        raise ConfigError(f"{document.path}:{document.line(place)}: site.logo: {logo} {fault}")


def _placed(config: Config, folder: Path) -> Config:
    """Take paths as relative to the folder of config.yml: of the logo, of tables to measure by."""

    def placed[R: Reference](reference: R) -> R:
        path = str(folder / reference.path) if reference.path else ""
        return reference.model_copy(update={"path": path})

    if config.site.logo:
        site = config.site.model_copy(update={"logo": str(folder / config.site.logo)})
        config = config.model_copy(update={"site": site})
    basemaps = tuple(
        each.model_copy(update={"path": str(folder / each.path)}) if each.path else each
        for each in config.map.basemaps
    )
    config = config.model_copy(update={"map": config.map.model_copy(update={"basemaps": basemaps})})
    own = config.validation
    if own.boundaries is None and not own.lists:
        return config
    boundaries = placed(own.boundaries) if own.boundaries else None
    found = {"boundaries": boundaries, "lists": tuple(map(placed, own.lists))}
    return config.model_copy(update={"validation": own.model_copy(update=found)})
