"""Names of columns in files that have rules of their own for them."""

from collections.abc import Sequence

SHORT = 10


def free(name: str, taken: set[str]) -> str:
    """The name, with _ after it as often as is needed to be another than all these.

    >>> free("lat", {"lat", "lat_"})
    'lat__'
    """
    return name if name not in taken else free(f"{name}_", taken)


def shortened(names: Sequence[str]) -> list[str]:
    """The names as dBASE takes them: at most 10 characters, no two alike but for capitals.

    Names that fit stay as they are; a longer one is cut, and numbered where that is taken.

    >>> shortened(["naziv", "stanovnistvo_2011", "stanovnistvo_2022", "stanovnist"])
    ['naziv', 'stanovni_1', 'stanovni_2', 'stanovnist']
    """
    taken = {name.lower() for name in names if len(name) <= SHORT}
    found = []
    for name in names:
        short = name if len(name) <= SHORT else _cut(name, taken)
        taken.add(short.lower())
        found.append(short)
    return found


def _cut(name: str, taken: set[str]) -> str:
    candidate, number = name[:SHORT], 0
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name[: SHORT - 1 - len(str(number))]}_{number}"
    return candidate
