"""Term translations: words of the catalog in other languages, kept for programs that ask."""

from typing import Any

from sqlalchemy import delete, insert, select

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import invalid
from publish.catalog.registry import action
from publish.catalog.tables import translations as rows
from publish.catalog.validators import MISSING, REQUIRED, Field, check, words

TAKES = {"term": REQUIRED, "term_translation": REQUIRED, "lang_code": REQUIRED}
MOST = 1000


@action(writes=True)
def term_translation_update(call: Call, given: Given) -> Document:
    """Keep the translation of a term; an older one is replaced. Sysadmins only.

    :param term: the word or sentence
    :param term_translation: what it is in the other language
    :param lang_code: the language: `en`, `sr`, `sr_Latn`
    """
    authorization.change_translations(call)
    return _kept(call, given)


@action(writes=True)
def term_translation_update_many(call: Call, given: Given) -> Document:
    """Keep several translations, all or none. Sysadmins only.

    :param data: a list of what `term_translation_update` takes
    """
    authorization.change_translations(call)
    several = given.get("data")
    if not isinstance(several, list) or not all(isinstance(each, dict) for each in several):
        raise invalid({"data": ["Must be a list of objects"]})
    for each in several:
        _kept(call, each)
    return {"success": f"{len(several)} translations are kept"}


@action(takes={"terms": Field((words,), required=MISSING), "lang_codes": Field((words,))})
def term_translation_show(call: Call, given: Given) -> list[Document]:
    """Tell what is kept about terms.

    :param terms: a term, or a list of at most 1,000
    :param lang_codes: only these languages
    """
    columns = (rows.c.term, rows.c.term_translation, rows.c.lang_code)
    query = select(*columns).where(rows.c.term.in_(given["terms"][:MOST]))
    if given["lang_codes"] is not None:
        query = query.where(rows.c.lang_code.in_(given["lang_codes"][:MOST]))
    found = call.connection.execute(query.order_by(rows.c.term, rows.c.lang_code))
    names = [column.name for column in columns]
    return [dict(zip(map(str, names), row, strict=True)) for row in found]


def _kept(call: Call, given: Given) -> Document:
    errors: dict[str, Any] = {}
    values = check(TAKES, given, errors)
    if errors:
        raise invalid(errors)
    old = (rows.c.term == values["term"], rows.c.lang_code == values["lang_code"])
    call.connection.execute(delete(rows).where(*old))
    call.connection.execute(insert(rows).values(**values))
    return values
