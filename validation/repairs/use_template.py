"""The template that a table was filled in by."""

from typing import ClassVar

from datasets.model import Schema
from datasets.template import templates
from datasets.text import CYRILLIC
from validation.repairs._repair import Repair, Stage


class UseTemplate(Repair):
    """Judges the table by the schema of a template of ours; the cells stay."""

    stage: ClassVar[Stage] = "schema"

    def understood(self, schema: Schema) -> Schema:
        """Take the template's schema, its names in the script of the step."""
        found = templates().get(self.value("template"))
        return schema if found is None else found.schema(self.value("script", CYRILLIC))
