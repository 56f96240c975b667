"""The tables of harvesting: jobs and their items, and what is known of sources and records.

Identity and memory live outside jobs: a job that is forgotten changes no id and fetches nothing
again.
"""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from publish.database import metadata

JOBS = Table(  # one harvest of one source
    "harvest_job",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("source", String(100), nullable=False, index=True),
    Column("slot", String(100), nullable=False),  # the moment of a schedule, or a word of its own
    Column("state", String(16), nullable=False, index=True),  # see jobs.State
    Column("token", Integer, nullable=False, default=0),  # grows with each claim: the fence
    Column("attempt", Integer, nullable=False, default=0),
    Column("max_attempts", Integer, nullable=False),
    Column("run_at", Float, nullable=False),  # seconds since 1970 by the database's clock
    Column("lease_until", Float),
    Column("worker", Text, nullable=False, default=""),  # the machine and process that has it
    Column("options", Text, nullable=False),  # what a person allowed for this run, as JSON
    Column("created", String(26), nullable=False),
    Column("started", String(26)),
    Column("finished", String(26)),
    Column("phase", String(16), nullable=False, default=""),  # gather, items, missing
    Column("cursor", Text, nullable=False, default=""),  # where the gathering goes on
    Column("gathered", Boolean, nullable=False, default=False),  # the last page was seen
    Column("pages", Integer, nullable=False, default=0),
    Column("repeats", Integer, nullable=False, default=0),  # pages of only what came before
    Column("found", Integer, nullable=False, default=0),  # records gathered
    Column("skipped", Integer, nullable=False, default=0),  # entries that are no datasets
    Column("total", Integer),  # records that the source says it has
    Column("done", Integer, nullable=False, default=0),  # records finished
    Column("full", Boolean, nullable=False, default=False),  # every file was looked at
    Column("counts", Text, nullable=False, default="{}"),  # of records by action, as JSON
    Column("fault", String(40), nullable=False, default=""),  # why it failed or is held
    Column("fault_values", Text, nullable=False, default="{}"),
    Column("reason", Text, nullable=False, default=""),  # the same in English, for logs
    UniqueConstraint("source", "slot"),
)
CURSORS = Table(  # the places from which a job went on gathering; they leave with its end
    "harvest_cursor",
    metadata,
    Column("job", Integer, primary_key=True),
    Column("hash", String(64), primary_key=True),
)
ITEMS = Table(  # a record in a job; those that turned out unchanged leave with the end of the job
    "harvest_item",
    metadata,
    Column("job", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),  # the order in which they came
    Column("remote_id", Text, nullable=False),  # a second record of one id is refused
    Column("state", String(16), nullable=False),  # waiting, working or done
    Column("record", Text),  # as JSON, while it waits
    Column("hash", String(64), nullable=False, default=""),
    Column("dataset", Text, nullable=False, default=""),  # its name
    Column("title", Text, nullable=False, default=""),
    Column("address", Text, nullable=False, default=""),  # at the source, without secrets
    Column("action", String(16)),  # datasets.model.Action
    Column("version", Integer),
    Column("fault", String(40), nullable=False, default=""),
    Column("fault_values", Text, nullable=False, default="{}"),
    Column("reason", Text, nullable=False, default=""),
    Index("harvest_item_remote", "job", "remote_id"),
    Index("harvest_item_state", "job", "state", "number"),
)
RECORDS = Table(  # what is known of a record of a source, for ever
    "harvest_record",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),  # names.record_id
    Column("dataset_id", String(36), nullable=False, index=True),  # names.dataset_id
    Column("dataset", Text, nullable=False, index=True),  # its name here, chosen once
    Column("title", Text, nullable=False, default=""),
    Column("address", Text, nullable=False, default=""),
    Column("modified", Text, nullable=False, default=""),  # as the source said it
    Column("hash", String(64), nullable=False, default=""),  # of the record as mapped
    Column("files", Text, nullable=False, default="[]"),  # datasets.record.Known, as JSON
    Column("state", String(16), nullable=False),  # the last action on it
    Column("reason", Text, nullable=False, default=""),
    Column("version", Integer),
    Column("job", String(36), nullable=False, default=""),  # id of the one that last changed it
    Column("fetched", String(26)),
    Column("missing_since", String(26)),
)
SOURCES = Table(  # how a source is doing
    "harvest_source",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("failures", Integer, nullable=False, default=0),  # one after the other
    Column("paused", String(26)),  # since when; empty while it is harvested
    Column("fault", String(40), nullable=False, default=""),
    Column("fault_values", Text, nullable=False, default="{}"),
    Column("reason", Text, nullable=False, default=""),
    Column("runs", Integer, nullable=False, default=0),  # complete ones since the last full one
    Column("next_run", Float),  # seconds since 1970
)
