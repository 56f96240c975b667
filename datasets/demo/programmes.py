"""Municipal programmes, re-typed in Cyrillic from the published lists, in the lists' own order.

The lists were published in Latin; `datasets.serbian.to_latin` gives every name back as it stood
there, "Vladimirac" included.
"""

from collections.abc import Iterator

HEAD = ("општина", "програм", "носилац", "година", "месец")

type Row = tuple[str, str, str | None, int, int | None]

E_SERVICES = """
Александровац, Бабушница, Бела Паланка, Бојник, Бор, Чачак, Ћуприја, Димитровград, Голубац,
Ивањица, Јагодина, Косјерић, Крагујевац, Краљево, Крупањ, Лозница, Мали Зворник, Медвеђа,
Нова Варош, Нови Пазар, Осечина, Рача, Ражањ, Рековац, Шабац, Смедеревска Паланка, Сокобања,
Сурдулица, Свилајнац, Тутин, Владимирац, Власотинце, Врњачка Бања, Жагубица, Зајечар
"""
OPEN_DATA = """
Алексинац, Аранђеловац, Ариље, Бујановац, Деспотовац, Горњи Милановац, Књажевац, Крушевац,
Куршумлија, Лајковац, Лебане, Лесковац, Лучани, Мионица, Неготин, Ниш, Параћин,
Петровац на Млави, Пожаревац, Прибој, Прокупље, Рашка, Сјеница, Смедерево, Топола, Трстеник,
Ужице, Ваљево, Велика Плана, Велико Градиште
"""
E_GOVERNMENT = """
Беочин, Бела Паланка, Чачак, Деспотовац, Ћуприја, Крагујевац, Ниш, Пирот, Велико Градиште, Врање
"""
SMART_CITIES = "Петровац на Млави, Бечеј, Шид"

LISTS = (
    ("Локалне е-услуге", "Swiss PRO", 2021, 10, E_SERVICES),
    ("Отворени подаци", "Swiss PRO", 2021, 10, OPEN_DATA),
    ("еУправа за све", None, 2025, None, E_GOVERNMENT),
    ("Паметни градови на клауд инфраструктури", None, 2023, None, SMART_CITIES),
)


def rows() -> Iterator[Row]:
    """One row a municipality and programme, in the order of HEAD."""
    for programme, holder, year, month, names in LISTS:
        for municipality in " ".join(names.split()).split(", "):
            yield municipality, programme, holder, year, month
