"""Gold files of a second round: printed pages, signs, times, old portals, other languages."""

import json
from datetime import time
from pathlib import Path

from tests.validation.gold.files import Gold, Make, d, text, xlsx
from tests.validation.gold.layers import shapefile


def raw(content: str, encoding: str = "utf-8") -> Make:
    """Write a text as it is, its line ends too."""

    def make(path: Path) -> None:
        path.write_bytes(content.encode(encoding))

    return make


HTML = """\
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>
<table><tr><td><table border=1><tr><td colspan=3>Паркинзи</td></tr>
<tr><th>Назив</th><th>Број места</th><th>Цена</th></tr>
<tr><td>Паркинг Центар</td><td>120</td><td>45,00</td></tr>
<tr><td>Паркинг Пијаца</td><td>60</td><td>30,50</td></tr></table></td></tr></table></body></html>"""

EXPORTS = [
    Gold(
        "kartica_konta.csv",
        text(
            """
JP Komunalac Vlasotince;;;;
Kartica konta za period 01.01.2021. - 31.03.2021.;;;Strana 1 od 3;
Datum;Br. naloga;Opis;Duguje;Potražuje
05.01.2021.;11-3;Račun 15/21;12.500,00;0,00
12.01.2021.;11-9;Uplata;0,00;12.500,00
31.01.2021.;11-22;Račun 44/21;8.320,50;0,00
JP Komunalac Vlasotince;;;;
Kartica konta za period 01.01.2021. - 31.03.2021.;;;Strana 2 od 3;
Datum;Br. naloga;Opis;Duguje;Potražuje
02.02.2021.;11-31;Uplata;0,00;8.320,50
15.02.2021.;11-40;Račun 71/21;4.100,00;0,00
JP Komunalac Vlasotince;;;;
Kartica konta za period 01.01.2021. - 31.03.2021.;;;Strana 3 od 3;
Datum;Br. naloga;Opis;Duguje;Potražuje
03.03.2021.;11-55;Uplata;0,00;4.100,00
11.03.2021.;11-60;Račun 99/21;900,00;0,00
Šef računovodstva;;;Direktor;
_______________;;;_______________;
""",
            "cp1250",
        ),
        ("Datum", "Br. naloga", "Opis", "Duguje", "Potražuje"),
        [
            (d("2021-01-05"), "11-3", "Račun 15/21", 12500, 0),
            (d("2021-01-12"), "11-9", "Uplata", 0, 12500),
            (d("2021-01-31"), "11-22", "Račun 44/21", 8320.5, 0),
            (d("2021-02-02"), "11-31", "Uplata", 0, 8320.5),
            (d("2021-02-15"), "11-40", "Račun 71/21", 4100, 0),
            (d("2021-03-03"), "11-55", "Uplata", 0, 4100),
            (d("2021-03-11"), "11-60", "Račun 99/21", 900, 0),
        ],
    ),
    Gold(
        "red_voznje.csv",
        text(
            """
Linija;Polazište;Odredište;Polazak;Dolazak;Cena karte;Dužina linije
1a;Autobuska stanica;Bolnica;6:05;6:25;60,00 din.;2,5 km
1a;Autobuska stanica;Bolnica;14:20;14:40;60,00 din.;2,5 km
2;Pijaca;Donja Trepča;5:40;6:30;130,00 din.;18,2 km
12;Pijaca;Mrčajevci;22:10;22:55;1.150,00 din.;21 km
""",
            "utf-8",
        ),
        ("Linija", "Polazište", "Odredište", "Polazak", "Dolazak", "Cena karte", "Dužina linije"),
        [
            ("1a", "Autobuska stanica", "Bolnica", time(6, 5), time(6, 25), 60, 2.5),
            ("1a", "Autobuska stanica", "Bolnica", time(14, 20), time(14, 40), 60, 2.5),
            ("2", "Pijaca", "Donja Trepča", time(5, 40), time(6, 30), 130, 18.2),
            ("12", "Pijaca", "Mrčajevci", time(22, 10), time(22, 55), 1150, 21),
        ],
    ),
    Gold(
        "red_voznje_jedna_cifra.csv",
        text("""
Stanica;Polazak 1;Polazak 2
Centar;6.05;14.05
Bolnica;6.12;14.12
Pijaca;6.20;14.20
"""),
        ("Stanica", "Polazak 1", "Polazak 2"),
        [("Centar", "6.05", "14.05"), ("Bolnica", "6.12", "14.12"), ("Pijaca", "6.20", "14.20")],
    ),
    Gold(
        "saldo.csv",
        text("""
Партнер;Почетно стање;Промет;Салдо
Водовод;1.250,00;(350,00);900,00
Топлана;(2.000,50);1.500,25;(500,25)
Чистоћа;0,00;12.300,00;12.300,00
"""),
        ("Партнер", "Почетно стање", "Промет", "Салдо"),
        [
            ("Водовод", 1250, -350, 900),
            ("Топлана", -2000.5, 1500.25, -500.25),
            ("Чистоћа", 0, 12300, 12300),
        ],
    ),
    Gold(
        "saldo_minus.csv",
        text("""
Partner;Saldo;Odstupanje %
Vodovod;1.250,00-;12,5
Toplana;2.000,50;-3,1
Čistoća;310,00-;0,4
Pijaca;15.000,00;100,0
"""),
        ("Partner", "Saldo", "Odstupanje %"),
        [
            ("Vodovod", -1250, 12.5),
            ("Toplana", 2000.5, -3.1),
            ("Čistoća", -310, 0.4),
            ("Pijaca", 15000, 100),
        ],
    ),
    Gold(
        "budzet_tri_reda.xlsx",
        xlsx(
            ("ОДЛУКА О БУЏЕТУ",),
            ("Економска класификација", "Опис", "Извори финансирања", None, None, None),
            (None, None, "Средства буџета", None, "Остали извори", None),
            (None, None, "2021", "2022", "2021", "2022"),
            (400, "ТЕКУЋИ РАСХОДИ", 1500, 1600, 20, 30),
            (411, "   Плате и додаци", 1000, 1100, 5, 10),
            (421, "   Стални трошкови", 500, 500, 15, 20),
            (500, "ИЗДАЦИ ЗА НЕФИНАНСИЈСКУ ИМОВИНУ", 300, 200, 0, 0),
            (511, "   Зграде", 300, 200, 0, 0),
            merge=("A1:F1", "A2:A4", "B2:B4", "C2:F2", "C3:D3", "E3:F3"),
        ),
        (
            "Економска класификација",
            "Опис",
            "Извори финансирања – Средства буџета – 2021",
            "Извори финансирања – Средства буџета – 2022",
            "Извори финансирања – Остали извори – 2021",
            "Извори финансирања – Остали извори – 2022",
        ),
        [
            (400, "ТЕКУЋИ РАСХОДИ", 1500, 1600, 20, 30),
            (411, "Плате и додаци", 1000, 1100, 5, 10),
            (421, "Стални трошкови", 500, 500, 15, 20),
            (500, "ИЗДАЦИ ЗА НЕФИНАНСИЈСКУ ИМОВИНУ", 300, 200, 0, 0),
            (511, "Зграде", 300, 200, 0, 0),
        ],
    ),
    Gold(
        "datumi_razni.csv",
        text("""
Predmet;Podnet;Rešen;Sednica;Rok
351-12/2021;5. 10. 2021.;2021/10/15;oktobar 2021;15
351-13/2021;12. 10. 2021.;2021/11/02;novembar 2021;15
351-14/2021;30. 11. 2021.;2021/12/25;decembar 2021;30
"""),
        ("Predmet", "Podnet", "Rešen", "Sednica", "Rok"),
        [
            ("351-12/2021", d("2021-10-05"), d("2021-10-15"), "oktobar 2021", 15),
            ("351-13/2021", d("2021-10-12"), d("2021-11-02"), "novembar 2021", 15),
            ("351-14/2021", d("2021-11-30"), d("2021-12-25"), "decembar 2021", 30),
        ],
    ),
    Gold(
        "gauss_kruger.csv",
        text("""
Ознака стуба;Y;X;Висина
С-1;7492345,12;4875123,45;182,3
С-2;7492401,80;4875190,02;183,05
С-3;7492455,33;4875255,71;183,4
"""),
        ("Ознака стуба", "Y", "X", "Висина"),
        [
            ("С-1", 7492345.12, 4875123.45, 182.3),
            ("С-2", 7492401.8, 4875190.02, 183.05),
            ("С-3", 7492455.33, 4875255.71, 183.4),
        ],
    ),
    Gold(
        "html_kao.xls",
        raw(HTML),
        ("Назив", "Број места", "Цена"),
        [("Паркинг Центар", 120, 45), ("Паркинг Пијаца", 60, 30.5)],
    ),
    Gold(
        "losi_navodnici.csv",
        text("""
Назив;Адреса;Оснивач
ОШ "Вук Караџић";Светосавска 1;Република
ОШ "Свети Сава";Трг 5;Република
Установа "Дечја радост";Његошева 2;Град "Сунчани"
"""),
        ("Назив", "Адреса", "Оснивач"),
        [
            ('ОШ "Вук Караџић"', "Светосавска 1", "Република"),
            ('ОШ "Свети Сава"', "Трг 5", "Република"),
            ('Установа "Дечја радост"', "Његошева 2", 'Град "Сунчани"'),
        ],
    ),
    Gold(
        "unicode_text.tsv",
        raw(
            "Село\tДомаћинстава\tУдаљеност\r\nЉуботен\t1.210\t12,5 km\r\n"
            "Џигољ\t87\t8 km\r\nЊеговођа\t340\t22,75 km\r\n",
            "utf-16",
        ),
        ("Село", "Домаћинстава", "Удаљеност"),
        [("Љуботен", "1.210", 12.5), ("Џигољ", "87", 8), ("Његовођа", "340", 22.75)],
    ),
    Gold(
        "mesani_krajevi.csv",
        raw(
            "Месец;Падавине mm;Средња темп.\r\nјануар;45,2;-1,5\nфебруар;38,0;0,8\r\n"
            "март;51,7;6,1\rаприл;60,3;11,4\r\n"
        ),
        ("Месец", "Падавине mm", "Средња темп."),
        [("јануар", 45.2, -1.5), ("фебруар", 38, 0.8), ("март", 51.7, 6.1), ("април", 60.3, 11.4)],
    ),
    Gold(
        "grupe_naslovi.xlsx",
        xlsx(
            ("Списак удружења", None, None),
            (),
            ("Назив", "Средства", "Година"),
            ("СПОРТ", None, None),
            ("ФК Раднички", 250000, 2021),
            ("КК Млади", 180000, 2021),
            (None, None, None),
            ("КУЛТУРА", None, None),
            ("КУД Абрашевић", 90000, 2020),
            ("Хор Света", 45000.5, 2021),
        ),
        ("Назив", "Средства", "Година", "одељак"),
        [
            ("ФК Раднички", 250000, 2021, "СПОРТ"),
            ("КК Млади", 180000, 2021, "СПОРТ"),
            ("КУД Абрашевић", 90000, 2020, "КУЛТУРА"),
            ("Хор Света", 45000.5, 2021, "КУЛТУРА"),
        ],
    ),
    Gold(
        "pola_datuma.xlsx",
        xlsx(
            ("Broj dozvole", "Izdata", "Investitor"),
            ("351-1/20", "12.01.2020.", "Gradnja doo"),
            ("351-2/20", "15.02.2020.", "Put ad"),
            ("351-3/20", "20.03.2020.", "Gradnja doo"),
            ("351-4/20", d("2020-04-11"), "Most doo"),
            ("351-5/20", d("2020-05-30"), "Put ad"),
            ("351-6/20", d("2020-06-01"), "Most doo"),
        ),
        ("Broj dozvole", "Izdata", "Investitor"),
        [
            ("351-1/20", d("2020-01-12"), "Gradnja doo"),
            ("351-2/20", d("2020-02-15"), "Put ad"),
            ("351-3/20", d("2020-03-20"), "Gradnja doo"),
            ("351-4/20", d("2020-04-11"), "Most doo"),
            ("351-5/20", d("2020-05-30"), "Put ad"),
            ("351-6/20", d("2020-06-01"), "Most doo"),
        ],
    ),
    Gold(
        "stari_portal.json",
        raw(
            json.dumps(
                {
                    "status": "ok",
                    "count": 3,
                    "data": [
                        {
                            "id": "1",
                            "naziv": "Dečji park",
                            "povrsina": "1.250,50",
                            "datum": "05.10.2020",
                        },
                        {
                            "id": "2",
                            "naziv": "Spomen park",
                            "povrsina": "12.000,00",
                            "datum": "15.12.2019",
                        },
                        {"id": "3", "naziv": "Trg", "povrsina": "830,25", "datum": "01.01.2021"},
                    ],
                },
                ensure_ascii=False,
            )
        ),
        ("id", "naziv", "povrsina", "datum"),
        [
            ("1", "Dečji park", 1250.5, d("2020-10-05")),
            ("2", "Spomen park", 12000, d("2019-12-15")),
            ("3", "Trg", 830.25, d("2021-01-01")),
        ],
    ),
    Gold(
        "nabavke.xml",
        raw(
            """<?xml version="1.0" encoding="windows-1250"?>
<Nabavke><Nabavka rb="1"><Predmet>Održavanje puteva</Predmet><Vrednost>1.200.000,00</Vrednost>
<Datum>05.03.2021.</Datum></Nabavka>
<Nabavka rb="2"><Predmet>Zimska služba</Predmet><Vrednost>850.000,50</Vrednost>
<Datum>17.10.2021.</Datum></Nabavka>
<Nabavka rb="3"><Predmet>Čišćenje kanala</Predmet><Vrednost>90.000,00</Vrednost>
<Datum>21.05.2021.</Datum></Nabavka>
</Nabavke>""",
            "cp1250",
        ),
        ("rb", "Predmet", "Vrednost", "Datum"),
        [
            (1, "Održavanje puteva", 1200000, d("2021-03-05")),
            (2, "Zimska služba", 850000.5, d("2021-10-17")),
            (3, "Čišćenje kanala", 90000, d("2021-05-21")),
        ],
    ),
    Gold(
        "secena_imena.zip",
        shapefile(
            NAZIV_OBJE=["Čardak", "Đeram", "Šupa"],
            POVRSINA_O=["1.250,5", "80,25", "12,00"],
            GOD_IZGRAD=[1950, 1980, 2001],
        ),
        ("NAZIV_OBJE", "POVRSINA_O", "GOD_IZGRAD"),
        [("Čardak", 1250.5, 1950), ("Đeram", 80.25, 1980), ("Šupa", 12, 2001)],
    ),
    Gold(
        "jedan_cudan_datum.csv",
        text("""
Мост;Преглед
Горњи;12.03.2021.
Доњи;15.04.2021.
Стари;18.05.2021.
Нови;20.06.2021.
Пешачки;мај 2022
Висећи;01.09.2021.
"""),
        ("Мост", "Преглед"),
        [
            ("Горњи", "12.03.2021."),
            ("Доњи", "15.04.2021."),
            ("Стари", "18.05.2021."),
            ("Нови", "20.06.2021."),
            ("Пешачки", "мај 2022"),
            ("Висећи", "01.09.2021."),
        ],
    ),
    Gold(
        "madjarski_datum.csv",
        text("""
Iktatószám;Beérkezett;Határidő;Összeg
I-1/2021;2021.10.05.;2021. 10. 20.;12 500,00
I-2/2021;2021.11.15.;2021. 11. 30.;8 000,50
I-3/2021;2021.12.01.;2021. 12. 16.;1 250,00
"""),
        ("Iktatószám", "Beérkezett", "Határidő", "Összeg"),
        [
            ("I-1/2021", d("2021-10-05"), d("2021-10-20"), 12500),
            ("I-2/2021", d("2021-11-15"), d("2021-11-30"), 8000.5),
            ("I-3/2021", d("2021-12-01"), d("2021-12-16"), 1250),
        ],
    ),
    Gold(
        "prenos.csv",
        text("""
R.br.;Opis;Iznos
1;Struja;1.200,50
2;Voda;300,00
;Prenos;1.500,50
;Donos;1.500,50
3;Grejanje;8.000,00
4;Telefon;950,25
;Svega;10.450,75
"""),
        ("R.br.", "Opis", "Iznos"),
        [(1, "Struja", 1200.5), (2, "Voda", 300), (3, "Grejanje", 8000), (4, "Telefon", 950.25)],
    ),
    Gold(
        "mraz.csv",
        raw(
            "Stanica;Min;Max;Promena\nGoč;−12,5;3,2;+1,5\nRudnik;−8,0;5,1;−0,5\nKotlenik;−10,2;4,0;+0,3\n"
        ),
        ("Stanica", "Min", "Max", "Promena"),
        [("Goč", -12.5, 3.2, 1.5), ("Rudnik", -8, 5.1, -0.5), ("Kotlenik", -10.2, 4, 0.3)],
    ),
    Gold(
        "tri_reda.csv",
        text("""
Преглед запослених по службама;;;;;
Служба;Број запослених;;;;Укупно
;Стално;;Одређено;;
;М;Ж;М;Ж;
Матична;2;5;0;1;8
Комунална;12;3;4;0;19
Урбанизам;4;6;1;1;12
"""),
        (
            "Служба",
            "Број запослених – Стално – М",
            "Број запослених – Стално – Ж",
            "Број запослених – Одређено – М",
            "Број запослених – Одређено – Ж",
            "Укупно",
        ),
        [("Матична", 2, 5, 0, 1, 8), ("Комунална", 12, 3, 4, 0, 19), ("Урбанизам", 4, 6, 1, 1, 12)],
    ),
]
