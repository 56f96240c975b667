"""Units in labels: „Површина (m²)“, „Износ у РСД“, „Цена, дин.“; the label itself is kept."""

import re

UNITS = frozenset(
    """
    rsd рсд din дин динара dinara eur € евра evra хиљ hilj мил mil
    m м m2 м2 m² м² m3 м3 m³ м³ km км km2 км2 km² км² ha ха ar ари ари² cm цм mm мм dm
    kg кг g г t т l л kw квт kwh mwh gwh kw/h квч mw w kva
    % ‰ °c c h ч min мин sec god год dan ком kom db дб ppm mg/l мг/л µg/m³ μg/m3 µg/m3 ug/m3
    mg/m3 m3/s l/s stan/km2 ст/км2
    """.split()
)
IN_BRACKETS = re.compile(r"[(\[]\s*(?:у |u |in )?([^()\[\]]{1,20})\s*[)\]]\s*$")
AFTER_WORD = re.compile(r"(?:,|\bу\b|\bu\b|\bin\b)\s*((?:000 |хиљ\. ?|hilj\. ?)?\S{1,8})\s*$")

CAPITAL = re.compile(r"[A-ZА-Я]")
RAISED = str.maketrans("²³", "23")


def is_unit(text: str) -> bool:
    """Tell whether a text is nothing but a unit.

    >>> [is_unit(text) for text in ("(m²)", "РСД", "дин.", "у 000 дин.", "назив")]
    [True, True, True, True, False]
    """
    if CAPITAL.fullmatch(text.strip()):
        return False  # М and Ж are men and women
    bare = text.strip("()[] ").lower().translate(RAISED)
    words = [word.strip(".") for word in re.sub(r"^(у|u|in) ", "", bare).split()]
    return bool(words) and all(word in UNITS or word == "000" for word in words) and bare != "000"


def unit_of(label: str) -> str:
    """Give the unit that a label names, as it stands there; empty for none.

    >>> [unit_of(label) for label in ("Површина (m²)", "Износ у РСД", "Дужина, km", "Број (ком)")]
    ['m²', 'РСД', 'km', 'ком']
    >>> unit_of("Износ у 000 дин."), unit_of("Улица у граду"), unit_of("Назив (пун)")
    ('000 дин.', '', '')
    """
    for pattern in (IN_BRACKETS, AFTER_WORD):
        match = pattern.search(label)
        if match and is_unit(match[1]):
            return match[1].strip()
    return ""
