"""Two scripts, one word: transliteration, folding and order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.serbian import ABECEDA, AZBUKA, fold, is_cyrillic, sort_key, to_latin
from datasets.text import LANGUAGES, Text

CYRILLIC = st.text(alphabet=AZBUKA + AZBUKA.upper() + " -.,0123")


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("Љубав, ЉУБАВ, љубав", "Ljubav, LJUBAV, ljubav"),
        ("Џеп ЏЕП", "Džep DŽEP"),
        ("Њ", "Nj"),
        ("ИЊ", "INJ"),
        ("Ж. Љ. Бојић", "Ž. Lj. Bojić"),
        ("ПКБ „Његош“ 24", "PKB „Njegoš“ 24"),
        ("www.šabac.rs и Шабац", "www.šabac.rs i Šabac"),
        ("Ы ё ѝ", "Ы ё ѝ"),
    ],
)
def test_cyrillic_is_written_in_latin(cyrillic, latin):
    assert to_latin(cyrillic) == latin


@given(st.text())
def test_no_serbian_letter_of_cyrillic_is_left(text):
    assert not is_cyrillic(to_latin(text))


@given(st.text())
def test_what_is_latin_stays(text):
    latin = to_latin(text)
    assert to_latin(latin) == latin


@given(st.text(alphabet="abcčćdđefghijklmnoprsštuvzž 123"))
def test_latin_is_not_touched(text):
    assert to_latin(text) == text


@given(CYRILLIC)
def test_both_scripts_fold_to_one_form(text):
    assert fold(text) == fold(to_latin(text)) == fold(text.upper()) == fold(fold(text))


@pytest.mark.parametrize(
    "spellings",
    [
        ("вртић", "vrtić", "vrtic", "VRTIĆ", "Вртић"),
        ("Ђурђевак", "Đurđevak", "djurdjevak", "Ðurđevak", "durdevak"),
        ("Жабаљ", "Žabalj", "ZABALJ", "žabaǉ"),
        ("Ивањица", "Ivanjica", "ivanjica"),
        ("č", "c\u030c", "ч"),
    ],
)
def test_every_spelling_is_found_by_every_other(spellings):
    assert len({fold(spelling) for spelling in spellings}) == 1


@given(st.text())
def test_folding_gives_words_and_single_blanks(text):
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert fold(folded) == folded


def test_the_alphabets_are_in_their_order():
    assert sorted("".join(sorted(AZBUKA)), key=sort_key) == list(AZBUKA)
    latin = sorted(ABECEDA, key=sort_key)
    assert latin == ("a b c č ć d dž đ e f g h i j k l lj m n nj o p r s š t u v z ž".split())


@given(st.lists(CYRILLIC))
def test_capitals_do_not_change_the_order(words):
    assert [sort_key(w) for w in words] == [sort_key(w.upper()) for w in words]


def test_a_text_falls_back_to_its_authors_words():
    both = Text("Насеља", {"en": "Settlements", "sr-Latn": "Naselja Srbije"})
    assert [both.said(language) for language in LANGUAGES] == [
        "Насеља",
        "Naselja Srbije",
        "Settlements",
    ]
    alone = Text("Насеља")
    assert [alone.said(language) for language in LANGUAGES] == ["Насеља", "Naselja", "Насеља"]


def test_latin_is_made_of_the_cyrillic_translation_of_an_english_text():
    text = Text("Settlements", {"sr-Cyrl": "Насеља"})
    assert [text.said(language) for language in LANGUAGES] == ["Насеља", "Naselja", "Settlements"]


def test_a_text_of_nothing_is_false():
    assert not Text() and Text("x") and str(Text("x")) == "x"
