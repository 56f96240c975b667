"""Write the next migration: `python -m publish.migrations "Add what there is to add"`.

It holds the difference between the schema that the migrations so far make and the tables in the
code. Read it before it is committed: alembic sees no renames, and says nothing about rows.
"""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from publish.database import open_database
from publish.migrations import FOLDER, known


def main(message: str) -> None:
    """Write `versions/NNNN_message.py`."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database("", Path(folder))
        with engine.begin() as connection:
            write(connection, message)
        engine.dispose()


def write(connection: Connection, message: str) -> None:
    """Write the migration from an empty database."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    numbers = known()
    if numbers:
        command.upgrade(config, "head")
    number = f"{int(numbers[-1]) + 1 if numbers else 1:04}"
    command.revision(config, message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main(re.sub(r"\s+", " ", " ".join(sys.argv[1:])) or "Change the tables")
