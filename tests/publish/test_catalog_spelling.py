"""Four spellings of a Serbian word find the same datasets in the same order, on both databases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.serbian import fold
from datasets.stemming import stem, stems

SPELLINGS = """
вртић vrtićima vrtici ВРТИЋЕМ
школа škole skolama ШКОЛУ
општина opštini opstinama ОПШТИНЕ
ваздух vazduha vazduhom ВАЗДУХУ
паркинг parkinzi parkinga ПАРКИНЗИМА
улица ulice ulicama УЛИЦУ
гробље grobljima grobljem ГРОБЉА
пијаца pijace pijaci ПИЈАЦАМА
отпад otpada otpadom ОТПАДУ
сметлиште smetlišta smetlistima СМЕТЛИШТУ
буџет budžeta budzetima БУЏЕТОМ
раскрсница raskrsnice raskrsnicama РАСКРСНИЦУ
дрво drva drvu ДРВО
Ђорђе Đorđa Djordju ЂОРЂЕВ
џамија džamije dzamiji ЏАМИЈУ
њива njive njivama ЊИВУ
љекарна ljekarne ljekarnama ЉЕКАРНУ
жупа župe zupama ЖУПУ
чесма česme cesmi ЧЕСМУ
становник stanovnici stanovnika СТАНОВНИЦИМА
предузеће preduzeća preduzecima ПРЕДУЗЕЋУ
библиотека biblioteci biblioteke БИБЛИОТЕКАМА
зграда zgrade zgradama ЗГРАДУ
саобраћај saobraćaja saobracajem САОБРАЋАЈУ
""".strip()
WORDS = [line.split() for line in SPELLINGS.splitlines()]


def written(number, words):
    """Three datasets about a word, each in another spelling and place."""
    first, second, third, fourth = words
    shared = {"owner_org": "grad-nis"}
    yield shared | {"name": f"a{number}", "title": f"Списак: {first}", "notes": "све"}
    yield shared | {"name": f"b{number}", "title": "Podaci", "notes": f"O tome: {second} i {third}"}
    yield shared | {"name": f"c{number}", "title": "Popis", "tags": [{"name": fourth}]}


def test_four_spellings_are_one_list(catalog):
    with catalog.transaction() as within:
        for number, words in enumerate(WORDS):
            for package in written(number, words):
                within.call_action("package_create", package)
    for number, words in enumerate(WORDS):
        lists = []
        for word in words:
            given = {"q": word, "fl": ["name", "score"]}
            result = catalog.call_action("package_search", given)
            lists.append([(hit["name"], hit["score"]) for hit in result["results"]])
        assert lists[1:] == lists[:1] * 3, words
        assert [name for name, _ in lists[0]] == [f"a{number}", f"c{number}", f"b{number}"], words


def test_spellings_agree_in_fields_phrases_tags_and_beginnings(catalog):
    for package in written(0, WORDS[0]):
        catalog.call_action("package_create", package)

    def found(**given):
        result = catalog.call_action("package_search", given)
        return [package["name"] for package in result["results"]]

    assert [found(q=f"title:{word}") for word in WORDS[0]] == [["a0"]] * 4
    assert [found(q=f'"списак {word}"') for word in WORDS[0]] == [["a0"]] * 4
    assert [found(q=word) for word in ("врт", "vrt", "VRT")] == [["a0", "c0", "b0"]] * 3
    assert found(fq="tags:vrtićem") == found(fq="tags:ВРТИЋЕМ") == ["c0"]


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[2])
def test_all_forms_have_one_stem(words):
    assert len({stem for word in words for stem in stems(word)}) == 1


def test_codes_and_foreign_words_stay_as_they_are():
    assert stems("PM10, 2024-05, RS-00-123, GeoJSON, PM2.5") == [
        *("pm10", "2024", "05", "rs", "00", "123", "geojson", "pm2", "5")
    ]
    assert stems("") == stems(" ?!-_ ") == []


@given(st.text(max_size=80))
def test_stems_are_words_without_blanks_and_marks(text):
    for word in stems(text):
        assert word
        assert len(word) <= 40
        assert word == word.lower()
        assert all(letter.isalnum() for letter in word)


@given(st.text("abcdđijkšzžčćdj", min_size=1, max_size=60))
def test_a_stem_depends_on_the_folded_word_only(word):
    assert stems(word) == stems(word.upper()) == [stem(part) for part in fold(word).split()]
