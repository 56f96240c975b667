"""The pages of publishers.

/organization                 all publishers, compared
/organization/NAME            one of them: scorecard, map, datasets; by id, the way there
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datasets.serbian import sort_key
from geoportal.pages import data
from geoportal.pages.ckan import Kind, group_document, moved, own_image, title_of
from geoportal.portal import Portal
from geoportal.rendering import linker, page
from publish.dcat.agents import email
from publish.package import text_of
from publish.quality import scorecard

router = APIRouter()
READ = ["GET", "HEAD"]
ORGANIZATION = Kind("organization", "organization", "organization_show", "organization_list")
MOST_LISTED = 100  # datasets in the table of a page; the file has all
MOST_RAISES = 5
MOST_DRAWN = 10  # layers in the picture


@router.api_route("/organization", methods=READ)
@router.api_route("/organization/", methods=READ)
def organizations(request: Request) -> Response:
    """All publishers, the best first; those without a public dataset below."""
    portal: Portal = request.app.state.portal
    cards, known = portal.scores.by_organization(), portal.publishers.titles()
    rows = [(name, title, cards.get(name, scorecard([]))) for name, title in known.items()]
    rows.sort(key=lambda row: (-row[2].points, sort_key(str(row[1]))))
    link = linker(portal, request.state.language)
    return page(
        request,
        "organizations/all.html",
        rows=[row for row in rows if row[2].count],
        empty=[row for row in rows if not row[2].count],
        canonical=link("/organization"),
    )


@router.api_route("/organization/{name}", methods=READ)
def organization(
    request: Request,
    name: str,
    q: Annotated[data.Word, Query()] = "",
    sort: Annotated[data.Word, Query()] = "",
    number: data.Number = 1,
) -> Response:
    """A publisher: who it is, how good its data are, its layers and its datasets."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    found = group_document(portal, ORGANIZATION, name)
    path = f"/organization/{found['name']}"
    if found["name"] != name:
        return moved(request, path)
    sort, asked = data.sort_of(sort, q), {"q": q, "sort": sort}
    datasets = data.find(portal, q, {"organization": [name]}, sort, number)
    layers = portal.registry.view().collections.items()
    card = portal.scores.by_organization().get(name, scorecard([]))
    return page(
        request,
        "organizations/one.html",
        name=name,
        title=title_of(found),
        notes=text_of(found, "description"),
        image=own_image(portal, found.get("image_display_url") or ""),
        write_to=(email(portal.publishers.by_id().get(found["id"], {})) or "")[len("mailto:") :],
        card=card,
        listed=card.scored[:MOST_LISTED],
        raises=card.raises()[:MOST_RAISES],
        layers=[shown for _, shown in layers if shown.organization == name],
        most_drawn=MOST_DRAWN,
        found=datasets,
        asked=asked,
        canonical=linker(portal, language)(path),
        **data.turning(portal, language, path, asked, number, datasets.count),
    )
