"""A file's name is its registration."""

import pytest

from datasets.errors import ConfigError
from datasets.kinds import kind, kinds


class Base:
    """What the files of the folder are to define."""


@pytest.fixture
def stores(tmp_path, monkeypatch):
    """Make a package of kinds with these files: `stores(name, file="text")`."""

    def made(name, **files):
        folder = tmp_path / name
        folder.mkdir()
        for file, text in {"__init__": "", **files}.items():
            (folder / f"{file}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        return name

    return made


ONE = "class One(BASE):\n    pass\n"


def test_the_kinds_are_the_files_in_order_without_the_shared(stores):
    name = stores("stores_a", s3="", azure="", _shared="")
    assert kinds(name) == ["azure", "s3"]


def test_a_folder_is_a_kind_if_it_defines_a_class_and_serves_the_kinds_if_not(stores, tmp_path):
    name = stores("stores_f", s3="")
    for folder, text in {"cloud": "class Cloud:\n    pass\n", "shared": "", "bare": None}.items():
        (tmp_path / name / folder).mkdir()
        if text is not None:
            (tmp_path / name / folder / "__init__.py").write_text(text)
    assert kinds(name) == ["cloud", "s3"]
    with pytest.raises(ConfigError, match=r"no kind 'shared'; there are cloud, s3"):
        kind(name, "shared", Base)


def test_a_kind_is_the_one_class_of_its_file(stores, monkeypatch):
    name = stores(
        "stores_b",
        s3="import collections\n"
        "from collections import OrderedDict\n"
        "class Bucket(collections.UserDict):\n    pass\n"
        "class Other:\n    pass\n",
    )
    import collections  # noqa: PLC0415

    assert kind(name, "s3", collections.UserDict).__name__ == "Bucket"


@pytest.mark.parametrize("wrong", ["s4", "", "_shared", "../s3", ".s3", "s3.", "a b"])
def test_an_unknown_kind_is_told_with_those_there_are(stores, wrong):
    name = stores("stores_c", s3="", _shared="")
    with pytest.raises(ConfigError, match=r"stores_c: no kind '.*'; there are s3"):
        kind(name, wrong, Base)


@pytest.mark.parametrize("text", ["", "class A(dict):\n    pass\nclass B(dict):\n    pass\n"])
def test_a_file_that_does_not_define_one_is_told(stores, text):
    name = stores("stores_d", s3=text)
    with pytest.raises(ConfigError, match=r"stores_d.s3: must define one dict, and defines [02]"):
        kind(name, "s3", dict)


def test_what_a_kind_cannot_import_is_no_unknown_kind(stores):
    name = stores("stores_e", s3="import nobody_has_this\n")
    with pytest.raises(ModuleNotFoundError, match="nobody_has_this"):
        kind(name, "s3", Base)
