"""CSV as offices send it: encodings, delimiters, headers, places, and what cannot be read."""

import csv
import io

import pytest
from frictionless import Dialect, Resource, Schema

from datasets.config import Limits
from validation.reading.cells import Unreadable
from validation.reading.dialect import check_dialect, sniffed_delimiter, starts_spaced
from validation.reading.encoding import CODE_PAGES, codec, encoding_of
from validation.sandbox import Sandbox

LATIN = (
    "Redni broj;Naziv ulice;Opština;Površina parcele;Šifra delatnosti\n"
    "1;Đorđa Vajferta;Vračar;1.250,75;Održavanje čistoće\n"
    "2;Šumadijska;Čukarica;980,10;Građevinska dozvola\n"
    "3;Kneza Miloša;Savski venac;45,00;Žalba na rešenje\n"
    "4;Ćirila i Metodija;Zvezdara;310,33;Izgradnja pešačke staze\n"
)
CYRILLIC = (
    "Редни број;Назив улице;Општина;Површина парцеле;Шифра делатности\n"
    "1;Ђорђа Вајферта;Врачар;1.250,75;Одржавање чистоће\n"
    "2;Шумадијска;Чукарица;980,10;Грађевинска дозвола\n"
    "3;Кнеза Милоша;Савски венац;45,00;Жалба на решење\n"
    "4;Ћирила и Методија;Звездара;310,33;Изградња пешачке стазе\n"
)
FRENCH = "id;nom\n1;Église Saint-Étienne\n2;Mairie du 3ème\n3;Forêt à l'orée\n"
EVERY = [
    *((LATIN, e) for e in ("utf-8", "utf-8-sig", "cp1250", "iso8859-2", "cp852", "utf-16")),
    *((CYRILLIC, e) for e in ("utf-8", "cp1251", "iso8859-5", "cp855", "mac-cyrillic", "utf-16")),
    (LATIN.upper(), "cp1250"),
    (CYRILLIC.upper(), "cp1251"),
    (LATIN, "utf-16-le"),
    (CYRILLIC * 200, "cp1251"),
    ("id;naziv\n" + "1;Objekat\n" * 9000 + "2;Škola Đura Jakšić\n", "cp1250"),
    (FRENCH, "cp1252"),
]


@pytest.fixture
def sandbox(here):
    """Read without walls: what is tested here is what is understood of a file."""
    return here


@pytest.mark.parametrize(("text", "encoding"), EVERY)
def test_a_serbian_text_is_read_in_whatever_encoding_it_came(text, encoding):
    raw = text.encode(encoding)
    found = encoding_of(raw)
    assert raw.decode(found.name).removeprefix("\ufeff") == text
    assert found.bad_bytes == 0
    assert found.guessed == (found.name in CODE_PAGES or encoding == "utf-16-le")


