"""What upstreams say, read by functions that take anything: hostile values are not said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.names import is_name, slug
from harvesters.values import mapping as m
from harvesters.values.licenses import license_id

ODD = ["\x00", "\ud800", "[", "http://[", "https://a:99999/", "9999-99-99", "1e999", "a" * 1200]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.sampled_from(["@value", "@language", "name"]), inner)
    ),
    max_leaves=12,
)
READERS = [
    m.text,
    m.prose,
    m.date,
    m.address,
    m.slug,
    m.frequency,
    m.digest,
    license_id,
    m.words,
]


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(value=JSON)
def test_a_reader_takes_anything_and_gives_clean_text(read, value):
    said = str(read(value))
    said.encode()
    assert "\x00" not in said and len(said) <= m.NOTES


@given(JSON)
def test_readers_of_lists_numbers_and_ways_take_anything(value):
    assert 0 <= m.size(value) < 1 << 50
    assert all(2 <= len(tag) <= m.TAG for tag in m.tags(value, value))
    assert all(isinstance(entry, dict) for entry in m.entries(value))
    assert m.at(value, "a", "b") is None or isinstance(value, dict)
    assert m.slug(value) == "" or is_name(m.slug(value))
    assert len(str(m.words(value, value, m.NOTES))) <= m.NOTES


@given(st.text(alphabet="aZ9-_ ./", max_size=120))
def test_the_short_way_to_a_slug_gives_what_the_long_one_does(text):
    try:
        whole = slug(text.strip())
    except ValueError:
        whole = ""
    assert m.slug(text) == whole


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("jeu, 19/12/2019 - 03:00", ""),
        ("2014-02-30", ""),
        ("2014", "2014"),
        ("2014-10", "2014-10"),
        (2014, "2014"),
        ("2026-08-07T06:10:44.740279", "2026-08-07T06:10:44.740279"),
        ("2015-04-09T10:28:45+00:00", "2015-04-09T10:28:45+00:00"),
        (1436655117000, "2015-07-11T22:51:57Z"),
        (float("nan"), ""),
        (-1e300, ""),
        ("31. 5. 2024.", "2024-05-31"),
        ("2024-05-31T25:00", ""),
    ],
)
def test_a_date_is_iso_or_not_said(said, is_):
    assert m.date(said) == is_


@pytest.mark.parametrize(
    "said",
    ["ftp://a.rs/x", "javascript:alert(1)", "//", "http://", "data:text/csv,a", "a.csv", 7, None],
)
def test_only_the_web_is_an_address(said):
    assert m.address(said) == ""


def test_a_relative_address_is_seen_from_its_base():
    assert m.address("../f.csv", "https://a.rs/x/y/z") == "https://a.rs/x/f.csv"
    assert m.address("//b.rs/f.csv", "https://a.rs/x") == "https://b.rs/f.csv"


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("cc-by", "cc-by"),
        ("CC_BY_4_0", "cc-by"),
        ("CC0_10", "cc-zero"),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", "cc-by"),
        ("http://www.opendefinition.org/licenses/cc-zero", "cc-zero"),
        ("https://creativecommons.org/licenses/by-sa/3.0/rs/", "cc-by-sa"),
        ("http://www.usa.gov/publicdomain/label/1.0/", "other-pd"),
        ("Creative Commons Attribution 4.0 International", "cc-by"),
        ("Creative Commons CCZero", "cc-zero"),
        ("Creative Commons Attribution-NonCommercial 4.0", "cc-nc"),
        ("Creative Commons Attribution-NoDerivs", "Creative Commons Attribution-NoDerivs"),
        ("Open Data Commons Open Database License (ODbL)", "odc-odbl"),
        ("Licence Ouverte (Etalab)", "Licence Ouverte (Etalab)"),
        ("Јавно добро", "other-pd"),
        ("CC BY 4.0", "cc-by"),
        ("ODbL-1.0", "odc-odbl"),
        ("notspecified", "notspecified"),
    ],
)
def test_a_licence_is_ckans_where_ckan_has_it_and_its_own_words_elsewhere(said, is_):
    assert license_id(said) == is_


def test_html_becomes_the_words_it_shows():
    assert m.prose("<p>Списак</p><ul><li>a</li><li>b &lt; c</li></ul>") == "Списак\n\n- a\n- b < c"
    assert m.prose("a < b и c > d") == "a < b и c > d"


def test_words_in_many_languages_keep_those_of_the_portal():
    said = m.words([{"@language": "sr", "@value": "Naselja"}, {"@language": "fr", "@value": "X"}])
    assert (said.own, dict(said.translated)) == ("Naselja", {"sr-Latn": "Naselja"})
    assert m.words({"fr": "Les communes"}).own == "Les communes"
