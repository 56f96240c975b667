"""What the scan finds, what it lets pass, and that nobody quotes it."""

import csv
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from datasets.model import Dataset, Finding, Offer, Resource, Sample, Step, Version
from datasets.text import Text
from tests.validation import planted
from validation.judge import Checks, validate, validate_file
from validation.privacy.masking import cautious, masked_text
from validation.privacy.scan import scanned
from validation.privacy.words import topic_of
from validation.reading import read

CODES = random.Random(3)


def kinds(labels, *columns, severity=None, **settings):
    """Give label and kind of all that is found in some columns."""
    hits = scanned(labels, [pa.chunked_array([column]) for column in columns], settings)
    wanted = (hit for hit in hits if severity in (None, hit.severity))
    return [(labels[hit.column], hit.kind) for hit in wanted]


def columns_of(count):
    for kind, label, make in planted.COLUMNS:
        yield kind, label, [make() for _ in range(count)]


@pytest.mark.parametrize("count", [1, 30])
def test_whole_columns_are_found(count):
    missed = []
    for kind, label, cells in columns_of(count):
        if count == 1 and label.startswith("f") and kind == "name":
            continue  # one name under a header that says nothing could be anything
        if (label, kind) not in kinds([label, "n"], cells, ["1"] * count):
            missed.append((kind, label))
    assert missed == []


def test_single_cells_of_free_text_are_found():
    planted_rows, found_rows = 0, 0
    for kind, words, make in planted.SENTENCES:
        cells = ["редовно одржавање", "нема примедби", ""] * 40
        places = range(5, 120, 12)
        for place in places:
            cells[place] = words.format(make())
        hits = scanned(["напомена"], [pa.chunked_array([cells])], {})
        found = {int(row) for hit in hits if hit.kind == kind for row in hit.rows}
        planted_rows += len(places)
        found_rows += len(found & set(places))
        assert found <= set(places)
    assert found_rows >= 0.98 * planted_rows


@pytest.mark.parametrize("text", [planted.mobile() for _ in range(60)])
def test_any_spelling_of_a_mobile_number_is_found(text):
    assert kinds(["a"], ["x", text, "y"]) == [("a", "phone")]


@pytest.mark.parametrize(
    "text",
    [
        "2020-06-12",
        "0.641234567",
        "20.0641234567",
        "1 064 123 456",
        "2.063.450.120",
        "065-123456/2020",
        "060-1234567-01",
        "064-12/2020",
        "060-00-12/2020",
        "06.12.2020. 10:30",
        "KG0641234567",
        "7457718.21",
        "2024-05-31T14:30:12.123456",
        "https://primer.rs/a/0641.html",
        "123456789",
        "info@primer.rs",
        "ana.anic@nis.ls.gov.rs",
        "840-1234567890123-45",
        "9780306406157",
        "ОШ „Вук Караџић“",
    ],
)
def test_what_only_looks_like_a_number_of_a_person_passes(text):
    assert kinds(["шифра"], ["x", text, "y"] * 5) == []


def test_of_random_codes_a_few_are_right_by_chance_and_stop_nothing():
    codes = [str(CODES.randrange(10**12, 10**13)) for _ in range(50_000)]
    assert kinds(["шифра"], codes, severity="error") == []
    assert kinds(["шифра"], codes) == [("шифра", "jmbg-possible")]


def test_one_personal_number_among_other_texts_stops():
    assert kinds(["напомена"], ["нема", "", f"{planted.jmbg()}"]) == [("напомена", "jmbg")]


def test_a_personal_number_that_lost_its_zero_is_found_by_the_header_or_the_share():
    short = [number[1:] for number in (planted.jmbg() for _ in range(400)) if number[0] == "0"]
    assert kinds(["ЈМБГ"], short) == [("ЈМБГ", "jmbg")]
    assert kinds(["kod"], short) == [("kod", "jmbg")]
    wrong = [f"{n[:11]}{(int(n[11]) + 1) % 10}" for n in short]
    assert kinds(["ЈМБГ"], wrong) == [("ЈМБГ", "jmbg-short")]


def test_a_wrong_check_digit_is_no_personal_number_outside_of_its_column():
    wrong = [f"{n[:12]}{(int(n[12]) + 1) % 10}" for n in (planted.jmbg() for _ in range(30))]
    assert kinds(["шифра"], wrong, severity="error") == []
    assert kinds(["ЈМБГ"], wrong) == [("ЈМБГ", "jmbg")]


