"""Gold files that are text: CSV as offices export it, in their encodings and habits."""

from datetime import time

from tests.validation.gold.files import Gold, d, text

TEXTS = [
    Gold(
        "vrtici_cp1250.csv",
        text(
            """
Naziv vrtića;Adresa;Broj dece;Površina (m²);Datum osnivanja
Čuperak;Đure Đakovića 12;120;1.250,50;5.10.2001.
Leptirić;Žička 3a;85;640,00;12.1.1998.
Šećerko;Kneza Miloša bb;210;2.310,75;1.9.2015.
""".replace("²", "2"),
            "cp1250",
        ),
        ("Naziv vrtića", "Adresa", "Broj dece", "Površina (m2)", "Datum osnivanja"),
        [
            ("Čuperak", "Đure Đakovića 12", 120, 1250.5, d("2001-10-05")),
            ("Leptirić", "Žička 3a", 85, 640.0, d("1998-01-12")),
            ("Šećerko", "Kneza Miloša bb", 210, 2310.75, d("2015-09-01")),
        ],
    ),
    Gold(
        "jps_cp1251.csv",
        text(
            """
Шифра;Назив установе;Општина;Матични број
001;Дом здравља „Свети Ђорђе“;Топола;07123456
002;Библиотека „Љубиша Ђенић“;Чајетина;07234567
010;Центар за социјални рад;Ужице;07345678
""",
            "cp1251",
        ),
        ("Шифра", "Назив установе", "Општина", "Матични број"),
        [
            ("001", "Дом здравља „Свети Ђорђе“", "Топола", "07123456"),
            ("002", "Библиотека „Љубиша Ђенић“", "Чајетина", "07234567"),
            ("010", "Центар за социјални рад", "Ужице", "07345678"),
        ],
    ),
    Gold(
        "registar_kapitali_cp1250.csv",
        text(
            """
R.BR.;MESTO;ULICA;KUĆNI BROJ
1;ČAČAK;ŽUPANA STRACIMIRA;12
2;ŠABAC;ĐORĐA KRSTIĆA;7A
3;PREKOPEČA;DRUGA ULICA;3/2
4;ŽABALJ;ČENEJSKA;bb
""",
            "cp1250",
        ),
        ("R.BR.", "MESTO", "ULICA", "KUĆNI BROJ"),
        [
            (1, "ČAČAK", "ŽUPANA STRACIMIRA", "12"),
            (2, "ŠABAC", "ĐORĐA KRSTIĆA", "7A"),
            (3, "PREKOPEČA", "DRUGA ULICA", "3/2"),
            (4, "ŽABALJ", "ČENEJSKA", "bb"),
        ],
    ),
    Gold(
        "stari_dos_cp852.csv",
        text(
            """
sifra;naziv;mesto
0101;Škola Žarko Zrenjanin;Čenta
0102;Škola Đura Jakšić;Šurjan
0103;Škola Čegar;Žitište
""",
            "cp852",
        ),
        ("sifra", "naziv", "mesto"),
        [
            ("0101", "Škola Žarko Zrenjanin", "Čenta"),
            ("0102", "Škola Đura Jakšić", "Šurjan"),
            ("0103", "Škola Čegar", "Žitište"),
        ],
    ),
    Gold(
        "utf16_excel.csv",
        text("Назив\tИзнос\nПут за Љиг\t1.200,00\nМост Ђердап\t340,50\n", "utf-16"),
        ("Назив", "Износ"),
        [("Пут за Љиг", 1200.0), ("Мост Ђердап", 340.5)],
    ),
    Gold(
        "bom_zarez.csv",
        text(
            '\ufeffIme,Adresa,Telefon\nVrtić Bambi,"Cara Dušana 5, Niš",018/521-345\n'
            'Vrtić Maslačak,"Bulevar 12, Niš",018/521-346\n'
        ),
        ("Ime", "Adresa", "Telefon"),
        [
            ("Vrtić Bambi", "Cara Dušana 5, Niš", "018/521-345"),
            ("Vrtić Maslačak", "Bulevar 12, Niš", "018/521-346"),
        ],
    ),
    Gold(
        "naslov_iznad.csv",
        text(
            """
Градска управа за финансије;;;
Преглед издатака буџета за 2021. годину;;;
;;;
Конто;Опис;План;Извршење
411;Плате запослених;12.500.000,00;11.934.221,50
421;Стални трошкови;3.400.000,00;3.100.100,00
425;Текуће поправке;900.000,00;455.300,25
""",
        ),
        ("Конто", "Опис", "План", "Извршење"),
        [
            (411, "Плате запослених", 12500000.0, 11934221.5),
            (421, "Стални трошкови", 3400000.0, 3100100.0),
            (425, "Текуће поправке", 900000.0, 455300.25),
        ],
    ),
    Gold(
        "ukupno_na_dnu.csv",
        text(
            """
Месна заједница;Број домаћинстава;Дужина мреже (km)
Центар;1.250;12,4
Доње поље;830;22,1
Вашариште;1.410;9,5
УКУПНО;3.490;44,0
""",
        ),
        ("Месна заједница", "Број домаћинстава", "Дужина мреже (km)"),
        [("Центар", 1250, 12.4), ("Доње поље", 830, 22.1), ("Вашариште", 1410, 9.5)],
    ),
    Gold(
        "izvor_ispod.csv",
        text(
            """
Opština;Stanovništvo 2011.;Stanovništvo 2022.
Čačak;115337;105612
Lučani;20897;17422
Ivanjica;31963;26861
;;
Izvor: Republički zavod za statistiku;;
* Podaci za 2022. su prethodni;;
""",
            "cp1250",
        ),
        ("Opština", "Stanovništvo 2011.", "Stanovništvo 2022."),
        [("Čačak", 115337, 105612), ("Lučani", 20897, 17422), ("Ivanjica", 31963, 26861)],
    ),
    Gold(
        "dvostruko_zaglavlje.csv",
        text(
            """
Школа;Уписано;;Завршило;
;2020;2021;2020;2021
ОШ Вук Караџић;120;131;118;129
ОШ Његош;88;92;85;90
""",
        ),
        ("Школа", "Уписано – 2020", "Уписано – 2021", "Завршило – 2020", "Завршило – 2021"),
        [("ОШ Вук Караџић", 120, 131, 118, 129), ("ОШ Његош", 88, 92, 85, 90)],
    ),
    Gold(
        "brojane_kolone.csv",
        text(
            """
Р.бр.;Назив објекта;Адреса;Спратност
1;2;3;4
1.;Управна зграда;Трг слободе 1;П+3
2.;Дом културе;Карађорђева 8;П+1
3.;Спортска хала;Вука Караџића 22;П
""",
        ),
        ("Р.бр.", "Назив објекта", "Адреса", "Спратност"),
        [
            (1, "Управна зграда", "Трг слободе 1", "П+3"),
            (2, "Дом културе", "Карађорђева 8", "П+1"),
            (3, "Спортска хала", "Вука Караџића 22", "П"),
        ],
    ),
    Gold(
        "da_ne.csv",
        text(
            """
Igralište;Osvetljeno;Ograda;Ocena
Kvantaš;da;ne;4
Tvrđava;ne;ne;5
Čair;da;da;3
""",
        ),
        ("Igralište", "Osvetljeno", "Ograda", "Ocena"),
        [
            ("Kvantaš", True, False, 4),
            ("Tvrđava", False, False, 5),
            ("Čair", True, True, 3),
        ],
    ),
    Gold(
        "procenti.csv",
        text("Naselje;Pokrivenost;Domaćinstva\nBresnica;85%;120\nGuča;92%;840\nKotraža;78%;210\n"),
        ("Naselje", "Pokrivenost", "Domaćinstva"),
        [("Bresnica", 85, 120), ("Guča", 92, 840), ("Kotraža", 78, 210)],
    ),
    Gold(
        "cene_rsd.csv",
        text(
            """
Услуга;Цена
Извод из матичне књиге;310,00 РСД
Уверење о држављанству;460,00 РСД
Озакоњење објекта;12.540,00 РСД
""",
        ),
        ("Услуга", "Цена"),
        [
            ("Извод из матичне књиге", 310.0),
            ("Уверење о држављанству", 460.0),
            ("Озакоњење објекта", 12540.0),
        ],
    ),
    Gold(
        "parcele.csv",
        text(
            """
КО;Број парцеле;Површина у m2;Датум решења
Чачак;12/3;540;12.3.2020.
Атеница;1204;1.230;1.4.2020.
Љубић;7/1;88;15.12.2020.
""",
        ),
        ("КО", "Број парцеле", "Површина у m2", "Датум решења"),
        [
            ("Чачак", "12/3", 540, d("2020-03-12")),
            ("Атеница", "1204", 1230, d("2020-04-01")),
            ("Љубић", "7/1", 88, d("2020-12-15")),
        ],
    ),
    Gold(
        "nedostaje.csv",
        text(
            """
Stanica;PM10;PM2.5
Beograd Vračar;31,5;22,1
Niš;-;18,4
Užice;44,2;-
Bor;29,0;17,7
""",
        ),
        ("Stanica", "PM10", "PM2.5"),
        [
            ("Beograd Vračar", 31.5, 22.1),
            ("Niš", None, 18.4),
            ("Užice", 44.2, None),
            ("Bor", 29.0, 17.7),
        ],
    ),
    Gold(
        "oko_50.csv",
        text("Naselje;Broj domaćinstava\nRti;120\nVrnčani;oko 50\nKaona;87\nTijanje;64\n"),
        ("Naselje", "Broj domaćinstava"),
        [("Rti", "120"), ("Vrnčani", "oko 50"), ("Kaona", "87"), ("Tijanje", "64")],
    ),
    Gold(
        "razmaci.csv",
        text("Улица ;Насеље\n Кнеза Милоша;Чачак\nДруга  улица;Чачак \nТрећа\u00a0улица; Љубић\n"),
        ("Улица", "Насеље"),
        [
            ("Кнеза Милоша", "Чачак"),
            ("Друга улица", "Чачак"),
            ("Трећа улица", "Љубић"),
        ],
    ),
    Gold(
        "koordinate_zarez.csv",
        text(
            """
Naziv;Geografska širina;Geografska dužina
Spomenik na Ljubiću;43,9012;20,3431
Ovčar Banja;43,8951;20,1853
Hram;43,8914;20,3497
""",
        ),
        ("Naziv", "Geografska širina", "Geografska dužina"),
        [
            ("Spomenik na Ljubiću", 43.9012, 20.3431),
            ("Ovčar Banja", 43.8951, 20.1853),
            ("Hram", 43.8914, 20.3497),
        ],
    ),
    Gold(
        "hiljade_razmak.csv",
        text("Projekat;Vrednost\nVodovod;12 500 000,00\nPut;3 400 000,00\nVrtić;950 000,00\n"),
        ("Projekat", "Vrednost"),
        [("Vodovod", 12500000.0), ("Put", 3400000.0), ("Vrtić", 950000.0)],
    ),
    Gold(
        "vrednost_iznad.csv",
        text(
            """
Општина;Насеље;Становника
Лучани;Гуча;1710
;Котража;712
;Каона;455
Ивањица;Прилике;1200
;Братљево;389
""",
        ),
        ("Општина", "Насеље", "Становника"),
        [
            ("Лучани", "Гуча", 1710),
            ("", "Котража", 712),
            ("", "Каона", 455),
            ("Ивањица", "Прилике", 1200),
            ("", "Братљево", 389),
        ],
    ),
    Gold(
        "medjuzbirovi.csv",
        text(
            """
Odeljenje;Nabavka;Vrednost
Finansije;Papir;100.000,00
Finansije;Toner;50.000,00
Ukupno finansije;;150.000,00
Urbanizam;Softver;1.200.000,00
Urbanizam;Vozilo;2.000.000,00
Ukupno urbanizam;;3.200.000,00
SVEUKUPNO;;3.350.000,00
""",
        ),
        ("Odeljenje", "Nabavka", "Vrednost"),
        [
            ("Finansije", "Papir", 100000.0),
            ("Finansije", "Toner", 50000.0),
            ("Urbanizam", "Softver", 1200000.0),
            ("Urbanizam", "Vozilo", 2000000.0),
        ],
    ),
    Gold(
        "prazni_redovi.csv",
        text("Linija;Polazak\n1;06:00\n\n2;06:30\n;\n3;07:15\n"),
        ("Linija", "Polazak"),
        [(1, time(6)), (2, time(6, 30)), (3, time(7, 15))],
    ),
    Gold(
        "datumi_bez_tacke.csv",
        text("Седница;Датум;Тачака\nI;05.01.2021;12\nII;17.03.2021;9\nIII;31.12.2021;15\n"),
        ("Седница", "Датум", "Тачака"),
        [("I", d("2021-01-05"), 12), ("II", d("2021-03-17"), 9), ("III", d("2021-12-31"), 15)],
    ),
    Gold(
        "naslov_bez_razdvajanja.csv",
        text(
            """
Списак стубова јавне расвете
стање 1.1.2022.

Ознака;Улица;Снага (W);Исправан
С-001;Немањина;70;да
С-002;Немањина;70;не
С-003;Кнеза Милоша;150;да
""",
            "cp1251",
        ),
        ("Ознака", "Улица", "Снага (W)", "Исправан"),
        [
            ("С-001", "Немањина", 70, True),
            ("С-002", "Немањина", 70, False),
            ("С-003", "Кнеза Милоша", 150, True),
        ],
    ),
    Gold(
        "zarez_na_kraju.csv",
        text(
            "Kontejner;Adresa;Zapremina l;\nK1;Dositejeva 3;1100;\nK2;Čedomira 8;240;\n", "cp1250"
        ),
        ("Kontejner", "Adresa", "Zapremina l"),
        [("K1", "Dositejeva 3", 1100), ("K2", "Čedomira 8", 240)],
    ),
    Gold(
        "svega_u_drugoj_koloni.csv",
        text(
            """
Рб;Врста стабла;Комада
1;Липа;1200
2;Јавор;830
3;Платан;95
;Свега;2125
""",
        ),
        ("Рб", "Врста стабла", "Комада"),
        [(1, "Липа", 1200), (2, "Јавор", 830), (3, "Платан", 95)],
    ),
    Gold(
        "godine_kao_zaglavlje.csv",
        text("Општина;2019;2020;2021\nЧачак;1120;1034;998\nЛучани;210;190;175\n"),
        ("Општина", "2019", "2020", "2021"),
        [("Чачак", 1120, 1034, 998), ("Лучани", 210, 190, 175)],
    ),
    Gold(
        "navodnici_u_celiji.csv",
        text(
            'Naziv;Napomena\n"OŠ ""Dragiša Mišović""";"zgrada, dvorište"\n'
            '"Dom ""Učenik""";"prvi red\ndrugi red"\n'
        ),
        ("Naziv", "Napomena"),
        [
            ('OŠ "Dragiša Mišović"', "zgrada, dvorište"),
            ('Dom "Učenik"', "prvi red\r\ndrugi red"),
        ],
    ),
    Gold(
        "evri.csv",
        text("Inicijativa;Vrednost (EUR)\nBiciklistička staza;1.250.000,00\nPark;84.500,50\n"),
        ("Inicijativa", "Vrednost (EUR)"),
        [("Biciklistička staza", 1250000.0), ("Park", 84500.5)],
    ),
    Gold(
        "temperatura_minus.csv",
        text("Stanica;Datum;Min;Max\nZlatibor;1.1.2022.;-8,5;-0,2\nČačak;1.1.2022.;-3,0;4,5\n"),
        ("Stanica", "Datum", "Min", "Max"),
        [
            ("Zlatibor", d("2022-01-01"), -8.5, -0.2),
            ("Čačak", d("2022-01-01"), -3.0, 4.5),
        ],
    ),
    Gold(
        "decimalna_tacka.csv",
        text("mesto,x,y\nPožega,7418200.12,4857300.5\nArilje,7424100.00,4845900.25\n"),
        ("mesto", "x", "y"),
        [("Požega", 7418200.12, 4857300.5), ("Arilje", 7424100.0, 4845900.25)],
    ),
    Gold(
        "opis_pa_tabela.csv",
        text(
            """
Општина:;Чачак;;;
Период:;2021;;;
;;;;
Ред. бр.;Извођач;Уговор;Датум;Вредност са ПДВ
1;Путеви;404-12/21;3.2.2021.;1.200.000,00
2;Градитељ;404-15/21;10.5.2021.;850.000,00
УКУПНО:;;;;2.050.000,00
""",
        ),
        ("Ред. бр.", "Извођач", "Уговор", "Датум", "Вредност са ПДВ"),
        [
            (1, "Путеви", "404-12/21", d("2021-02-03"), 1200000.0),
            (2, "Градитељ", "404-15/21", d("2021-05-10"), 850000.0),
        ],
    ),
]
