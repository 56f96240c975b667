"""The scan for personal data: 1,000,000 rows and 10 columns, and columns that are hard for it.

CPU seconds of the scan alone; the cells are in memory, as the judge has them.
"""

import datetime
import random
import time

import pyarrow as pa

from validation.privacy.scan import scanned

ROWS = 1_000_000
DRAWN = random.Random(1)


def trees() -> dict[str, list[str]]:
    """Make the columns of a register of trees."""
    day = datetime.date(2000, 1, 1)
    return {
        "id": [str(i) for i in range(ROWS)],
        "vrsta": DRAWN.choices(["lipa", "hrast", "javor", "breza"], k=ROWS),
        "visina": [f"{DRAWN.random() * 30:.2f}" for _ in range(ROWS)],
        "datum": [(day + datetime.timedelta(i % 9000)).isoformat() for i in range(ROWS)],
        "vreme": [f"2024-0{i % 9 + 1}-1{i % 10}T1{i % 10}:30:{i % 60:02}" for i in range(ROWS)],
        "sifra": [f"KG-{i % 999_983:06}" for i in range(ROWS)],
        "opstina": [str(70_000 + i % 49) for i in range(ROWS)],
        "zdravo": DRAWN.choices(["true", "false"], k=ROWS),
        "x": [f"{20 + DRAWN.random():.8f}" for _ in range(ROWS)],
        "napomena": DRAWN.choices(
            ["posađeno u proleće", "nema primedbi", "orezati do kraja 2025. godine"], k=ROWS
        ),
    }


def hard() -> dict[str, list[str]]:
    """Make columns of which every cell could be somebody's."""
    return {
        "kod": [str(DRAWN.randrange(10**12, 10**13)) for _ in range(ROWS)],
        "dokument": [f"065-{DRAWN.randrange(10**6):06}/20{i % 24:02}" for i in range(ROWS)],
        "telefon": [f"064/{DRAWN.randrange(10**7):07}" for _ in range(ROWS)],
        "posta": [f"ime{i}@primer.rs" for i in range(ROWS)],
    }


def main() -> None:
    """Print the table."""
    print("| columns | CPU s | found |\n|---|---|---|")
    warm = pa.chunked_array([["pera@primer.rs", "064/1234567"]])
    scanned(["a"], [warm], {})  # loads what it needs
    _measure("register of trees, 10 columns", trees())
    for label, cells in hard().items():
        _measure(f"{label}, every cell distinct", {label: cells})


def _measure(what: str, columns: dict[str, list[str]]) -> None:
    labels = list(columns)
    cells = [pa.chunked_array([columns.pop(label)]) for label in labels]
    start = time.process_time()
    hits = scanned(labels, cells, {})
    spent = time.process_time() - start
    print(f"| {what} | {spent:.2f} | {', '.join(hit.kind for hit in hits) or '–'} |")
