"""Records of sources, which ckanext-harvest calls harvest objects: what is known of each."""

import json

from sqlalchemy import Row, select

from datasets import names
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import invalid, missing
from publish.catalog.harvests.harvest_sources import name_of, seen, wanted
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, NATURAL, TEXT
from publish.harvests.tables import RECORDS

MOST = 1000


@action(takes={"source_id": TEXT, "limit": NATURAL, "offset": NATURAL})
def harvest_object_list(call: Call, given: Given) -> list[str]:
    """List the ids of the records that sources have or had.

    :param source_id: the id or name of a source; all that the caller may see, if none
    :param limit: at most so many (1000)
    :param offset: leave out so many
    """
    sources = [name_of(entry) for entry in seen(call)]
    if given["source_id"]:
        sources = [name_of(wanted(call, given["source_id"]))]
    query = select(RECORDS.c.id).where(RECORDS.c.source.in_(sources))
    query = query.order_by(RECORDS.c.source, RECORDS.c.remote_id)
    limit = min(MOST if given["limit"] is None else given["limit"], MOST)
    return list(call.connection.scalars(query.limit(limit).offset(given["offset"] or 0)))


@action(takes={"id": TEXT, "dataset_id": TEXT})
def harvest_object_show(call: Call, given: Given) -> Document:
    """Show what is known of one record of a source.

    :param id: the id of the record
    :param dataset_id: or the id or name of its dataset
    """
    if not (given["id"] or given["dataset_id"]):
        raise invalid({"id": [MISSING]})
    sources = [name_of(entry) for entry in seen(call)]
    wanted_ = RECORDS.c.id == given["id"]
    if not given["id"]:
        dataset = given["dataset_id"]
        wanted_ = (RECORDS.c.dataset_id == dataset) | (RECORDS.c.dataset == dataset)
    query = select(RECORDS).where(wanted_, RECORDS.c.source.in_(sources)).limit(1)
    found = call.connection.execute(query).first()
    if found is None:
        raise missing("Harvest object was not found.")
    return _document(found)


def _document(record: "Row[tuple[object, ...]]") -> Document:
    """A record as CKAN shows it, with what is remembered of its files."""
    gone = record.state == "withdrawn"
    return {
        "id": record.id,
        "guid": record.remote_id,
        "harvest_source_id": names.source_id(record.source),
        "harvest_job_id": record.job,
        "package_id": record.dataset_id,
        "package_name": record.dataset,
        "title": record.title,
        "current": not gone,
        "state": record.state.upper(),
        "report_status": record.state,
        "reason": record.reason,
        "url": record.address,
        "metadata_modified_date": record.modified,
        "hash": record.hash,
        "import_finished": record.fetched,
        "missing_since": record.missing_since,
        "version": record.version,
        "files": [
            {
                key: file[key]
                for key in ("key", "url", "etag", "last_modified", "sha256")
                if key in file
            }
            for file in json.loads(record.files)
        ],
    }
