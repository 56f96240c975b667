"""What all parts of config.yml have in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the configuration: frozen, and no key beyond those declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)
