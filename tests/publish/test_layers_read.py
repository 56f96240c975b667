"""What a layer answers: which features, in which order, and how it stays within bounds."""

import datetime
import gc
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import PublishError
from publish.layers import query as sql
from publish.layers import read

KINDS = ("липа", "храст", "бреза")


def ids(fragments):
    return [orjson.loads(fragment)["id"] for fragment in fragments]


@pytest.fixture
def scattered(built):
    """500 shapes of all kinds, 20 features without geometry, and what they are by id."""
    rng = np.random.default_rng(11)
    lonlat = rng.uniform((20.8, 43.9), (21.0, 44.1), (500, 2)).round(7)
    shapes = []
    for i, (x, y) in enumerate(lonlat.tolist()):
        line = shapely.LineString([(x, y), (x + 0.02, y + 0.01), (x, y + 0.02)])
        shapes.append((shapely.Point(x, y), line, line.convex_hull, line.boundary)[i % 4])
    shapes += [None] * 20
    columns = {
        "kind": ("string", [KINDS[i % 3] for i in range(520)]),
        "girth_cm": ("integer", rng.integers(10, 60, 520).tolist()),
        "height_m": ("number", rng.uniform(1, 30, 520).tolist()),
    }
    folder, _ = built(shapes, columns)
    rows = {f["id"]: f for f in map(orjson.loads, read.features(folder, limit=1000))}
    return folder, rows


def matching(rows, box=None, **equal):
    """The ids that a plain reading of the features finds, in the layer's order."""
    for fid, feature in rows.items():
        if any(feature["properties"][name] != value for name, value in equal.items()):
            continue
        geometry = feature["geometry"]
        if box is None or geometry is None or shapely.geometry.shape(geometry).intersects(box):
            yield fid


def test_a_bbox_finds_what_its_geometry_touches_page_by_page(scattered):
    folder, rows = scattered
    edge = st.floats(20.79, 21.03, allow_nan=False)
    rise = st.floats(43.89, 44.13, allow_nan=False)
    kind = st.sampled_from((None, *KINDS))

    @settings(deadline=None, max_examples=150)
    @given(st.tuples(edge, edge), st.tuples(rise, rise), kind, st.integers(1, 60))
    def check(xs, ys, kind, limit):
        bbox = (min(xs), min(ys), max(xs), max(ys))
        equal = {} if kind is None else {"kind": kind}
        box = shapely.MultiPoint([bbox[:2], bbox[2:]]).envelope
        wanted = list(matching(rows, box, **equal))
        asked = {"bbox": bbox, "equal": tuple(equal.items())}
        assert ids(read.features(folder, limit=1000, **asked)) == wanted
        assert read.count(folder, **asked) == len(wanted)
        paged, after = [], 0
        while found := read.page(folder, after=after, limit=limit, **asked):
            paged += ids(fragment for _, fragment in found)
            after = found[-1][0]
        assert paged == wanted
        offset = len(wanted) // 2
        assert (
            ids(read.features(folder, offset=offset, limit=limit, **asked))
            == (wanted[offset : offset + limit])
        )

    check()


def test_a_box_beside_the_geometry_does_not_find_it(built):
    ell = shapely.Polygon([(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)])
    apart = shapely.MultiPoint([(0, 0), (3, 3)])
    for shape in (ell, apart, shapely.MultiPolygon([shapely.box(0, 0, 1, 1)] * 1)):
        folder, _ = built([shape, shapely.Point(9, 9)])
        assert ids(read.features(folder, bbox=(2, 2, 2.9, 2.9), limit=9)) == []
        assert read.count(folder, bbox=(2, 2, 2.9, 2.9)) == 0
    folder, _ = built([apart, shapely.Point(9, 9)])
    assert read.count(folder, bbox=(1, -1, 2, 4)) == 0  # between the two points


def test_the_tree_of_32_bit_numbers_does_not_decide(built):
    folder, _ = built([shapely.Point(20.9000001, 44), shapely.Point(9, 9)])
    con = read.open_layer(folder)
    assert con.execute("select count(*) from rt where xmin <= 20.9 and ymin > 40").fetchone() == (
        1,
    )
    assert read.features(folder, bbox=(20, 43, 20.9, 45), limit=9) == []
    assert ids(read.features(folder, bbox=(20, 43, 20.9000001, 45), limit=9)) == [1]


def test_a_bbox_may_cross_the_antimeridian(built):
    shapes = [shapely.Point(x, 0) for x in (179.5, -179.5, 0)]
    shapes.append(shapely.MultiPoint([(179.9, 0), (-179.9, 0)]))
    folder, _ = built([*shapes, None])
    assert sorted(ids(read.features(folder, bbox=(179, -1, -179, 1), limit=9))) == [1, 2, 4, 5]
    assert read.count(folder, bbox=(179, -1, -179, 1)) == 4
    assert sorted(ids(read.features(folder, bbox=(-1, -1, 1, 1), limit=9))) == [3, 5]


