"""Readers and a writer at once: nobody waits, nobody sees half of anything."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ckanapi.errors import ValidationError
from sqlalchemy import text


@pytest.fixture
def parking(catalog):
    package = {"name": "parking", "owner_org": "grad-nis", "version": "0", "notes": "0"}
    return catalog.call_action("package_create", package)


def test_a_reader_takes_no_lock(catalog, parking):
    """An open write transaction of one thread does not keep another from reading."""
    with catalog.transaction() as within:
        within.call_action("package_patch", {"id": "parking", "version": "1"})
        with ThreadPoolExecutor(1) as other:
            seen = other.submit(catalog.call_action, "package_show", {"id": "parking"})
            assert seen.result(timeout=5)["version"] == "0"
    assert catalog.call_action("package_show", {"id": "parking"})["version"] == "1"


def test_an_open_reader_does_not_stop_a_writer(catalog):
    with catalog.engine.connect() as connection:
        connection.execution_options(read_only=True)
        with connection.begin(), catalog.transaction() as within:
            assert connection.execute(text("select count(*) from package")).scalar() == 0
            within.call_action("package_create", {"name": "p1", "owner_org": "grad-nis"})
    assert catalog.call_action("package_list") == ["p1"]


def test_four_readers_see_whole_versions_while_one_writes(catalog, parking):
    done = threading.Event()

    def write():
        for number in range(1, 41):
            with catalog.transaction() as within:
                within.call_action("package_patch", {"id": "parking", "version": str(number)})
                within.call_action("package_patch", {"id": "parking", "notes": str(number)})
        done.set()

    def read():
        seen = [0]
        while not done.is_set():
            shown = catalog.call_action("package_show", {"id": "parking"})
            assert shown["version"] == shown["notes"]
            assert catalog.call_action("package_search", {"q": "parking"})["count"] == 1
            seen.append(int(shown["version"]))
        return seen

    with ThreadPoolExecutor(5) as threads:
        readers = [threads.submit(read) for _ in range(4)]
        threads.submit(write).result(timeout=60)
        for reader in readers:
            seen = reader.result(timeout=60)
            assert seen == sorted(seen)
    assert catalog.call_action("package_show", {"id": "parking"})["version"] == "40"


def test_of_two_writers_of_one_name_one_wins(catalog):
    def create(_):
        package = {"name": "parking", "owner_org": "grad-nis"}
        try:
            return catalog.call_action("package_create", package)["id"]
        except ValidationError as error:
            return error

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(create, range(4)))
    winners = [result for result in results if isinstance(result, str)]
    losers = [result for result in results if not isinstance(result, str)]
    assert len(winners) == 1
    assert {str(error) for error in losers} == {
        "{'name': ['That URL is already in use.'], '__type': 'Validation Error'}"
    }
