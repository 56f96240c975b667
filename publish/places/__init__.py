"""Places by name: one index of the names of all features, searched in any spelling."""

from publish.places.finding import Hit, find
from publish.places.index import Index
from publish.places.nearest import nearest
from publish.places.present import Present, leave_out, take_in

__all__ = ["Hit", "Index", "Present", "find", "leave_out", "nearest", "take_in"]
