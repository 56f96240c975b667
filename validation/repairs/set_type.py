"""What kind of value a column holds."""

from typing import Any, ClassVar

from datasets.model import Schema
from validation.repairs._fields import Field, in_field
from validation.repairs._repair import Repair, Stage

LISTS = ("trueValues", "falseValues")
KEPT = ("name", "title", "description", "constraints", "rdfType")
OF_TEXT = ("pattern", "minLength", "maxLength")
OF_ORDER = ("minimum", "maximum")


class SetType(Repair):
    """Gives a field another type, with what its values are written like; the cells stay."""

    stage: ClassVar[Stage] = "schema"

    def understood(self, schema: Schema) -> Schema:
        """Change the field of the step."""
        return in_field(schema, self.step.field, self._typed)

    def _typed(self, field: Field) -> Field:
        """Take the options of the step; lists have bars, `bareNumber` is true or false."""
        kept: dict[str, Any] = {name: field[name] for name in KEPT if name in field}
        for name, value in self.step.values.items():
            kept[name] = value.split("|") if name in LISTS else value
        if "bareNumber" in kept:
            kept["bareNumber"] = kept["bareNumber"] == "true"
        return _consistent(kept) if kept.get("type") != field.get("type") else kept


def _consistent(field: dict[str, Any]) -> dict[str, Any]:
    """Leave out rules that the new type cannot have."""
    constraints = field.get("constraints")
    if not isinstance(constraints, dict):
        return field
    foreign = OF_ORDER if field["type"] == "string" else (*OF_TEXT, *OF_ORDER)
    return {**field, "constraints": {k: v for k, v in constraints.items() if k not in foreign}}