def test_a_guess_by_few_letters_is_told_as_a_warning(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_bytes("id,naziv\n1,\xa9 opstina\n".encode("latin-1"))
    reading = read_one(path)
    assert [(f.check, f.severity) for f in reading.findings] == [("encoding-guessed", "warning")]


def test_a_semicolon_file_of_an_office_is_understood_whole(tmp_path, read_one, cells):
    path = tmp_path / "ulice.csv"
    path.write_bytes(LATIN.replace("\n", "\r\n").encode("cp1250"))
    reading = read_one(path)
    assert reading.labels == tuple(LATIN.splitlines()[0].split(";"))
    assert (reading.encoding, reading.dialect["csv"]["delimiter"]) == ("cp1250", ";")
    assert (reading.rows, reading.header_row, reading.spatial) == (4, 1, False)
    assert cells(reading)[0] == {
        "c0": "1",
        "c1": "Đorđa Vajferta",
        "c2": "Vračar",
        "c3": "1.250,75",
        "c4": "Održavanje čistoće",
        "row": 2,
    }
    assert [f.check for f in reading.findings] == ["encoding-guessed", "locale-numbers"]
    assert reading.schema["fields"][3] == {
        "name": "Površina parcele",
        "type": "number",
        "decimalChar": ",",
        "groupChar": ".",
    }


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a,b\n1;x,2\n3;y,4\n", ","),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("naziv\nŠabac\n", ","),
        ('"a;b","c"\n"1;2","3"\n', ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_that_cuts_all_records_alike(text, delimiter):
    assert sniffed_delimiter(text) == delimiter


def test_spaces_behind_every_delimiter_are_no_part_of_the_cells(tmp_path, read_one, cells):
    path = tmp_path / "a.csv"
    path.write_text('id, naziv, broj\n1, "Novi Sad, centar", 5\n', encoding="utf-8")
    assert starts_spaced(path.read_text("utf-8"), ",")
    reading = read_one(path)
    assert reading.dialect["csv"]["skipInitialSpace"] is True
    assert cells(reading)[0]["c1"] == "Novi Sad, centar"


def test_cells_stay_as_they_stand(tmp_path, read_one, cells):
    path = tmp_path / "a.csv"
    path.write_text('id,opis\n 007 ,"dva\nreda ""i"" navod"\n1_000,\n', encoding="utf-8")
    assert cells(read_one(path)) == [
        {"c0": " 007 ", "c1": 'dva\nreda "i" navod', "row": 2},
        {"c0": "1_000", "c1": "", "row": 3},
    ]


def test_a_cell_that_is_not_there_is_null_and_one_too_many_is_kept(tmp_path, read_one, cells):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n\n2,3,4\n", encoding="utf-8")
    reading = read_one(path)
    assert reading.labels == ("a", "b")
    assert cells(reading) == [
        {"c0": "1", "c1": None, "c2": None, "row": 2},
        {"c0": None, "c1": None, "c2": None, "row": 3},
        {"c0": "2", "c1": "3", "c2": "4", "row": 4},
    ]


@pytest.mark.parametrize(
    "dialect",
    [
        {"header": True},
        {"headerRows": [2, 3]},
        {"header": False},
        {"header": True, "commentChar": "#", "skipBlankRows": True},
        {"header": True, "csv": {"delimiter": ";"}, "commentRows": [4]},
        {"header": True, "delimiter": "|"},
    ],
)
def test_rows_cells_and_labels_are_those_of_frictionless(tmp_path, read_one, cells, dialect):
    path = tmp_path / "a.csv"
    body = [["id", "x y", "x y"], ["id", "x", "b"], ["#k", "", "c"], [], ["1", "a\nb", ""], ["2"]]
    delimiter = dialect.get("delimiter") or dialect.get("csv", {}).get("delimiter", ",")
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(body * 2)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    ours = read_one(path, dialect=dialect)
    theirs = Resource(
        path=path.name,
        basepath=str(tmp_path),
        dialect=Dialect.from_descriptor(dict(ours.dialect)),
        encoding="utf-8",
        schema=Schema.from_descriptor({"fields": [{"name": "n", "type": "integer"}]}),
    )
    with theirs:
        expected = [(row.row_number, row.cells) for row in theirs.row_stream]
        labels = tuple(theirs.labels)
    rows = cells(ours)
    found = [[row[f"c{i}"] for i in range(len(row) - 1)] for row in rows]
    while_there = [[c for c in row if c is not None] for row in found]
    assert list(zip([row["row"] for row in rows], while_there, strict=True)) == expected
    assert (ours.labels if dialect.get("header", True) else ()) == labels


def test_without_a_header_the_columns_are_numbered(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_text("1;Čačak\n2;Šabac\n", encoding="utf-8")
    reading = read_one(path, dialect={"header": False})
    assert (reading.labels, reading.header_row, reading.rows) == (("field1", "field2"), 0, 2)
    assert reading.dialect["header"] is False


def test_a_few_bad_bytes_in_utf8_are_named_by_row_and_stay_utf8(tmp_path, read_one):
    path = tmp_path / "skole.csv"
    lines = [f"{i};Škola број {i}".encode() for i in range(100)]
    lines[40] = "40;\x8akola".encode("latin-1")
    path.write_bytes(b"id;naziv\n" + b"\n".join(lines))
    reading = read_one(path)
    assert [(f.check, f.severity, f.row) for f in reading.findings] == [
        ("encoding-error", "error", 42)
    ]
    assert (reading.encoding, reading.rows) == ("utf-8", 0)


def test_an_encoding_that_is_declared_and_wrong_is_an_error(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_bytes("id\nČačak\n".encode("cp1250"))
    assert not read_one(path, encoding="utf-8").ok
    assert "ascii" in read_one(path, encoding="ascii").findings[0].note
    assert "there is no encoding 'utf-x'" in read_one(path, encoding="utf-x").findings[0].note
    assert read_one(path, encoding="cp1250").ok


def test_a_mark_that_a_dataset_does_not_know_of_is_no_part_of_the_header(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_bytes("id\nЧачак\n".encode("utf-8-sig"))
    reading = read_one(path, encoding="UTF-8")
    assert (reading.labels, reading.encoding) == (("id",), "utf-8-sig")


@pytest.mark.parametrize(
    "name", ["hex", "undefined", "unicode_escape", "idna", "nema", "a\0b", "base64", "utf-7"]
)
def test_an_encoding_that_is_none_of_texts_is_refused(name):
    assert codec(name) == ""


@pytest.mark.parametrize(
    "dialect",
    [
        {"delimiter": ";;"},
        {"csv": {"quoteChar": "''"}},
        {"csv": "x"},
        {"headerRows": [0]},
        {"headerRows": ["1"]},
        {"header": "no"},
        {"delimiter": "\n"},
        {"commentRows": 3},
        {"excel": []},
    ],
)
def test_a_dialect_that_cannot_be_followed_is_named(dialect):
    with pytest.raises(Unreadable, match="the dialect's") as refusal:
        check_dialect(dialect)
    assert refusal.value.finding.check == "dialect-error"


def test_a_dialect_without_a_word_is_no_dialect(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    nothing = dict.fromkeys(("delimiter", "quoteChar", "header", "headerRows", "csv", "headerJoin"))
    assert read_one(path, dialect=nothing).labels == ("a", "b")


def test_a_quote_that_is_never_closed_is_told_and_not_a_crash(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_text('id;opis\n1;"' + "x" * (9 << 20), encoding="utf-8")
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["row"]) == ("not-a-table", "2")
    assert "quote" in finding.note


def test_a_line_of_a_million_columns_is_refused(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_text("," * 1_000_000, encoding="utf-8")
    [finding] = read_one(path).findings
    assert (finding.check, finding.values["columns"]) == ("too-many-columns", "1000001")


def test_a_file_that_takes_more_memory_than_allowed_is_too_large(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_text("id;naziv\n" + "1;Ужице\n" * 2_000_000, encoding="utf-8")
    box = Sandbox(Limits(memory_bytes=400 << 20))
    [finding] = read_one(path, box=box).findings
    assert (finding.check, finding.severity) == ("file-too-large", "error")


def test_an_empty_file_and_a_missing_file_are_findings(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.touch()
    assert [f.check for f in read_one(path).findings] == ["empty-file"]
    path.write_text("\n\n\n", encoding="utf-8")
    assert [f.check for f in read_one(path).findings] == ["empty-file"]
    assert [f.check for f in read_one(tmp_path / "b.csv").findings] == ["file-missing"]


def test_nothing_but_the_cells_stays_behind(tmp_path, read_one):
    path = tmp_path / "a.csv"
    path.write_text("id\n1\n", encoding="utf-8")
    reading = read_one(path)
    assert [p.name for p in reading.cells.parent.iterdir()] == ["cells.arrow"]


def test_the_line_that_tells_excel_the_delimiter_is_no_header(tmp_path, read_one, cells, here):
    path = tmp_path / "a.csv"
    path.write_text("sep=;\r\nid;naziv\r\n1;Bor, grad\r\n", encoding="utf-8")
    reading = read_one(path, box=here)
    assert (reading.labels, reading.header_row) == (("id", "naziv"), 2)
    assert [(row["c1"], row["row"]) for row in cells(reading)] == [("Bor, grad", 3)]


def test_a_header_below_titles_is_found_and_told(tmp_path, read_one, cells, here):
    path = tmp_path / "a.csv"
    path.write_text(
        "Списак вртића;;\n;;\nРедни број;Назив;Број деце\n1;Колибри;41\n2;Пчелица;38\n",
        encoding="utf-8",
    )
    reading = read_one(path, box=here)
    assert (reading.labels, reading.header_row) == (("Редни број", "Назив", "Број деце"), 3)
    assert [row["row"] for row in cells(reading)] == [4, 5]
    assert "title-rows" in [finding.check for finding in reading.findings]
    assert reading.dialect["headerRows"] == [3]


def test_a_second_delimiter_that_cuts_as_well_is_asked(tmp_path, read_one, here):
    path = tmp_path / "a.csv"
    path.write_text("ime;iznos,din\nhleb;45,00\nso;20,50\n", encoding="utf-8")
    [finding] = [f for f in read_one(path, box=here).findings if f.check == "delimiter-unsure"]
    assert [offer.step.values["delimiter"] for offer in finding.offers] == [";", ","]
    settled = read_one(path, box=here, dialect={"delimiter": ";"})
    assert "delimiter-unsure" not in [f.check for f in settled.findings]


def test_a_code_page_that_may_be_another_is_asked_with_both_readings(tmp_path, read_one, here):
    path = tmp_path / "a.csv"
    path.write_bytes("id,naziv\n1,Štrpce\n2,Bor\n".encode("cp1250"))
    [finding] = [f for f in read_one(path, box=here).findings if f.check == "encoding-guessed"]
    assert finding.severity == "warning"
    first, *others = finding.offers
    assert first.step.values == {"encoding": "cp1250"}
    assert first.samples[0].after == "1,Štrpce"
    assert others


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        ('2;"Вук Караџић" ОШ', True),
        ('2;"ОШ ""Вук Караџић"""', False),
        ('2;ОШ "Вук Караџић"', False),
        ('2;"a;b"', False),
        ('2;"ред\nдруги" још', True),
    ],
)
def test_quotes_that_are_lost_in_reading_are_told(tmp_path, read_one, here, row, lost):
    path = tmp_path / "a.csv"
    path.write_text(f"id;naziv\n1;a\n{row}\n3;b\n", encoding="utf-8")
    found = [f for f in read_one(path, box=here).findings if f.check == "quotes-odd"]
    assert [f.row for f in found] == ([3] if lost else [])
