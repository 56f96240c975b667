"""The unit that a column's title ends with, as UCUM writes it: `Површина (m²)`, `PM10 [µg/m³]`."""

import re

ENDING = re.compile(r"[(\[]([^()\[\]]{1,12})[)\]]\s*$|,\s*([^\s,()\[\]]{1,8})\s*$")
LATIN = str.maketrans("абвгдеклмнопстхцАБВГДКЛМНОПСТ", "abvgdeklmnopsthcABVGDKLMNOPST")
WRITTEN = str.maketrans({"²": "2", "³": "3", "μ": "u", "µ": "u", " ": "", "·": "."})
UNITS = {
    **{unit: unit for unit in "mm cm dm m km mm2 cm2 m2 km2 mm3 cm3 dm3 m3 g mg ug kg t".split()},
    **{unit: unit for unit in "s min h V A W kW MW kWh MWh dB J kJ Pa hPa kPa bar mbar K".split()},
    **{unit: unit for unit in "mg/l ug/l mg/m3 ug/m3 ng/m3 g/m3 kg/m3 m/s km/h m3/s l/s".split()},
    **{unit: unit for unit in "ha ar l ml hl % mol lx lm kg/ha t/ha".split()},
    "°C": "Cel",
    "°": "deg",
    "stepeni": "deg",
    "db": "dB",
    "dB(A)": "dB[SPL]",
    "dana": "d",
    "godina": "a",
    "meseci": "mo",
    "\u2030": "[ppth]",
}
"""As people write them, Cyrillic made Latin and indices made digits, and UCUM's case-sensitive
symbol for each."""


def unit(title: str) -> str:
    """UCUM's symbol for the unit in a title; empty where there is none that we know.

    >>> [unit(title) for title in ("Површина (м²)", "PM10 [µg/m³]", "Дужина, км", "Спрат (број)")]
    ['m2', 'ug/m3', 'km', '']
    """
    found = ENDING.search(title)
    if found is None:
        return ""
    written = (found[1] or found[2]).translate(WRITTEN).translate(LATIN)
    return UNITS.get(written, "")