def test_a_table_of_institutions_is_public():
    count = 20
    labels = ["Назив", "Адреса", "Телефон", "Е-пошта", "Директор", "ПИБ", "Матични број", "Ученика"]
    schools = ["ОШ „Вук Караџић“", "Доситеј Обрадовић", "ОШ „Свети Сава“", "Бубањски хероји"]
    columns = (
        [schools[i % 4] for i in range(count)],
        [f"Учитељ Тасина {i}" for i in range(count)],
        [f"018/{i + 200}-{i + 300}" for i in range(count)],
        [f"skola{i}@primer.rs" for i in range(count)],
        [planted.full_name() for _ in range(count)],
        [f"{100000000 + i}" for i in range(count)],
        [f"{7000000 + i:08}" for i in range(count)],
        [str(300 + i) for i in range(count)],
    )
    assert kinds(labels, *columns, severity="error") == []
    assert {kind for _, kind in kinds(labels, *columns)} == {"landline", "official"}


def test_firms_under_a_word_for_people_are_no_people():
    firms = ["Градња д.о.о.", "СЗР Микић", "ЈКП Чистоћа", "Метал ад Ниш", "Нова Нада", "Swiss PRO"]
    assert kinds(["Инвеститор"], firms * 3) == []


def test_an_address_beside_names_is_personal_and_beside_firms_it_is_not():
    addresses = ["Главна 5", "Нова 7"] * 5
    names = [planted.full_name() for _ in addresses]
    assert ("адреса", "address") in kinds(["име и презиме", "адреса"], names, addresses)
    assert kinds(["назив", "адреса"], ["Дом здравља"] * 10, addresses) == []


def test_the_dates_of_birth_of_historical_people_are_history():
    assert kinds(["датум рођења"], ["8.11.1787.", "6.11.1813.", "1.11.1847."]) == []


def test_counts_of_few_people_are_a_warning():
    counts = ["12", "3", "0", "150", "1"]
    assert kinds(["Број корисника"], counts) == [("Број корисника", "small-cells")]
    assert kinds(["Број стабала"], counts) == []
    assert kinds(["Број корисника"], counts, k=1) == []


def test_the_site_says_what_is_its_own():
    mails, phones = ["ana.anic@primer.rs", "mika@posta.primer.rs"], ["034/300-100", "063/800-1234"]
    assert kinds(["a"], mails, domains=["primer.rs"]) == []
    assert kinds(["a"], ["ana.anic@primer.rs"], mailboxes=["ana.anic@primer.rs"]) == []
    assert kinds(["телефон"], phones, phones=["034/300", "+381 63 800"]) == []
    assert kinds(["телефон"], ["063/9002345"], phones=["034/300"]) == [("телефон", "phone")]


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Презиме", "surname"),
        ("IME_OCA", "parent"),
        ("ImeIPrezime", "full-name"),
        ("Датум рођења", "birth-date"),
        ("Datum rodjenja", "birth-date"),
        ("Broj lične karte", "id-card"),
        ("Адреса становања", "home"),
        ("Назив објекта", "thing"),
        ("Број корисника", "people"),
        ("површина", None),
    ],
)
def test_headers_are_understood_in_both_scripts(label, topic):
    assert topic_of(label) == topic


@pytest.mark.parametrize("column", [[], [None, None], ["", None, ""], ["x" * 70_000]])
def test_columns_with_nothing_in_them_are_no_trouble(column):
    assert kinds(["ЈМБГ"], pa.array(column, pa.string())) == []


def test_a_slice_of_a_longer_column_is_judged_alone():
    cells = pa.array(["нема", planted.jmbg(), None, "нема", planted.email()])
    hits = scanned(["a"], [pa.chunked_array([cells.slice(1, 2), cells.slice(4, 1)])], {})
    assert {(hit.kind, *hit.rows) for hit in hits} == {("email", 2), ("jmbg", 0)}


# What is said of it


def table(secrets: list[str], count: int = 40) -> list[list[str]]:
    """Make a table of people with faults of every sort; what is secret of it is noted."""
    rows = [["Име", "Презиме", "ЈМБГ", "телефон", "рођен", "износ", "датум", "напомена"]]
    for i in range(count):
        first, last, number = planted.full_name().split()[0], planted.LAST[i % 8], planted.jmbg()
        phone, mail, born = planted.mobile(), planted.email(), planted.birth_date()
        note = f"писати на {mail}" if i % 5 == 0 else "Ðорђе  рече" if i % 7 == 0 else ""
        amount = f"1.{i:03},50" if i % 9 else last
        rows.append([first, last, number, phone, born, amount, f"{i % 28 + 1}.5.2020.", note])
        secrets += [last, number, phone, born, *([mail] if i % 5 == 0 else [])]
    rows.append([planted.LAST[0], "", "", "", "", "", "", "", secrets[1]])
    rows.append(rows[3])
    return rows


