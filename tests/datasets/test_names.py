"""Names and ids: safe whatever comes in, the same for ever."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.names import dataset_id, file_name, is_name, resource_id, slug

WORDS = st.text(alphabet="абвгдђежзијклљмнњопрстћуфхцчџшčćžšđ abc123-_./", min_size=3)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Квалитет ваздуха (2024)", "kvalitet-vazduha-2024"),
        ("Ђачки домови – попис", "djacki-domovi-popis"),
        ("Đački domovi", "djacki-domovi"),
        ("Ðački domovi", "djacki-domovi"),
        ("  __Путеви__  ", "__putevi__"),
        ("ŠABAC", "sabac"),
        ("Njegoševa & Љубићка", "njegoseva-ljubicka"),
        ("école/straße", "ecole-stra-e"),
        ("x" * 200, "x" * 100),
    ],
)
def test_a_name_is_made_of_a_title(title, name):
    assert slug(title) == name


@pytest.mark.parametrize("title", ["", " ", "x", "漢字", "…", "new", "Edit", "SEARCH", "\0"])
def test_where_no_name_can_be_made_it_is_told(title):
    with pytest.raises(ValueError, match="no name can be made of"):
        slug(title)


@given(st.text())
def test_what_slug_makes_is_always_a_name_and_stays_it(title):
    try:
        made = slug(title)
    except ValueError:
        return
    assert is_name(made)
    assert slug(made) == made


@given(WORDS)
def test_a_name_does_not_depend_on_how_accents_are_stored(title):
    made = []
    for form in ("NFC", "NFD"):
        try:
            made.append(slug(unicodedata.normalize(form, title)))
        except ValueError:
            made.append("")
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../Подаци Шабац.CSV", "podaci-sabac.csv"),
        ("C:\\Подаци\\путеви.xlsx", "putevi.xlsx"),
        ("..", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
        ("a.tar.gz", "a-tar.gz"),
        ('x";\r\nSet-Cookie: a=b.csv', "x-set-cookie-a-b.csv"),
        ("漢字.csv", "file.csv"),
        ("con<script>.html", "con-script.html"),
    ],
)
def test_a_file_name_is_safe(text, name):
    assert file_name(text) == name


@given(st.text())
def test_every_file_name_is_safe_and_stays_as_it_is(text):
    made = file_name(text)
    assert re.fullmatch(r"[a-z0-9_-]{1,100}(\.[a-z0-9_-]{1,16})?", made)
    assert file_name(made) == made


def test_ids_are_these_for_ever():
    """If this fails, every identifier out there has changed."""
    assert dataset_id("grad", "sabac/parking") == "004bd4a7-e83e-5831-b13a-138362ec7461"


@given(st.text(), st.text(), st.text(), st.text())
def test_different_places_have_different_ids(source, remote_id, other, other_id):
    same = (source, remote_id) == (other, other_id)
    if "\n" not in source + other:  # names of sources have none
        assert (dataset_id(source, remote_id) == dataset_id(other, other_id)) is same


def test_a_resource_has_an_id_in_its_dataset():
    first, second = dataset_id("grad", "a"), dataset_id("grad", "b")
    assert resource_id(first, "x") != resource_id(second, "x")
    assert resource_id(first, "x") == resource_id(first, "x")
