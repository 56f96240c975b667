"""What the header of a column says of it: a word of datasets.serbian.fold, in either script.

A topic is what a label promises; whether the cells keep the promise is looked at elsewhere.
"""

import re
from typing import Literal

from datasets.serbian import fold

type Topic = Literal[
    "jmbg",
    "id-card",
    "passport",
    "phone",
    "account",
    "birth-date",
    "surname",
    "full-name",
    "parent",
    "first-name",
    "role",
    "official",
    "home",
    "address",
    "people",
    "thing",
]

_PERSON = (
    r"vlasni\w+|podnosi\w+|korisni\w+|nosi[lo]\w+|investitor\w*|strank\w+|lic[ae]|zakup\w+"
    r"|obvezni\w+|duzni\w+|prijavi\w+|stanar\w*|roditelj\w*|staratelj\w*|ucenik\w*|dete|deteta"
    r"|pacijent\w*|zaposlen\w+|radni[ck]\w*|kandidat\w*|preduzetni\w+|pokojni\w+|penzioner\w*"
    r"|kontakt|owner|applicant|contact|person|citizen|employee"
)
_OFFICIAL = (
    r"direktor\w*|nacelni\w+|predsedni\w+|sekretar\w*|odborni\w+|upravni[ck]\w*|rukovodi\w+"
    r"|odgovorn\w+ (lic|osob)\w+|ovlascen\w+ (lic|osob)\w+|gradonacelni\w+|ministar\w*|matic\w*r\w*"
    r"|inspektor\w*|poverenik\w*|director|mayor|manager"
)
_WORDS: tuple[tuple[Topic, str], ...] = (
    ("jmbg", r".*\b(jmbg|embg|jmb)\b.*|.*\bjedinstven\w* (maticni|broj).*|matbr(ojlica)?"),
    ("id-card", r".*\b(licn\w* ?kart\w*|(br|broj) ?lk|lk|brlk|identity card|id card)\b.*"),
    ("id-card", r".*\b(vozack\w* dozvol\w*|lbo|zdravstven\w* (knjizic|kartic)\w*)\b.*"),
    ("passport", r".*\b(pasos\w*|putn\w* isprav\w*|passport\w*)\b.*"),
    ("birth-date", r".*\b(dat\w*|dan|vreme) ?(roden\w*|rodj?)\b.*|roden[ai]?|dob|birthday"),
    ("birth-date", r".*\b(birth ?date|date of birth)\b.*"),
    ("phone", r".*\b(tel|telefon\w*|mob|mobil\w*|mobitel\w*|fiksni|phone\w*|fax|faks)\b.*"),
    ("account", r".*\b(ziro|tekuc\w*|bankovn\w*|broj|br) ?racun\w*.*|.*\biban\b.*|racun"),
    ("people", r"(ukupan |uk )?(broj|br) .*|ukupno\b.*|.*\b(ukupno|procenat|udeo)"),
    ("full-name", r".*\b(ime i prezime|prezime i ime|ime ?prezime|prezime ?ime|puno ime)\b.*"),
    ("full-name", r".*\b(full ?name|person ?name)\b.*"),
    ("surname", r".*\bprezime\w*.*|.*\b(surname|last ?name|family ?name)\b.*|prez|devojacko.*"),
    ("parent", r".*\bime ?(oca|majke|(jednog )?rod\w*)\b.*|ocevo ime|srednje ime|father.*name"),
    ("home", r".*\b(stanovanj\w+|prebivali\w+|boravi[ls]\w+|kucna adresa|home address)\b.*"),
    ("home", rf".*\badres[ae]\w* ({_PERSON}).*"),
    ("official", rf".*\b({_OFFICIAL})\b.*"),
    ("role", rf"(ime |naziv )?.*\b({_PERSON})\b.*"),
    ("first-name", r"ime|first ?name|given ?name|licno ime|ime (deteta|lica|ucenika|korisnika)"),
    ("address", r".*\b(adres\w*|adr|address|ulica|ulica i broj|kucni ?br\w*|street)\b.*"),
    ("thing", r".*\b(naziv\w*|name|naslov|title|mesto|naselj\w*|ustanov\w*|skol\w*|vrtic\w*)\b.*"),
    ("thing", r".*\b(objek\w*|spomenik\w*|park\w*|trg\w*|stajalist\w*|vrst\w*|opis\w*)\b.*"),
    ("thing", r".*\b(autor\w*|author\w*|izvor|source)\b.*"),
)
_TOPICS = [(topic, re.compile(pattern)) for topic, pattern in _WORDS]
LONGEST = 200  # characters of a label that say what it means
_INNER_CAPITAL = re.compile("(?<=[a-zа-шђ-џ])(?=[A-ZА-ШЂ-Џ])|(?<=[A-ZА-Ш])(?=[A-ZА-Ш][a-zа-ш])")
_COUNTED = re.compile(
    r"\b(korisni\w+|dec[ae]|deteta|uceni\w+|lica|stanovni\w+|zaposlen\w+|umrl\w+|roden\w+|obole\w+"
    r"|pacijen\w+|penzioner\w*|zene|zena|muskar\w+|samohran\w+|invalid\w*|izbegl\w+|rom[ia]"
    r"|nezaposlen\w+|osob[ae]|gradan\w*|clanova|domacinst\w+|persons?|people|children|patients)\b"
)

_PLACES = re.compile(
    r"\b((mest[ao]|sedist[ea]|krevet\w*|rampa|rampe|lift|toalet\w*) za|parking\w*|kapacitet\w*"
    r"|capacity|places for|seats for)\b"
)
"""How a header begins or goes on that counts places for people, not people."""


def topic_of(label: str) -> Topic | None:
    """Say what a header promises of its column.

    >>> [topic_of(s) for s in ("Презиме", "IME_OCA", "Датум рођења", "Број корисника", "Назив")]
    ['surname', 'parent', 'birth-date', 'people', 'thing']
    """
    folded = fold(_INNER_CAPITAL.sub(" ", label[:LONGEST]))
    return next((topic for topic, pattern in _TOPICS if pattern.fullmatch(folded)), None)


def counts_people(label: str) -> bool:
    """Tell whether the numbers of a column may be of people; places for them are none.

    >>> counts_people("Број особа са инвалидитетом")
    True
    >>> counts_people("Места за особе са инвалидитетом"), counts_people("Капацитет (деца)")
    (False, False)
    """
    folded = fold(label)
    return bool(_COUNTED.search(folded)) and not _PLACES.search(folded)
