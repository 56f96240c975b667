"""Begin: the tables, the index of words, the count of changes, and the portal as a user."""
# ruff: noqa: PLR0915  # as long as the change

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from publish.database import text

revision = "0001"
down_revision = None


WORDS = {
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
PORTAL = sa.text(
    'insert into "user" (id, name, sysadmin, notified, state, created, dashboard_seen) '
    "values ('1a6f7aaf-7940-564a-9aa7-0d9ac25a21cf', 'emap', true, false, 'active', :now, :now)"
)


def upgrade() -> None:
    """Bring the tables of version nothing to 0001."""
    op.create_table(
        "activity",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("time", text(26), nullable=False),
        sa.Column("user_id", text(36), nullable=False),
        sa.Column("object_id", text(36), nullable=False),
        sa.Column("noun", text(20), nullable=False),
        sa.Column("kind", text(40), nullable=False),
        sa.Column("audience", text(36), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_activity")),
        sa.UniqueConstraint("id", name=op.f("uq_activity_id")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("activity_by", ["user_id", "number"], unique=False)
        batch_op.create_index("activity_of", ["object_id", "number"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("dataset", text(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_delivery")),
    )
    op.create_table(
        "errand",
        sa.Column("id", text(36), nullable=False),
        sa.Column("dataset", text(), nullable=False),
        sa.Column("organization", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("given", text(), nullable=False),
        sa.Column("user_name", text(), nullable=False),
        sa.Column("worker", text(), nullable=False),
        sa.Column("begun", text(26), nullable=False),
        sa.Column("ended", text(26), nullable=False),
        sa.Column("action", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("reason", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
    )
    with op.batch_alter_table("errand", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_errand_dataset"), ["dataset"], unique=False)

    op.create_table(
        "current",
        sa.Column("dataset", text(), nullable=False),
        sa.Column("id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("source", text(), nullable=False),
        sa.Column("seen", text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_current")),
    )
    with op.batch_alter_table("current", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_current_id"), ["id"], unique=False)
        batch_op.create_index(batch_op.f("ix_current_source"), ["source"], unique=False)

    op.create_table(
        "group",
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("type", text(100), nullable=False),
        sa.Column("is_organization", sa.Boolean(), nullable=False),
        sa.Column("state", text(20), nullable=False),
        sa.Column("title_key", text(), nullable=False),
        sa.Column("document", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group")),
        sa.UniqueConstraint("name", name=op.f("uq_group_name")),
    )
    op.create_table(
        "harvest_cursor",
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("hash", text(64), nullable=False),
        sa.PrimaryKeyConstraint("job", "hash", name=op.f("pk_harvest_cursor")),
    )
    op.create_table(
        "harvest_item",
        sa.Column("job", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("remote_id", text(), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("record", text(), nullable=True),
        sa.Column("hash", text(64), nullable=False),
        sa.Column("dataset", text(), nullable=False),
        sa.Column("title", text(), nullable=False),
        sa.Column("address", text(), nullable=False),
        sa.Column("action", text(16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("fault", text(40), nullable=False),
        sa.Column("fault_values", text(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "number", name=op.f("pk_harvest_item")),
    )
    with op.batch_alter_table("harvest_item", schema=None) as batch_op:
        batch_op.create_index("harvest_item_remote", ["job", "remote_id"], unique=False)
        batch_op.create_index("harvest_item_state", ["job", "state", "number"], unique=False)
    op.create_table(
        "harvest_job",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("source", text(100), nullable=False),
        sa.Column("slot", text(100), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.Float(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("worker", text(), nullable=False),
        sa.Column("options", text(), nullable=False),
        sa.Column("created", text(26), nullable=False),
        sa.Column("started", text(26), nullable=True),
        sa.Column("finished", text(26), nullable=True),
        sa.Column("phase", text(16), nullable=False),
        sa.Column("cursor", text(), nullable=False),
        sa.Column("gathered", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("counts", text(), nullable=False),
        sa.Column("fault", text(40), nullable=False),
        sa.Column("fault_values", text(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_harvest_job")),
        sa.UniqueConstraint("id", name=op.f("uq_harvest_job_id")),
        sa.UniqueConstraint("source", "slot", name=op.f("uq_harvest_job_source_slot")),
    )
    with op.batch_alter_table("harvest_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_harvest_job_source"), ["source"], unique=False)
        batch_op.create_index(batch_op.f("ix_harvest_job_state"), ["state"], unique=False)
    op.create_table(
        "harvest_record",
        sa.Column("source", text(100), nullable=False),
        sa.Column("remote_id", text(), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("dataset_id", text(36), nullable=False),
        sa.Column("dataset", text(), nullable=False),
        sa.Column("title", text(), nullable=False),
        sa.Column("address", text(), nullable=False),
        sa.Column("modified", text(), nullable=False),
        sa.Column("hash", text(64), nullable=False),
        sa.Column("files", text(), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("job", text(36), nullable=False),
        sa.Column("fetched", text(26), nullable=True),
        sa.Column("missing_since", text(26), nullable=True),
        sa.PrimaryKeyConstraint("source", "remote_id", name=op.f("pk_harvest_record")),
        sa.UniqueConstraint("id", name=op.f("uq_harvest_record_id")),
    )
    with op.batch_alter_table("harvest_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_harvest_record_dataset"), ["dataset"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_harvest_record_dataset_id"), ["dataset_id"], unique=False
        )
    op.create_table(
        "harvest_source",
        sa.Column("name", text(100), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused", text(26), nullable=True),
        sa.Column("fault", text(40), nullable=False),
        sa.Column("fault_values", text(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("next_run", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_harvest_source")),
    )

    op.create_table(
        "image",
        sa.Column("folder", text(20), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("media_type", text(40), nullable=False),
        sa.PrimaryKeyConstraint("folder", "name", name=op.f("pk_image")),
    )
    op.create_table(
        "package_purged",
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("change", "number", name=op.f("pk_package_purged")),
    )
    op.create_table(
        "process_job",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("process", text(40), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("asked", text(), nullable=False),
        sa.Column("client", text(64), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", text(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("message", text(), nullable=False),
        sa.Column("created", text(26), nullable=False),
        sa.Column("started", text(26), nullable=True),
        sa.Column("updated", text(26), nullable=False),
        sa.Column("finished", text(26), nullable=True),
        sa.Column("outputs", text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_process_job")),
        sa.UniqueConstraint("id", name=op.f("uq_process_job_id")),
    )
    with op.batch_alter_table("process_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_process_job_state"), ["state"], unique=False)

    op.create_table(
        "recipe",
        sa.Column("dataset", text(), nullable=False),
        sa.Column("resource", text(), nullable=False),
        sa.Column("step", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.Column("always", sa.Boolean(), nullable=False),
        sa.Column("delivery", text(), nullable=False),
        sa.Column("user_name", text(), nullable=False),
        sa.Column("time", text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "resource", "step", name=op.f("pk_recipe")),
    )
    op.create_table(
        "refusal",
        sa.Column("dataset", text(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_refusal")),
    )
    op.create_table(
        "release",
        sa.Column("id", text(), nullable=False),
        sa.Column("dataset", text(), nullable=False),
        sa.Column("resource", text(), nullable=False),
        sa.Column("field", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("sha256", text(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("user_name", text(), nullable=False),
        sa.Column("time", text(), nullable=False),
        sa.Column("revoked_by", text(), nullable=False),
        sa.Column("revoked", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_dataset"), ["dataset"], unique=False)

    op.create_table("revision", sa.Column("number", sa.Integer(), nullable=False))
    op.create_table(
        "session",
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("token_id", text(36), nullable=False),
        sa.Column("ends", text(26), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_session")),
    )
    op.create_table(
        "tag",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("vocabulary_id", text(36), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tag")),
        sa.UniqueConstraint("id", name=op.f("uq_tag_id")),
        sa.UniqueConstraint("vocabulary_id", "name", name=op.f("uq_tag_vocabulary_id_name")),
    )
    op.create_table(
        "target_record",
        sa.Column("target", text(100), nullable=False),
        sa.Column("dataset", text(36), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("state", text(20), nullable=False),
        sa.Column("remote_id", text(), nullable=False),
        sa.Column("remote_name", text(), nullable=False),
        sa.Column("sent", text(64), nullable=False),
        sa.Column("parts", text(), nullable=False),
        sa.Column("changed", text(26), nullable=False),
        sa.Column("error", text(), nullable=False),
        sa.PrimaryKeyConstraint("target", "dataset", name=op.f("pk_target_record")),
    )
    op.create_table(
        "task_status",
        sa.Column("id", text(36), nullable=False),
        sa.Column("entity_id", text(200), nullable=False),
        sa.Column("entity_type", text(200), nullable=False),
        sa.Column("task_type", text(200), nullable=False),
        sa.Column("key", text(200), nullable=False),
        sa.Column("value", text(), nullable=True),
        sa.Column("state", text(), nullable=True),
        sa.Column("error", text(), nullable=True),
        sa.Column("last_updated", text(26), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_status")),
        sa.UniqueConstraint(
            "entity_id", "task_type", "key", name=op.f("uq_task_status_entity_id_task_type_key")
        ),
    )
    op.create_table(
        "term_translation",
        sa.Column("term", text(500), nullable=False),
        sa.Column("lang_code", text(10), nullable=False),
        sa.Column("term_translation", text(), nullable=False),
        sa.PrimaryKeyConstraint("term", "lang_code", name=op.f("pk_term_translation")),
    )
    op.create_table(
        "tiles",
        sa.Column("layer_sha", text(), nullable=False),
        sa.Column("file", text(), nullable=False),
        sa.PrimaryKeyConstraint("layer_sha", name=op.f("pk_tiles")),
    )
    op.create_table(
        "user",
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("fullname", text(), nullable=True),
        sa.Column("email", text(), nullable=True),
        sa.Column("about", text(), nullable=True),
        sa.Column("image_url", text(), nullable=True),
        sa.Column("password", text(), nullable=True),
        sa.Column("notified", sa.Boolean(), nullable=False),
        sa.Column("sysadmin", sa.Boolean(), nullable=False),
        sa.Column("state", text(20), nullable=False),
        sa.Column("created", text(26), nullable=False),
        sa.Column("last_active", text(26), nullable=True),
        sa.Column("dashboard_seen", text(26), nullable=True),
        sa.Column("plugin_extras", text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("name", name=op.f("uq_user_name")),
    )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_email"), ["email"], unique=False)

    op.create_table(
        "version",
        sa.Column("dataset", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", text(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "number", name=op.f("pk_version")),
        sa.UniqueConstraint("dataset", "fingerprint", name=op.f("uq_version_dataset_fingerprint")),
    )
    op.create_table(
        "vocabulary",
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vocabulary")),
        sa.UniqueConstraint("name", name=op.f("uq_vocabulary_name")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", text(36), nullable=False),
        sa.Column("user_id", text(36), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("prefix", text(8), nullable=False),
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("created_at", text(26), nullable=False),
        sa.Column("last_access", text(26), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_prefix"), ["prefix"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "follower",
        sa.Column("user_id", text(36), nullable=False),
        sa.Column("object_id", text(36), nullable=False),
        sa.Column("noun", text(20), nullable=False),
        sa.Column("time", text(26), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_follower_user_id")),
        sa.PrimaryKeyConstraint("user_id", "object_id", name=op.f("pk_follower")),
    )
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follower_object_id"), ["object_id"], unique=False)

    op.create_table(
        "group_parent",
        sa.Column("child_id", text(36), nullable=False),
        sa.Column("parent_id", text(36), nullable=False),
        sa.Column("capacity", text(100), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["group.id"], name=op.f("fk_group_parent_child_id")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["group.id"], name=op.f("fk_group_parent_parent_id")
        ),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name=op.f("pk_group_parent")),
    )
    with op.batch_alter_table("group_parent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_parent_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "member",
        sa.Column("user_id", text(36), nullable=False),
        sa.Column("group_id", text(36), nullable=False),
        sa.Column("capacity", text(20), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_member_group_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_member_user_id")),
        sa.PrimaryKeyConstraint("user_id", "group_id", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_group_id"), ["group_id"], unique=False)

    op.create_table(
        "package",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", text(36), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("type", text(100), nullable=False),
        sa.Column("state", text(20), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("owner_id", text(36), nullable=False),
        sa.Column("creator_id", text(36), nullable=False),
        sa.Column("title_key", text(), nullable=False),
        sa.Column("heading", text(), nullable=False),
        sa.Column("metadata_created", text(26), nullable=False),
        sa.Column("metadata_modified", text(26), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("terms", text(), nullable=False),
        sa.Column("document", text(), nullable=False),
        sa.ForeignKeyConstraint(["creator_id"], ["user.id"], name=op.f("fk_package_creator_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["group.id"], name=op.f("fk_package_owner_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_package")),
        sa.UniqueConstraint("id", name=op.f("uq_package_id")),
        sa.UniqueConstraint("name", name=op.f("uq_package_name")),
    )
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_change"), ["change"], unique=False)
        batch_op.create_index(batch_op.f("ix_package_creator_id"), ["creator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_package_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index("package_headed", ["state", "private", "heading"], unique=False)
        batch_op.create_index("package_named", ["state", "private", "name"], unique=False)
        batch_op.create_index(
            "package_newest", ["state", "private", "metadata_modified"], unique=False
        )

    op.create_table(
        "group_package",
        sa.Column("package", sa.Integer(), nullable=False),
        sa.Column("group_id", text(36), nullable=False),
        sa.Column("capacity", text(20), nullable=False),
        sa.Column("state", text(20), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_group_package_group_id")),
        sa.ForeignKeyConstraint(
            ["package"], ["package.number"], name=op.f("fk_group_package_package")
        ),
        sa.PrimaryKeyConstraint("package", "group_id", name=op.f("pk_group_package")),
    )
    with op.batch_alter_table("group_package", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_package_group_id"), ["group_id"], unique=False)

    op.create_table(
        "resource",
        sa.Column("id", text(36), nullable=False),
        sa.Column("package", sa.Integer(), nullable=False),
        sa.Column("state", text(20), nullable=False),
        sa.Column("words", text(), nullable=False),
        sa.ForeignKeyConstraint(["package"], ["package.number"], name=op.f("fk_resource_package")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_package"), ["package"], unique=False)

    op.create_table(
        "datastore_alias",
        sa.Column("name", text(63), nullable=False),
        sa.Column("resource", text(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.id"],
            name=op.f("fk_datastore_alias_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_datastore_alias")),
    )
    with op.batch_alter_table("datastore_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_datastore_alias_resource"), ["resource"], unique=False)

    op.create_table(
        "datastore_draft",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("resource", text(36), nullable=False),
        sa.Column("over", text(64), nullable=False),
        sa.Column("created", text(26), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.id"],
            name=op.f("fk_datastore_draft_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_datastore_draft")),
        sa.UniqueConstraint("resource", name=op.f("uq_datastore_draft_resource")),
    )
    op.create_table(
        "resource_view",
        sa.Column("id", text(36), nullable=False),
        sa.Column("resource", text(36), nullable=False),
        sa.Column("type", text(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resource.id"],
            name=op.f("fk_resource_view_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_view")),
    )
    with op.batch_alter_table("resource_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_view_resource"), ["resource"], unique=False)

    op.create_table(
        "validation",
        sa.Column("id", text(36), nullable=False),
        sa.Column("resource", text(36), nullable=False),
        sa.Column("status", text(20), nullable=False),
        sa.Column("created", text(26), nullable=False),
        sa.Column("finished", text(26), nullable=True),
        sa.Column("worker", text(), nullable=False),
        sa.Column("report", text(), nullable=True),
        sa.Column("error", text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["resource"], ["resource.id"], name=op.f("fk_validation_resource"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation")),
    )
    with op.batch_alter_table("validation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_validation_resource"), ["resource"], unique=False)
    for statement in WORDS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.execute("insert into revision (number) values (0)")
    op.execute(PORTAL.bindparams(now=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")))
