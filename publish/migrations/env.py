"""How alembic runs here: on the connection that is handed over, inside its transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import String

from publish.database import metadata
from publish.migrations import ours


def _written(kind: str, thing: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write text as our own type."""
    if kind != "type" or not isinstance(thing, String):
        return False
    autogenerate.imports.add("from publish.database import text")
    return f"text({thing.length or ''})"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=ours,
    render_item=_written,
    render_as_batch=True,  # SQLite can change a table only by copying it
    transaction_per_migration=False,
)
context.run_migrations()