def test_a_box_without_width_is_a_point(built):
    folder, _ = built([shapely.box(20, 44, 21, 45), shapely.Point(0, 0)])
    assert read.count(folder, bbox=(20.5, 44.5, 20.5, 44.5)) == 1
    assert read.count(folder, bbox=(21.5, 44.5, 21.5, 44.5)) == 0


def test_a_bbox_around_everything_is_no_question(scattered):
    folder, rows = scattered
    world = sql.ask(read.manifest(folder), (-180.0, -90.0, 180.0, 90.0))
    assert world == sql.Query()
    assert read.count(folder, bbox=(-180, -90, 180, 90)) == len(rows)


@pytest.mark.parametrize("boxes", [1, 2])
@pytest.mark.parametrize("equal", [(), ((0, "липа"),)])
def test_the_candidates_stay_the_outer_loop(scattered, boxes, equal):
    folder, _ = scattered
    query = sql.Query(((20.85, 43.95, 20.9, 44.0),) * boxes, equal)
    statement, bound = sql.select(query, read.manifest(folder))
    plan = read.open_layer(folder).execute(
        f"explain query plan {statement}", {**bound, "limit": 1, "offset": 0}
    )
    steps = [detail for *_, detail in plan]
    loops = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    order = [loop.split()[1] for loop in loops if loop.split()[1] != "rt"]
    assert order[order.index("s") :] == ["s", "a", *["f"] * boxes, "p", "f"]
    assert steps.count("MATERIALIZE s") == 1
    assert steps.count("USE TEMP B-TREE FOR ORDER BY") == 1
    assert steps.index("USE TEMP B-TREE FOR ORDER BY") < steps.index("SCAN s")  # keys only


def test_an_offset_into_everything_is_a_key(scattered):
    folder, rows = scattered
    assert ids(read.features(folder, offset=300, limit=5)) == list(rows)[300:305]
    assert ids(read.features(folder, offset=100, after=200, limit=5)) == list(rows)[300:305]
    assert read.features(folder, offset=2**62, after=2**62, limit=5) == []


def test_sorting_goes_by_value_then_by_place(scattered):
    folder, rows = scattered

    def girth(fid):
        return rows[fid]["properties"]["girth_cm"]

    up = ids(read.features(folder, sort=["girth_cm"], limit=1000))
    assert up == sorted(rows, key=girth)
    assert ids(read.features(folder, sort=["-girth_cm"], limit=1000)) == up[::-1]
    two = ids(read.features(folder, sort=["+kind", "-height_m"], offset=10, limit=20))
    assert (
        two
        == sorted(
            rows,
            key=lambda fid: (rows[fid]["properties"]["kind"], -rows[fid]["properties"]["height_m"]),
        )[10:30]
    )
    assert len(read.features(folder, bbox=(20.8, 43.9, 20.9, 44), sort=["kind"], limit=7)) == 7


def test_values_are_read_in_the_type_of_their_column(built):
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    columns = {
        "s": ("string", ["5", "x"]),
        "i": ("integer", [5, 6]),
        "n": ("number", [5.0, 6.5]),
        "b": ("boolean", [True, False]),
        "d": ("date", [moment.date(), None]),
        "t": ("datetime", [moment, None]),
        "h": ("time", [moment.time(), None]),
    }
    folder, _ = built([shapely.Point(1, 1)] * 2, columns)
    right = {"s": "5", "i": "5", "n": "5", "b": "true", "d": "2024-05-06", "h": "07:08:09"}
    right["t"] = "2024-05-06T07:08:09Z"
    for name, text in right.items():
        assert ids(read.features(folder, equal=[(name, text)], limit=9)) == [1], name
    assert read.count(folder, equal=list(right.items())) == 1
    wrong = {"i": "5.0", "n": "nan", "b": "1", "d": "06.05.2024", "t": "noon", "h": "7", "s2": ""}
    for name, text in wrong.items():
        with pytest.raises(ValueError, match=name):
            read.features(folder, equal=[(name, text)], limit=9)
    with pytest.raises(ValueError, match="i: '9223372036854775808' is no integer, such as 42"):
        read.count(folder, equal=[("i", str(2**63))])


