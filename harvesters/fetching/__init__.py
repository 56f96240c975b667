"""The one HTTP client of all harvesters, and all that guards it, holds it back and keeps for it."""
