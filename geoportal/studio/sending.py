"""A file that a clerk sends: kept, byte for byte, before it is acknowledged; then judged."""

from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets import names
from datasets.model import Dataset, Schema
from datasets.template import templates
from datasets.text import Text
from geoportal.portal import Portal
from geoportal.studio import doing
from geoportal.studio.answers import Private, Refused
from geoportal.studio.clerk import Standing, standing
from geoportal.studio.posted import FormWithFile, Posted
from harvesters.packages.package import UPLOAD, single_file

router = APIRouter(route_class=Private, include_in_schema=False)
LONGEST_TITLE = 300


@router.post("/studio/upload")
def send(request: Request, form: FormWithFile) -> Response:
    """Take a file as a dataset's first or next delivery."""
    portal: Portal = request.app.state.portal
    organization, title = form.word("organization"), form.word("title")
    if organization not in form.clerk.organizations:
        raise Refused(403, "studio_others")
    if len(title) > LONGEST_TITLE:
        raise Refused(400, "studio_title_long", most=LONGEST_TITLE)
    name = _name(form.word("name"), title)
    known = standing(portal, name)
    _belongs(known, name, organization)
    dataset = _dataset(form, organization, name, title)
    made = _like_before(dataset, known.delivery, title) if known and known.delivery else dataset
    kept = portal.store.keep(made)
    return doing.begin(request, form.clerk, name, organization, "take", doing.given_of(kept))


def _name(name: str, title: str) -> str:
    """The name of a dataset, made of its title where none is given. Raises Refused."""
    if not name:
        try:
            return names.slug(title)
        except ValueError:
            raise Refused(400, "studio_title_missing") from None
    if not names.is_name(name):
        raise Refused(400, "studio_name_wrong", name=name[:100])
    return name


def _belongs(known: Standing | None, name: str, organization: str) -> None:
    """Refuse a name under which somebody else's data stand, or what a source delivers."""
    if known is None:
        return
    same_id = known.package_id in ("", names.dataset_id(UPLOAD, name))
    if known.organizations != {organization} or not same_id:
        raise Refused(409, "studio_name_taken", name=name)
    if known.source not in ("", UPLOAD):
        raise Refused(409, "studio_harvested", name=name, source=known.source)
    if known.delivery and len(known.delivery.resources) > 1:
        raise Refused(409, "studio_package", name=name)


def _dataset(form: Posted, organization: str, name: str, title: str) -> Dataset:
    sent = form.files.get("file")
    if sent is None or not sent.size_bytes:
        raise Refused(400, "studio_no_file")
    path: Path = form.folder / "sent" / names.file_name(sent.filename)
    path.parent.mkdir()
    sent.path.rename(path)
    schema = _schema(form.word("template"))
    # Not `upload`: it reads what is called datapackage.json, and nothing is read in this process.
    made = single_file(
        path, source=UPLOAD, organization=organization, name=name, title=title or name
    )
    return replace(made, resources=tuple(replace(each, schema=schema) for each in made.resources))


def _schema(template: str) -> Schema | None:
    if not template:
        return None
    if template not in templates():
        raise Refused(400, "studio_broken")
    return templates()[template].schema()


def _like_before(dataset: Dataset, before: Dataset, title: str) -> Dataset:
    """A new delivery of a dataset: what was said of it before still holds."""
    said = before.resources[0].schema if before.resources else None
    files = tuple(replace(file, schema=file.schema or said) for file in dataset.resources)
    own = Text(title, before.title.translated if title == str(before.title) else {})
    new_title = own if title else before.title
    return replace(before, title=new_title, resources=files, findings=dataset.findings)
