"""The catalog's tables.

A `document` is JSON text: the package or organization as it is answered. The columns beside it are
what is looked up; `terms` and `package_text` are what is searched. All are written in one
transaction with the document.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from publish.database import metadata

ID = String(36)

users = Table(
    "user",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("fullname", Text),
    Column("email", Text, index=True),
    Column("about", Text),
    Column("image_url", Text),
    Column("password", Text),  # a hash, never answered
    Column("notified", Boolean, nullable=False, default=False),  # of what they follow, by e-mail
    Column("sysadmin", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created", String(26), nullable=False),
    Column("last_active", String(26)),
    Column("dashboard_seen", String(26)),  # what happened before is not new to the user
    Column("plugin_extras", Text),  # JSON
)

tokens = Table(
    "api_token",
    metadata,
    Column("id", ID, primary_key=True),
    Column("user_id", ForeignKey("user.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("prefix", String(8), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("created_at", String(26), nullable=False),
    Column("last_access", String(26)),
)

groups = Table(  # organizations and groups share one name space
    "group",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("type", String(100), nullable=False),
    Column("is_organization", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("title_key", Text, nullable=False),
    Column("document", Text, nullable=False),
)

members = Table(
    "member",
    metadata,
    Column("user_id", ForeignKey("user.id"), primary_key=True),
    Column("group_id", ForeignKey("group.id"), primary_key=True, index=True),
    Column("capacity", String(20), nullable=False),
)

group_parents = Table(
    "group_parent",
    metadata,
    Column("child_id", ForeignKey("group.id"), primary_key=True),
    Column("parent_id", ForeignKey("group.id"), primary_key=True, index=True),
    Column("capacity", String(100), nullable=False),
)

packages = Table(
    "package",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("type", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("owner_id", ForeignKey("group.id"), nullable=False, index=True),
    Column("creator_id", ForeignKey("user.id"), nullable=False, index=True),
    Column("title_key", Text, nullable=False),
    Column("heading", Text, nullable=False),  # name and title as they are looked for while typing
    Column("metadata_created", String(26), nullable=False),
    Column("metadata_modified", String(26), nullable=False),
    Column("change", BigInteger, nullable=False, index=True),  # the revision that wrote it last
    Column("terms", Text, nullable=False),  # what the index in memory holds of it
    Column("document", Text, nullable=False),  # last: what stands before it is read without it
    Index("package_newest", "state", "private", "metadata_modified"),
    Index("package_named", "state", "private", "name"),
    Index("package_headed", "state", "private", "heading"),
)

purged = Table(  # so that every process sees that a package is gone
    "package_purged",
    metadata,
    Column("change", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
)

resources = Table(  # a deleted resource stays, so that its id is known
    "resource",
    metadata,
    Column("id", ID, primary_key=True),
    Column("package", ForeignKey("package.number"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("words", Text, nullable=False),  # what resource_search looks into
)

resource_views = Table(
    "resource_view",
    metadata,
    Column("id", ID, primary_key=True),
    Column("resource", ForeignKey("resource.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("type", String(100), nullable=False),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

group_packages = Table(  # a package that left a group stays, with another state
    "group_package",
    metadata,
    Column("package", ForeignKey("package.number"), primary_key=True),
    Column("group_id", ForeignKey("group.id"), primary_key=True, index=True),
    Column("capacity", String(20), nullable=False),
    Column("state", String(20), nullable=False),
)

vocabularies = Table(
    "vocabulary",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
)

tags = Table(
    "tag",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("vocabulary_id", ID, nullable=False, default=""),  # empty: a tag of no vocabulary
    UniqueConstraint("vocabulary_id", "name"),
)

images = Table(  # logos and pictures that were uploaded, by the name in their address
    "image",
    metadata,
    Column("folder", String(20), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(40), nullable=False),
)

activities = Table(
    "activity",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", ID, nullable=False, unique=True),
    Column("time", String(26), nullable=False),
    Column("user_id", ID, nullable=False),
    Column("object_id", ID, nullable=False),
    Column("noun", String(20), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("audience", ID),  # the organization whose members may see it; none: everybody
    Column("document", LargeBinary, nullable=False),  # what the object then was: packed JSON
    Index("activity_of", "object_id", "number"),
    Index("activity_by", "user_id", "number"),
)

followers = Table(
    "follower",
    metadata,
    Column("user_id", ForeignKey("user.id"), primary_key=True),
    Column("object_id", ID, primary_key=True, index=True),
    Column("noun", String(20), nullable=False),
    Column("time", String(26), nullable=False),
)

target_records = Table(  # what each target was sent, and under which ids it keeps it
    "target_record",
    metadata,
    Column("target", String(100), primary_key=True),
    Column("dataset", ID, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("remote_name", Text, nullable=False),
    Column("sent", String(64), nullable=False),
    Column("parts", Text, nullable=False),
    Column("changed", String(26), nullable=False),
    Column("error", Text, nullable=False),
)

task_statuses = Table(  # what outside programs note about what they did
    "task_status",
    metadata,
    Column("id", ID, primary_key=True),
    Column("entity_id", String(200), nullable=False),
    Column("entity_type", String(200), nullable=False),
    Column("task_type", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("value", Text),
    Column("state", Text),
    Column("error", Text),
    Column("last_updated", String(26), nullable=False),
    UniqueConstraint("entity_id", "task_type", "key"),
)

translations = Table(
    "term_translation",
    metadata,
    Column("term", String(500), primary_key=True),
    Column("lang_code", String(10), primary_key=True),
    Column("term_translation", Text, nullable=False),
)

drafts = Table(  # tables that people write; the rows lie in a file named after the resource
    "datastore_draft",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("resource", ForeignKey("resource.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("over", String(64), nullable=False),  # the published table it began from, if any
    Column("created", String(26), nullable=False),
)

table_aliases = Table(
    "datastore_alias",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("resource", ForeignKey("resource.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),  # the order in which they were given
)

validations = Table(
    "validation",
    metadata,
    Column("id", ID, primary_key=True),
    Column("resource", ForeignKey("resource.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("status", String(20), nullable=False),  # created, running, success, failure, error
    Column("created", String(26), nullable=False),
    Column("finished", String(26)),
    Column("worker", Text, nullable=False),  # the machine and process that works on it
    Column("report", Text),
    Column("error", Text),
)

TEXT = {  # words, by dialect; see text.py
    "sqlite": (
        "CREATE VIRTUAL TABLE package_text USING fts5("
        "name, title, labels, notes, res_name, res_description, rest, tokenize = 'ascii')",
        "CREATE VIRTUAL TABLE package_word USING fts5vocab(package_text, col)",
    ),
    "postgresql": (
        "CREATE TABLE package_text (number integer PRIMARY KEY, name tsvector, title tsvector, "
        "labels tsvector, notes tsvector, res_name tsvector, res_description tsvector, "
        "rest tsvector)",
        "CREATE INDEX package_text_words ON package_text USING gin "
        "(name, title, labels, notes, res_name, res_description, rest)",
    ),
}
for _dialect, _statements in TEXT.items():
    for _statement in _statements:
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(packages, "after_create", _ddl.execute_if(dialect=_dialect))