def write_csv(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def write_xlsx(path: Path, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def write_geojson(path: Path, rows: list[list[str]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(rows[0], row, strict=False)),
            "geometry": {"type": "Point", "coordinates": [20.0 + i / 100, 44.0]},
        }
        for i, row in enumerate(rows[1:])
    ]
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


WRITERS: dict[str, Callable[[Path, list[list[str]]], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "geojson": write_geojson,
}


def leaks(report, secrets):
    said = json.dumps(report.frictionless, ensure_ascii=False, default=str) + repr(report)
    return [secret for secret in secrets if secret in said]


@pytest.mark.parametrize("ending", WRITERS)
def test_no_value_leaves_the_child_whatever_the_format(ending, tmp_path, here):
    secrets: list[str] = []
    path = tmp_path / f"korisnici.{ending}"
    WRITERS[ending](path, table(secrets))
    report = validate_file(path, None, here)
    found = {finding.check for finding in report.of("error")}
    assert {"personal-jmbg", "personal-name", "personal-phone", "personal-email"} <= found
    assert not report.ok
    assert not report.frictionless["valid"]
    assert leaks(report, secrets) == []


def test_a_declared_schema_that_all_cells_break_quotes_none_of_them(tmp_path, here):
    secrets: list[str] = []
    path = tmp_path / "korisnici.csv"
    rows = table(secrets)
    write_csv(path, rows)
    fields = [{"name": name, "type": "integer"} for name in rows[0]]
    fields[1] = {
        "name": "Презиме",
        "type": "string",
        "constraints": {"unique": True, "enum": ["x"]},
    }
    schema = {"fields": fields, "primaryKey": ["Име", "Презиме"]}
    resource = Resource("korisnici", path, "csv", path.name, schema=schema)
    dataset = Dataset("korisnici", Text("К"), "nis", "s", "1", (resource,))
    report = validate(dataset, read(dataset, here, tmp_path / "r"), None, Checks(), here)
    assert len(report.findings) > 200
    assert leaks(report, secrets) == []


def test_frictionless_own_report_is_whole_for_the_owner_and_masked_for_the_service(tmp_path, here):
    secrets: list[str] = []
    path = tmp_path / "korisnici.csv"
    rows = table(secrets)
    write_csv(path, rows)
    schema = {"fields": [{"name": name, "type": "integer"} for name in rows[0]]}
    assert leaks(validate_file(path, schema, here), secrets)
    masked = validate_file(path, schema, here, hide=True)
    assert leaks(masked, secrets) == []


def test_a_file_that_reads_in_no_way_is_masked_whole(tmp_path, here, monkeypatch):
    path = tmp_path / "korisnici.csv"
    secret = planted.jmbg()
    path.write_bytes(f"a,b\n{secret},Петровић\n".encode() + b"\x00\xff\xfe,1\n")
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]}
    report = validate_file(path, schema, here, hide=True)
    assert leaks(report, [secret, "Петровић"]) == []


def test_a_header_that_is_somebodys_row_is_hidden(tmp_path, here):
    secrets: list[str] = []
    path = tmp_path / "bez-zaglavlja.csv"
    write_csv(path, table(secrets)[1:])
    report = validate_file(path, None, here)
    assert not report.ok
    assert leaks(report, secrets) == []


def test_a_header_that_is_somebodys_row_is_no_new_column(tmp_path, here):
    secrets: list[str] = []
    path = tmp_path / "bez-zaglavlja.csv"
    write_csv(path, table(secrets)[1:])
    resource = Resource("bez-zaglavlja", path, "csv", path.name)
    dataset = Dataset("d", Text("Д"), "nis", "s", "1", (resource,))
    before = replace(resource, schema={"fields": [{"name": "id", "type": "integer"}]})
    rows = {"bez-zaglavlja": 40}
    previous = Version("d", 1, "f", "2026-01-01", "s", (before,), (), rows, {}, {"id": dataset.id})
    readings = read(dataset, here, tmp_path / "r")
    report = validate(dataset, readings, previous, Checks(), here)
    assert "column-new" in {finding.check for finding in report.findings}
    assert leaks(report, secrets) == []


def test_a_clean_table_is_quoted_as_ever(tmp_path, here):
    path = tmp_path / "klupe.csv"
    path.write_text("id,boja\n1,plava\n2,crvena\nx3,zelena\n", encoding="utf-8")
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "boja", "type": "string"}]}
    report = validate_file(path, schema, here, hide=True)
    assert [finding.values["value"] for finding in report.findings] == ["x3"]


def test_a_title_with_a_personal_number_stops_a_dataset(tmp_path, here):
    path = tmp_path / "a.csv"
    path.write_text("id\n1\n", encoding="utf-8")
    resource = Resource("a", path, "csv", "a.csv", title=Text(f"Решење за {planted.jmbg()}"))
    dataset = Dataset("a", Text("А"), "nis", "s", "1", (resource,))
    report = validate(dataset, read(dataset, here, tmp_path / "r"), None, Checks(), here)
    assert [f.check for f in report.of("error")] == ["personal-in-name"]


