"""Tags: the words that datasets carry."""

from sqlalchemy import select

from datasets.serbian import fold
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import missing
from publish.catalog.registry import action
from publish.catalog.tables import packages, tags, terms
from publish.catalog.validators import BOOLEAN, TEXT


@action(takes={"query": TEXT, "all_fields": BOOLEAN, "vocabulary_id": TEXT})
def tag_list(call: Call, given: Given) -> list[str] | list[Document]:
    """List the tags of the datasets that everybody may see.

    :param query: only tags that contain this, in either script
    :param all_fields: objects with id, name, display_name, instead of names
    :param vocabulary_id: there are no vocabularies yet: any is not found
    """
    if given["vocabulary_id"]:
        raise missing(f'Could not find vocabulary "{given["vocabulary_id"]}"')
    used = (
        select(terms.c.value)
        .join(packages, packages.c.number == terms.c.package)
        .where(terms.c.field == "tags", authorization.visible(call))
    )
    query = select(tags.c.id, tags.c.name).where(tags.c.name.in_(used)).order_by(tags.c.name)
    part = fold(given["query"] or "")
    found = [row for row in call.connection.execute(query) if part in fold(row.name)]
    if not given["all_fields"]:
        return [row.name for row in found]
    return [
        {"id": row.id, "name": row.name, "display_name": row.name, "vocabulary_id": None}
        for row in found
    ]
