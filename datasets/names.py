"""Names and ids: what may stand in an address, and what stays the same for ever."""

import re
import unicodedata
import uuid

from datasets.serbian import ETH, fold, to_latin

NAMESPACE = uuid.UUID("6f1d2a51-5f2c-5c0e-9d0e-2d6b5b0f7a11")  # ours; ids are UUIDv5 in it
RESERVED = frozenset({"new", "edit", "search"})
_NAME = re.compile(r"[a-z0-9_-]{2,100}")


def slug(title: str) -> str:
    """Make a CKAN name from a title: 2 to 100 of `a-z 0-9 - _`.

    Cyrillic is written in Latin, accents fold, đ becomes dj, anything else becomes one hyphen.
    Raises ValueError when fewer than two characters are left, or the word is CKAN's own.
    Rule: CKAN `name_validator`.

    >>> slug("Квалитет ваздуха (2024)")
    'kvalitet-vazduha-2024'
    >>> slug("Ђачки домови")
    'djacki-domovi'
    """
    whole = unicodedata.normalize("NFKC", title)  # a Mac's file names have their accents apart
    latin = to_latin(whole).translate(ETH).lower().replace("đ", "dj")
    made = re.sub(r"[^a-z0-9_]+", "-", fold_marks(latin)).strip("-")[:100].strip("-")
    if not is_name(made):
        raise ValueError(f"no name can be made of {title!r}: 2 to 100 of a-z 0-9 - _ are needed")
    return made


def fold_marks(text: str) -> str:
    """Take accents off, letter by letter, and leave all else.

    >>> fold_marks("čćžš-_.")
    'cczs-_.'
    """
    return "".join(fold(c) if c.isalpha() and ord(c) > 127 else c for c in text)


def is_name(text: str) -> bool:
    """Tell whether CKAN would take this as a name.

    >>> [is_name(n) for n in ("naselja", "N", "new", "dom_1")]
    [True, False, False, True]
    """
    return bool(_NAME.fullmatch(text)) and text not in RESERVED


def file_name(text: str) -> str:
    """Make a file name that is safe in an address, a header and a folder, ending kept.

    >>> file_name("../Подаци Шабац.CSV")
    'podaci-sabac.csv'
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFKC", text))[-1]
    stem, dot, ending = last.rpartition(".")
    parts = (stem, ending) if dot and stem else (last, "")
    made = [re.sub(r"[^a-z0-9_]+", "-", fold_marks(to_latin(p).lower())).strip("-") for p in parts]
    stem, ending = made[0][:100].strip("-") or "file", made[1][:16].strip("-")
    return f"{stem}.{ending}" if ending else stem


def dataset_id(source: str, remote_id: str) -> str:
    """Give the UUIDv5 of a dataset: the same source and remote id give the same id for ever."""
    return str(uuid.uuid5(NAMESPACE, f"{source}\n{remote_id}"))


def resource_id(dataset: str, resource: str) -> str:
    """Give the UUIDv5 of a resource from its dataset's id and its own name."""
    return str(uuid.uuid5(uuid.UUID(dataset), resource))


def record_id(source: str, remote_id: str) -> str:
    """Give the UUIDv5 of a record of a source, which CKAN calls a harvest object."""
    return str(uuid.uuid5(NAMESPACE, f"record\n{source}\n{remote_id}"))


def source_id(source: str) -> str:
    """Give the UUIDv5 of a source."""
    return str(uuid.uuid5(NAMESPACE, f"source\n{source}"))