def test_what_was_released_is_a_note_and_the_report_is_valid(tmp_path, here):
    path = tmp_path / "a.csv"
    path.write_text("id,kontakt\n1,ana.anic@gmail.com\n2,mika@gmail.com\n", encoding="utf-8")
    resource = Resource("a", path, "csv", "a.csv")
    dataset = Dataset("a", Text("А"), "nis", "s", "1", (resource,))
    release = {"resource": "a", "field": "kontakt", "kind": "email"}
    release |= {"by": "ana", "when": "2026-01-01", "reason": "члан 5"}

    def judged(**changed):
        checks = Checks(settings={"releases": [release | changed]})
        into = tmp_path / f"r{len(list(tmp_path.iterdir()))}"
        return validate(dataset, read(dataset, here, into), None, checks, here)

    report = judged()
    assert report.ok
    assert report.frictionless["valid"]
    [note] = [f for f in report.findings if f.check == "personal-released"]
    assert (note.severity, note.values["by"], note.values["reason"]) == ("note", "ana", "члан 5")
    for other in ({"field": "id"}, {"kind": "phone"}, {"resource": "b"}):
        assert not judged(**other).ok


def test_repairs_are_offered_and_none_is_exact(tmp_path, here):
    path = tmp_path / "a.csv"
    path.write_text("рођен,n\n5.10.1987.,1\n6.1.1990.,2\n", encoding="utf-8")
    [finding] = [f for f in validate_file(path, None, here).findings if "birth" in f.check]
    offered = [offer.step.repair for offer in finding.offers]
    assert offered == ["drop-column", "mask-column", "aggregate-column"]
    assert not any(offer.exact for offer in finding.offers)


def test_small_counts_are_offered_as_fewer_than_k_and_places_for_people_are_no_people(
    tmp_path, here
):
    path = tmp_path / "a.csv"
    rows = "".join(f"{n},{n},{n}\n" for n in (0, 2, 4, 5, 30))
    path.write_text(f"Број корисника,Места за особе са инвалидитетом,Капацитет деца\n{rows}")
    small = [f for f in validate_file(path, None, here).findings if f.check.endswith("cells")]
    assert {f.field for f in small} == {"Број корисника"}
    [coarser] = [o for o in small[0].offers if o.step.repair == "aggregate-column"]
    assert (coarser.step.values, coarser.count) == ({"to": "at-least-k", "k": "5"}, 2)
    assert {sample.after for sample in coarser.samples} == {"<5"}


@pytest.mark.parametrize("make", [planted.jmbg, planted.account, planted.mobile, planted.email])
def test_a_text_that_nobody_scanned_is_masked_by_its_looks(make):
    for _ in range(30):
        value = make()
        assert masked_text(f"ред 3: „{value}“ не ваља") == "ред 3: „***“ не ваља", value


def test_an_ordinary_note_stays_as_it_is():
    note = "12.5 m at 20.4567891 44.8123456 in row 12345678, 2024-05-31T14:30:00, EPSG:6316"
    assert masked_text(note) == note


def test_the_samples_of_a_file_that_could_not_be_read_are_left_out():
    offer = Offer(Step("encoding"), 1, (Sample(1, "Петровић", "Petrović"),))
    finding = Finding(
        "bad-bytes", note="a@gmail.com", values={"value": "063/123-456"}, offers=(offer,)
    )
    masked = cautious(finding)
    assert (masked.note, masked.values["value"], masked.offers[0].samples) == ("***", "***", ())


FORMATS = ("csv", "tsv", "xlsx", "geojson")
LARGEST = 100_000  # bytes; longer ones are of the same columns
PLANTED = ("licni-podaci.csv", "boston311-100-with-fake-pii.csv")
"""Files of the messy data that have invented people in them, on purpose."""


def test_hardly_any_real_file_is_stopped_without_a_reason(shared, project, here, tmp_path):
    stopped, looked = [], 0
    folders = (project / "datasets/demo", shared / "data/messy", shared / "data/serbia")
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    for number, path in enumerate(paths):
        ending = path.suffix[1:].lower()
        if ending not in FORMATS or path.stat().st_size > LARGEST or path.name in PLANTED:
            continue
        resource = Resource("r", path, ending, path.name, schema={"fields": []})  # none is proposed
        dataset = Dataset("d", Text("D"), "nis", "s", "1", (resource,))
        [reading] = read(dataset, here, tmp_path / str(number))
        if reading.ok:
            looked += 1
            with pa.memory_map(str(reading.cells)) as source:
                cells = pa.ipc.open_file(source).read_all()
            columns = [cells.column(f"c{i}") for i in range(len(reading.labels))]
            if any(h.severity == "error" for h in scanned(reading.labels, columns, {})):
                stopped.append(path.name)
    assert looked > 150
    assert len(stopped) <= 0.02 * looked, stopped
