"""A column with cells and no name in the header is offered one."""

import pytest

from validation.judge import resource_of
from validation.repairing import OneFile, accepting, offers

COUNTED = ";naziv;grad\n1;a;Niš\n2;b;Bor\n3;c;Pirot\n"


@pytest.fixture
def looked(tmp_path, here):
    def look(text: str) -> OneFile:
        path = tmp_path / "tabela.csv"
        path.write_text(text, encoding="utf-8")
        return OneFile(resource_of(path, None), here, tmp_path / "looks")

    return look


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (COUNTED, ["ред. бр.", "field1"]),
        ("naziv;;grad\na;1;Niš\nb;2;Bor\n", ["field2"]),
        (";naziv;grad\nx;a;Niš\ny;b;Bor\n", ["field1"]),
    ],
)
def test_names_are_proposed_and_each_makes_the_table_valid(looked, text, names):
    file = looked(text)
    found = [o for o in offers(file({})) if o.finding.check == "blank-label"]
    assert [o.offer.step.values["to"] for o in found] == names
    assert not any(o.offer.exact for o in found)
    for each, name in zip(found, names, strict=True):
        settled = accepting([each.offer.step.id], file, {})
        assert settled.report.ok
        assert name in file.reading.labels


def test_a_name_split_over_two_rows_stays_as_it_is(looked):
    report = looked("šifra;Naziv\n;objekta\n1;a\n2;b\n")({})
    assert "blank-label" not in {finding.check for finding in report.findings}
