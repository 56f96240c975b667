"""Validators as data: a field is its rules, a thing is a mapping of fields.

Sentences are those that CKAN's clients know (golden/ckan); where none is recorded they are ours.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from datasets.names import RESERVED
from publish.catalog.call import Given

type Rule = Callable[[Any], Any]
"""Gives the value back, converted; raises Invalid."""

MISSING = "Missing value"
NAME_LETTERS = "Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"
TAG_LETTERS = (
    'can only contain alphanumeric characters, spaces (" "), hyphens ("-"), underscores ("_") '
    'or dots (".")'
)
TRUE = frozenset({"true", "yes", "t", "y", "1"})
LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = re.compile(  # what HTML calls a valid e-mail address
    rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*"
)
LONGEST_NUMBER = 10**100  # longer ones are not finite, or nobody's
MOST_ITEMS = 10_000  # of a list: far above what people publish, far below what the database binds


class Invalid(ValueError):
    """A value breaks a rule; `messages` say how."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


@dataclass(frozen=True, slots=True)
class Field:
    """The rules of one value.

    `required` is the sentence for a missing one; `blank` says whether empty text is a value.
    """

    rules: tuple[Rule, ...] = ()
    required: str = ""
    default: Any = None
    blank: bool = True


type Takes = Mapping[str, Field]


def check(takes: Takes, given: Given, errors: dict[str, Any]) -> dict[str, Any]:
    """Give every field of `takes` with its value, default or None; unknown keys are dropped.

    What is wrong is added to `errors` as field: [sentences].
    """
    values: dict[str, Any] = {}
    for name, field in takes.items():
        value = given.get(name)
        values[name] = field.default
        if value is None or (value == "" and not (field.blank and not field.required)):
            if field.required:
                errors[name] = [field.required]
            continue
        try:
            for rule in field.rules:
                value = rule(value)
            values[name] = value
        except Invalid as error:
            errors[name] = error.messages
    return values


def text(value: Any) -> str:
    """Text, or a number written out; no NUL and no broken surrogate, which no database keeps."""
    if isinstance(value, int | float) and abs(value) < LONGEST_NUMBER:
        return str(value)
    if not isinstance(value, str):
        raise Invalid("Must be text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid("Must not contain half a surrogate pair") from None
    if "\0" in value:
        raise Invalid("Must not contain the NUL character")
    return value


def boolean(value: Any) -> bool:
    """True for true, 1 and the words true, yes, t, y, 1 in any case; all else is False.

    >>> [boolean(v) for v in (True, "Yes", "1", 1, "on", None, [])]
    [True, True, True, True, False, False, False]
    """
    return value == 1 or (isinstance(value, str) and value.lower() in TRUE)


def integer(value: Any) -> int:
    """A whole number, or its text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Invalid("Invalid integer")
    try:
        number = int(value)
    except (ValueError, OverflowError):
        raise Invalid("Invalid integer") from None
    if isinstance(value, float) and number != value:
        raise Invalid("Invalid integer")
    if abs(number) >= 2**63:
        raise Invalid("Invalid integer")
    return number


def natural(value: Any) -> int:
    """A whole number from 0."""
    number = integer(value)
    if number < 0:
        raise Invalid("Must be a natural number")
    return number


def rows(value: Any) -> int:
    """A natural number; CKAN says it twice."""
    try:
        return natural(value)
    except Invalid as error:
        wrong = "Must be a natural number" not in error.messages
        raise Invalid(*error.messages, *["Please enter an integer value"] * wrong) from None


def name(value: Any) -> str:
    """A name that can stand in an address: 2 to 100 of a-z 0-9 - _."""
    if not isinstance(value, str):
        raise Invalid("Names must be strings")
    if value in RESERVED:
        raise Invalid("That name cannot be used")
    if len(value) < 2:
        raise Invalid("Must be at least 2 characters long")
    if len(value) > 100:
        raise Invalid("Name must be a maximum of 100 characters long")
    if not re.fullmatch(r"[a-z0-9_-]+", value):
        raise Invalid(NAME_LETTERS)
    return value


def package_name(value: Any) -> str:
    """The name of a package; one that is too short or too long gets two sentences."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = text(value)
    if isinstance(value, str) and len(value) < 2:
        told = f'Name "{value}" length is less than minimum 2'
        raise Invalid("Must be at least 2 characters long", told)
    if isinstance(value, str) and len(value) > 100:
        told = f'Name "{value}" length is more than maximum 100'
        raise Invalid("Name must be a maximum of 100 characters long", told)
    return name(value)


def short(what: str) -> Rule:
    """At most 100 characters; `what` begins the sentence."""

    def rule(value: str) -> str:
        if len(value) > 100:
            raise Invalid(f"{what} must be a maximum of 100 characters long")
        return value

    return rule


def tag_name(value: Any) -> str:
    """A tag: 2 to 100 letters and digits of any script, blanks, - _ and dots."""
    tag = text(value).strip()
    if len(tag) < 2:
        raise Invalid(f'Tag "{tag}" length is less than minimum 2')
    if len(tag) > 100:
        raise Invalid(f'Tag "{tag}" length is more than maximum 100')
    if not re.fullmatch(r"[\w .-]+", tag):
        raise Invalid(f'Tag "{tag}" {TAG_LETTERS}')
    return tag


def email(value: Any) -> str:
    """Something that looks like an e-mail address, or nothing."""
    address = text(value).strip()
    if address and not EMAIL.fullmatch(address):
        raise Invalid(f"Email {address} is not a valid format")
    return address


def uuid_text(value: Any) -> str:
    """A UUID in its usual form."""
    try:
        return str(uuid.UUID(text(value)))
    except ValueError:
        raise Invalid("Must be a UUID") from None


def moment(value: Any) -> str:
    """A time as CKAN keeps it: naive UTC with microseconds."""
    try:
        time = datetime.fromisoformat(text(value))
        if time.tzinfo:
            time = time.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Invalid("Date format incorrect") from None
    return time.isoformat(timespec="microseconds")


def words(value: Any) -> list[str]:
    """One text, or a list of them."""
    return [text(part) for part in (value if isinstance(value, list) else [value])]


def json_list(value: Any) -> list[str]:
    """A list, or the JSON text of one."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise Invalid("Could not parse as valid JSON", "Not a list") from None
    if not isinstance(value, list):
        raise Invalid("Not a list")
    return [text(part) for part in value]


def comma_list(value: Any) -> list[str]:
    """A list, or text with commas."""
    return words(value.split(",") if isinstance(value, str) else value)


def one_of(*words: str) -> Rule:
    """One of a few words."""

    def rule(value: Any) -> str:
        if value not in words:
            raise Invalid(f"Must be one of {', '.join(words)}")
        return str(value)

    return rule


TEXT = Field((text,))
BOOLEAN = Field((boolean,), default=False)
NATURAL = Field((natural,), blank=False)
REQUIRED = Field((text,), required=MISSING)
