"""In which coordinate system numbers can be a place in Serbia: by their ranges, without PROJ.

A guess names a family: UTM on WGS 84, ETRS89 and SRB_ETRS89 cannot be told apart by value, nor can
a state system (MGI 1901) from its Austrian namesake (MGI), half a kilometre off. Someone has to
confirm it.
"""

RANGES = {
    "EPSG:4326": (18.0, 41.0, 24.0, 47.0),
    "EPSG:8682": (200_000, 4_600_000, 800_000, 5_200_000),
    "EPSG:3857": (2_000_000, 5_100_000, 2_600_000, 5_900_000),
    "EPSG:8678": (6_300_000, 4_600_000, 6_800_000, 5_200_000),
    "EPSG:6316": (7_200_000, 4_600_000, 7_800_000, 5_200_000),
    "EPSG:8679": (8_200_000, 4_600_000, 8_700_000, 5_200_000),
}
"""West, south, east, north that a place in Serbia has in each CRS."""

ALTERNATIVES = {
    "EPSG:4326": ("EPSG:4258",),
    "EPSG:8682": ("EPSG:32634", "EPSG:25834"),
    "EPSG:3857": ("EPSG:3395",),
    "EPSG:8678": ("EPSG:31276",),
    "EPSG:6316": ("EPSG:31277",),
    "EPSG:8679": ("EPSG:3910",),
}
"""What else the same numbers may have been measured in."""

IN_FORCE = {
    "EPSG:3908": "EPSG:8678",
    "EPSG:3909": "EPSG:6316",
    "EPSG:3910": "EPSG:8679",
    "EPSG:31276": "EPSG:8678",
    "EPSG:31277": "EPSG:6316",
    "EPSG:31278": "EPSG:8679",
}
"""The code in force by the deprecated one that offices still write for Serbia's zones."""


def likely(x: float, y: float) -> str:
    """Guess the CRS that a place in Serbia would have these coordinates in; empty for none.

    >>> likely(7457718, 4962968), likely(4962968, 7457718), likely(457299, 4961986)
    ('EPSG:6316', '', 'EPSG:8682')
    """
    for name, (west, south, east, north) in RANGES.items():
        if west <= x <= east and south <= y <= north:
            return name
    return ""


def candidates(x: float, y: float) -> tuple[str, ...]:
    """Give the CRSs to ask for: the proposal, then its alternatives; either order of the axes.

    >>> candidates(4962968, 7457718), candidates(1, 2)
    (('EPSG:6316', 'EPSG:31277'), ())
    """
    found = likely(x, y) or likely(y, x)
    return (found, *ALTERNATIVES[found]) if found else ()