def test_a_wrong_question_is_told(scattered):
    folder, _ = scattered
    for question, said in (
        ({"bbox": (1, 2, float("nan"), 4)}, "finite"),
        ({"bbox": (1, 5, 2, 4)}, "south is above north"),
        ({"equal": [("x' or 1=1 --", "1")]}, "no column .* there are kind, girth_cm, height_m"),
        ({"sort": ["--kind"]}, "no column '-kind'"),
        ({"offset": -1}, "offset"),
        ({"offset": 2**63}, "offset"),
        ({"limit": -1}, "limit"),
        ({"after": 3, "sort": ["kind"]}, "after"),
        ({"equal": [("kind", "x")] * 51}, "more than 50"),
    ):
        with pytest.raises(ValueError, match=said):
            read.features(folder, **{"limit": 9, **question})


def test_a_feature_has_one_address(built):
    columns = {"n": ("integer", [7, -3]), "code": ("string", ["07", "Ш/1 '"])}
    shapes = [shapely.Point(1, 1)] * 2
    numbers, _ = built(shapes, columns, primary_key=["n"])
    found = [
        fid
        for fid in ("7", "-3", "07", "+7", "7.0", "٧", "", "9" * 40)
        if read.feature(numbers, fid)
    ]
    assert found == ["7", "-3"]
    words, _ = built(shapes, columns, primary_key=["code"])
    assert orjson.loads(read.feature(words, "Ш/1 '"))["properties"]["n"] == -3
    assert read.feature(words, "7") is None


def test_a_question_may_not_last_for_ever(scattered):
    folder, _ = scattered
    with pytest.raises(TimeoutError, match=r"no answer within -1\.0 s"):
        read.features(folder, bbox=(20.8, 43.9, 20.95, 44.05), limit=1000, timeout_s=-1.0)
    assert read.features(folder, limit=1)  # and the connection is as good as before


def test_a_connection_can_neither_write_nor_reach_another_file(scattered, tmp_path):
    connection = read.open_layer(scattered[0])
    with pytest.raises(sqlite3.OperationalError, match="readonly|query_only"):
        connection.execute("delete from a")
    assert connection.execute("pragma trusted_schema").fetchone() == (0,)
    assert connection.execute("pragma query_only").fetchone() == (1,)


def test_a_folder_may_have_any_name(built, tmp_path):
    folder, _ = built([shapely.Point(1, 1)])
    odd = tmp_path / "шљива ?mode=rw#%20&immutable=0"
    folder.rename(odd)
    assert ids(read.features(odd, limit=9)) == [1]


def test_a_file_that_is_not_ours_is_refused(tmp_path):
    with pytest.raises(PublishError, match=tmp_path.name):
        read.open_layer(tmp_path)
    (tmp_path / "layer.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(PublishError, match="not ours"):
        read.open_layer(tmp_path)
    (tmp_path / "layer.sqlite").unlink()
    sqlite3.connect(tmp_path / "layer.sqlite").close()
    with pytest.raises(PublishError, match="not ours"):
        read.open_layer(tmp_path)
    with pytest.raises(PublishError, match=r"manifest\.json"):
        read.manifest(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(PublishError, match="format is 99, this program reads 1"):
        read.manifest(tmp_path)


def test_a_thread_opens_a_layer_once_and_closes_the_longest_unused(built, monkeypatch):
    monkeypatch.setattr(read, "MAX_OPEN", 2)
    one, two, three = (built([shapely.Point(i, i)])[0] for i in range(3))
    first, second = read.open_layer(one), read.open_layer(two)
    assert read.open_layer(one) is first
    read.open_layer(three)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        second.execute("select 1")
    assert read.open_layer(one) is first
    assert read.features(two, limit=1)


def test_a_thread_that_ends_closes_its_connections(scattered):
    folder, _ = scattered
    opened = []
    thread = threading.Thread(target=lambda: opened.append(read.open_layer(folder)))
    thread.start()
    thread.join()
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("select 1")


def test_many_threads_read_while_layers_appear(built, monkeypatch):
    monkeypatch.setattr(read, "MAX_OPEN", 3)
    shelf = [built([shapely.Point(0, i) for i in range(9)])[0]]
    done = threading.Event()

    def reader(seed):
        rng, asked = np.random.default_rng(seed), 0
        while not done.is_set() or asked < 20:
            folder = shelf[rng.integers(len(shelf))]
            assert len(read.features(folder, bbox=(-1, 0.5, 1, 5.5), limit=99)) == 5
            assert read.feature(folder, "9") is not None
            assert read.count(folder, bbox=(-1, 0.5, 1, 4.5)) == 4
            asked += 1
        return asked

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(reader, seed) for seed in range(6)]
        try:
            for _ in range(8):
                shelf.append(built([shapely.Point(0, i) for i in range(9)])[0])
        finally:
            done.set()
        assert all(future.result(30) >= 20 for future in readers)
