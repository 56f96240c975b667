"""Personal data made up at run time: right by their check digits, and nobody's."""

import datetime
import random
from collections.abc import Callable

RANDOM = random.Random(7)
FIRST = ("Петар", "Милица", "Јован", "Ана", "Живојин", "Душанка", "Đorđe", "Ljiljana", "Žarko")
LAST = ("Јовановић", "Петровић", "Ђурић", "Симић", "Kovačević", "Stanković", "Ћирић", "Илић")
LETTERS = "abvgdezijklmnoprstuh"


def digits(count: int) -> str:
    """Give random digits."""
    return "".join(RANDOM.choice("0123456789") for _ in range(count))


def jmbg() -> str:
    """Give a JMBG of somebody born between 1930 and 2015."""
    day = datetime.date(1930, 1, 1) + datetime.timedelta(RANDOM.randrange(31_000))
    body = f"{day:%d%m}{day.year % 1000:03}{RANDOM.randrange(70, 97)}{digits(3)}"
    total = sum(int(d) * w for d, w in zip(body, (7, 6, 5, 4, 3, 2) * 2, strict=True))
    return f"{body}{-total % 11 % 10}"


def account() -> str:
    """Give a bank account 3-13-2."""
    bank, number = RANDOM.choice(("160", "205", "265", "170")), digits(13)
    check = 98 - int(bank + number) * 100 % 97
    return f"{bank}-{number}-{check:02}"


def iban() -> str:
    """Give an account as IBAN; its own check digits are always 35 here."""
    return "RS35" + account().replace("-", "")


def mobile() -> str:
    """Give a mobile number, spelled in one of the ways that people have."""
    code, number = RANDOM.choice(("60", "61", "62", "63", "64", "65", "66", "69")), digits(7)
    a, b, c = number[:3], number[3:5], number[5:]
    return RANDOM.choice(
        (
            f"0{code}{number}",
            f"0{code}/{number}",
            f"0{code}/{a}-{b}-{c}",
            f"0{code} {a} {b}{c}",
            f"0{code}-{a}-{b}{c}",
            f"+381{code}{number}",
            f"+381 {code} {a} {b}{c}",
            f"00381{code}{number}",
            f"+381 (0){code} {a}-{b}{c}",
            f"(0{code}) {a}-{b}{c}",
            f"0{code}.{a}.{b}{c}",
        )
    )


def email() -> str:
    """Give a mailbox of nobody."""
    name = "".join(RANDOM.choice(LETTERS) for _ in range(7))
    return f"{name}.{RANDOM.choice(LETTERS)}{digits(2)}@{RANDOM.choice(('gmail.com', 'mts.rs'))}"


def full_name() -> str:
    """Give a first name and a surname, in either script."""
    return f"{RANDOM.choice(FIRST)} {RANDOM.choice(LAST)}"


def birth_date() -> str:
    """Give a date of birth as people write it."""
    return f"{RANDOM.randrange(1, 29)}.{RANDOM.randrange(1, 13)}.{RANDOM.randrange(1940, 2010)}."


def id_card() -> str:
    """Give the number of an identity card."""
    return f"00{digits(7)}"


COLUMNS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("jmbg", "ЈМБГ", jmbg),
    ("jmbg", "matični broj", jmbg),
    ("jmbg", "JMBG_vlasnika", jmbg),
    ("phone", "мобилни", mobile),
    ("phone", "kontakt", mobile),
    ("phone", "f7", mobile),
    ("email", "e-mail", email),
    ("email", "f9", email),
    ("account", "текући рачун", account),
    ("account", "žiro", account),
    ("account", "f3", iban),
    ("id-card", "број личне карте", id_card),
    ("id-card", "br. LK", id_card),
    ("passport", "пасош", id_card),
    ("birth-date", "датум рођења", birth_date),
    ("birth-date", "dat_rodj", birth_date),
    ("name", "име и презиме", full_name),
    ("name", "vlasnik", full_name),
    ("name", "Подносилац захтева", full_name),
    ("name", "PREZIME", lambda: RANDOM.choice(LAST)),
    ("name", "ime_oca", lambda: RANDOM.choice(FIRST)),
    ("name", "f1", lambda: f"{RANDOM.choice(FIRST)} {RANDOM.choice(LAST[:4])}"),
    ("address", "адреса становања", lambda: f"Главна {RANDOM.randrange(1, 90)}"),
    ("address", "Prebivalište", lambda: f"Bulevar {RANDOM.randrange(1, 90)}, Niš"),
)
"""Columns of persons: the kind, a header, and what makes a cell."""
SENTENCES: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("jmbg", "Поднео захтев, ЈМБГ {}, дана 5.5.2020.", jmbg),
    ("phone", "Звати на {} после подне", mobile),
    ("phone", "ključ kod čuvara, tel. {}.", mobile),
    ("email", "писати на {}, или доћи", email),
    ("account", "уплата на {} до петка", account),
    ("id-card", "лична карта бр. {} издата у Нишу", id_card),
    ("passport", "pasoš br. {}", id_card),
)
"""Sentences with a gap for a value: the kind, the words, and what fills the gap."""
