"""Places by name: spellings, typing mistakes, what is public, and how far away something is."""

import shutil
import threading

import orjson
import pytest
import shapely

from datasets.errors import PublishError
from datasets.stores.folder import Folder
from publish.places import Index, Present, find, leave_out, nearest, take_in

TOWNS = ("Лесница", "Лешница", "Крагујевац", "Ђурђевак", "Нови Сад", "Смедеревска Паланка", "Ниш")
HOUSES = (
    ("Његошева", "12", "Ниш"),
    ("Његошева", "12а", "Ниш"),
    ("Његошева", "120", "Чачак"),
    ("Краља Петра I", "5", "Ниш"),
    ("Булевар ослобођења", "7", "Нови Сад"),
)


@pytest.fixture
def index(tmp_path):
    return Index(Folder(tmp_path / "state"))


@pytest.fixture
def towns(built):
    spots = [shapely.Point(20 + i / 10, 44) for i in range(len(TOWNS))]
    return built(spots, {"naziv": ("string", list(TOWNS))}, layer="naselja")


@pytest.fixture
def houses(built):
    street, number, town = (list(each) for each in zip(*HOUSES, strict=True))
    columns = {
        "sifra": ("string", [f"K{i}" for i in range(len(HOUSES))]),
        "ulica": ("string", street),
        "kucni_broj": ("string", number),
        "naselje": ("string", town),
    }
    return built([shapely.Point(21, 43)] * len(HOUSES), columns, layer="adrese")


@pytest.fixture
def ask(index, towns, houses):
    """Search both layers; gives the names."""
    public = {layer.id: (layer, features) for features, layer in (towns, houses)}

    def asked(text):
        numbers = Present(index).numbers(public)
        sizes = {number: public[name][0].features for number, name in numbers.items()}
        return [hit.name for hit in find(index, text, sizes)]

    return asked


@pytest.mark.parametrize(
    "text", ["Ђурђевак", "đurđevak", "djurdjevak", "DURDEVAK", "Ðurđevak", "ђурђе", "djurdjevka"]
)
def test_every_spelling_and_a_slip_of_the_finger_find_a_town(ask, text):
    assert ask(text) == ["Ђурђевак"]


@pytest.mark.parametrize(
    "text", ["kraguejvac", "kragujevc", "kragujjevac", "kragujevac", "kraguje", "крагјуевац"]
)
def test_one_mistake_does_not_hide_a_town(ask, text):
    assert ask(text)[0] == "Крагујевац"


def test_a_long_word_may_have_two_mistakes(ask):
    assert ask("smederefska palnka") == ["Смедеревска Паланка"]


def test_what_is_written_just_so_is_first(ask):
    assert ask("Лешница") == ["Лешница", "Лесница"]
    assert ask("Lesnica") == ["Лесница", "Лешница"]


@pytest.mark.parametrize("text", ["ул. Његошева бр. 12", "njegoseva 12", "NJEGOŠEVA ULICA 12"])
def test_an_address_is_found_with_its_own_number_first(ask, text):
    assert ask(text) == ["Његошева 12", "Његошева 12а", "Његошева 120"]


def test_an_address_is_narrowed_down_by_its_town(ask):
    assert ask("njegoseva cacak") == ["Његошева 120"]
    assert ask("Niš, Njegoševa 12 a") == ["Његошева 12а"]


def test_a_house_that_is_not_there_gives_its_street(ask):
    assert ask("Његошева 77") == ["Његошева 12", "Његошева 12а", "Његошева 120"]


def test_numbers_of_kings_and_shortened_words_are_one_spelling(ask):
    assert ask("kralja petra prvog") == ask("Краља Петра I 5") == ["Краља Петра I 5"]
    assert ask("bul. oslobodjenja") == ["Булевар ослобођења 7"]


@pytest.mark.parametrize(
    "text", ["", "   ", '"', "* OR 1", "a" * 5000, "') --", "NEAR(", "\0", "🌳"]
)
def test_a_question_that_is_none_finds_nothing(ask, text):
    assert ask(text) == []


def test_a_house_says_where_it_is_and_who_is_named_alike_is_counted(index, built):
    named = {"naziv": ("string", ["Излаз"] * 3), "naselje": ("string", ["Ниш", "Ниш", "Пирот"])}
    features, layer = built([shapely.Point(21.5, 43)] * 3, named)
    take_in(index, [layer], lambda _: features)
    hits = find(index, "izlaz", dict.fromkeys(index.known([layer]).values(), 3))
    assert [(hit.place, hit.others, hit.lonlat) for hit in hits] == [
        ("Ниш", 1, (21.5, 43.0)),
        ("Пирот", 0, (21.5, 43.0)),
    ]


def test_a_layer_is_taken_in_once_and_left_out_for_good(index, towns):
    features, layer = towns
    assert take_in(index, [layer, layer], lambda _: features) == []
    (number,) = index.known([layer]).values()
    assert len(find(index, "nis", {number: 7})) == 1
    assert find(index, "nis", {number + 1: 7}) == []
    assert leave_out(index, "naselja", [layer]) == []
    assert len(find(index, "nis", {number: 7})) == 1
    assert leave_out(index, "naselja") == []
    assert find(index, "nis", {number: 7}) == []
    assert index.known([layer]) == {}


def test_another_process_sees_what_one_has_written(index, towns):
    features, layer = towns
    other = Index(index.store)
    assert other.known([layer]) == {}
    take_in(index, [layer], lambda _: features)
    (number,) = other.known([layer]).values()
    assert [hit.name for hit in find(other, "nis", {number: 7})] == ["Ниш"]


def test_an_index_that_is_gone_or_damaged_is_made_again(index, ask):
    assert ask("smederevska") == ["Смедеревска Паланка"]
    shutil.rmtree(index.store.places())
    assert ask("smederevska") == ["Смедеревска Паланка"]
    for file in index.store.places().iterdir():
        file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(PublishError, match="made anew"):
        Index(index.store).known([])
    shutil.rmtree(index.store.places(), ignore_errors=True)
    assert ask("smederevska") == ["Смедеревска Паланка"]


def test_two_who_take_in_the_same_layer_keep_it_once(index, towns):
    features, layer = towns
    both = [
        threading.Thread(target=take_in, args=(Index(index.store), [layer], lambda _: features))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    (number,) = index.known([layer]).values()
    assert [hit.others for hit in find(index, "nis", {number: 7})] == [0]


def test_features_without_a_name_or_a_place_are_not_in_the_index(index, built):
    named = {"naziv": ("string", ["Парк", "", None, "Шума"])}
    spots = [shapely.Point(20, 44)] * 3 + [None]
    features, layer = built(spots, named)
    take_in(index, [layer], lambda _: features)
    (count,) = index.reading().execute("select count(*) from place").fetchone()
    assert count == 1


def test_a_layer_without_texts_is_known_and_says_nothing(index, built):
    features, layer = built([shapely.Point(20, 44)], {"broj": ("integer", [7])})
    assert take_in(index, [layer], lambda _: features) == []
    assert len(index.known([layer])) == 1


def test_the_nearest_are_found_however_far_they_are(towns):
    features, _ = towns
    found = nearest(features, (20.0, 44.0), 3)
    names = [orjson.loads(fragment)["properties"]["naziv"] for _, fragment in found]
    assert names == list(TOWNS[:3])
    assert [round(metres / 1000) for metres, _ in found] == [0, 8, 16]
    assert nearest(features, (-60.0, -30.0), 3) == []
