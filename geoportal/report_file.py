"""A report as one HTML file that needs nothing else: to keep, to print, to send to a producer."""

import functools

from markupsafe import Markup

from datasets.model import Report
from datasets.sentences import number
from geoportal.folium_maps import Sheet, document
from geoportal.judged import judged, places, positions
from geoportal.palette import Symbol
from geoportal.rendering import HERE, counted, environment, spoken
from geoportal.words import word

STYLES = ("site.css", "report.css")
MARKED = Symbol("#a61b1b", "circle")
MOST_MAPS = 3


def report_file(report: Report, language: str, title: str) -> str:
    """All of a report as a page of its own; it loads nothing and runs nothing but its maps."""
    placed = [name for name, excerpt in report.excerpts.items() if excerpt.places][:MOST_MAPS]
    return (
        environment()
        .get_template("report_file.html")
        .render(
            language=language,
            title=title,
            style=Markup(style()),
            judged=judged(report, language),
            maps=[
                (name, places_map(report, name, language), positions(report, name))
                for name in placed
            ],
            t=functools.partial(word, language),
            counted=functools.partial(counted, language),
            spoken=functools.partial(spoken, language),
            number=functools.partial(number, language),
        )
    )


@functools.cache
def style() -> str:
    """The styles of the site without its fonts."""
    found = [(HERE / "static" / "css" / name).read_text(encoding="utf-8") for name in STYLES]
    return "\n".join(found)


def places_map(report: Report, resource: str, language: str) -> str:
    """The faulty places of a resource on a small map, a whole HTML page."""
    title = word(language, "faulty_places", resource=resource)
    columns = {"row": word(language, "row"), "what": word(language, "what_is_wrong")}
    sheet = Sheet(title, places(report, resource, language), columns, MARKED)
    return document([sheet], language=language, title=title, heading=False)
