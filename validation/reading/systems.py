"""What a file says of its coordinate system, as a code where one fits."""

import pyproj

CONFIDENCE = 70  # of 100: how alike a .prj and an EPSG entry must be to be called the same


def code(crs: str) -> str:
    """Give a CRS as EPSG:n where one fits, else as WKT; empty where it says nothing.

    Of a compound CRS the horizontal part counts, as heights are left out.
    """
    if not crs:
        return ""
    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return ""
    if found.is_compound:
        found = found.sub_crs_list[0]
    if found.is_engineering or "undefined" in found.name.lower():
        return ""
    authority = found.to_2d().to_authority(min_confidence=CONFIDENCE)
    return f"{authority[0]}:{authority[1]}" if authority else str(found.to_2d().to_wkt())
