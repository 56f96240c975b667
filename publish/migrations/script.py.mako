"""${message}."""
# ruff: noqa: PLR0915  # as long as the change

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else None}


def upgrade() -> None:
    """Bring the tables of version ${down_revision or "nothing"} to ${up_revision}."""
    ${upgrades if upgrades else "pass"}
