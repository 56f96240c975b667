"""Listings of web servers: which links count, how deep they are followed, what becomes of them."""

import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.folders.listing import listed
from harvesters.http_index import HttpIndex
from tests.upstream import Reply

CSV = "назив\nШабац\n".encode()
APACHE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /podaci</title></head><body><h1>Index of /podaci</h1>
<table><tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th>
<th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><img alt="[DIR]"></td><td><a href="/">Parent Directory</a></td><td>&nbsp;</td></tr>
<tr><td><a href="nis/"><img alt="[DIR]"></a></td><td><a href="nis/">nis/</a></td>
<td align="right">2024-11-02 09:12  </td><td align="right">  - </td></tr>
<tr><td valign="top"><img src="/icons/text.gif" alt="[TXT]"></td>
<td><a href="a%20b.csv">a b.csv</a></td>
<td align="right">2024-11-02 10:00  </td><td align="right">1.2K</td></tr>
</table><address>Apache/2.4.57 Server at podaci.rs Port 80</address></body></html>"""
APACHE_LINES = """<html><body><h1>Index of /podaci</h1><pre>
<img src="/icons/blank.gif"> <a href="?C=N;O=D">Name</a>  <a href="?C=M;O=A">Last modified</a><hr>
<img src="/icons/back.gif"> <a href="/">Parent Directory</a>                 -
<img src="/icons/folder.gif"> <a href="nis/">nis/</a>      2024-11-02 09:12    -
<img src="/icons/text.gif"> <a href="a%20b.csv">a b.csv</a>   2024-11-02 10:00  1.2K
<hr></pre></body></html>"""
NGINX = """<html>\r\n<head><title>Index of /podaci/</title></head>\r\n<body>\r
<h1>Index of /podaci/</h1>
<hr><pre><a href="../">../</a>\r
<a href="nis/">nis/</a>                      02-Nov-2024 09:12                   -\r
<a href="a%20b.csv">a b.csv</a>              02-Nov-2024 10:00                1234\r
</pre><hr></body>\r\n</html>"""
IIS = """<html><head><title>podaci.rs - /podaci/</title></head><body>
<H1>podaci.rs - /podaci/</H1><hr>
<pre><A HREF="/">[To Parent Directory]</A><br><br>\
 11/2/2024  9:12 AM        &lt;dir&gt; <A HREF="/podaci/nis/">nis</A><br>\
 11/2/2024 10:00 AM         1234 <A HREF="/podaci/a%20b.csv">a b.csv</A><br></pre><hr>
</body></html>"""
PLAIN = '<ul><li><a href="nis/">nis</a></li><li><a href="./a%20b.csv">a b.csv</a></li></ul>'


@pytest.mark.parametrize(
    ("page", "folder", "file"),
    [
        (APACHE, "2024-11-02 09:12 -", "2024-11-02 10:00 1.2K"),
        (APACHE_LINES, "2024-11-02 09:12 -", "2024-11-02 10:00 1.2K"),
        (NGINX, "02-Nov-2024 09:12 -", "02-Nov-2024 10:00 1234"),
        (IIS, "11/2/2024 9:12 AM <dir>", "11/2/2024 10:00 AM 1234"),
        (PLAIN, "", ""),
    ],
)
def test_every_servers_listing_is_read(page, folder, file):
    found = {one.name: one for one in listed(page, "http://podaci.rs/podaci/")}
    assert set(found) == {"nis", "a b.csv"}
    assert (found["nis"].is_folder, found["nis"].stamp) == (True, folder)
    assert (found["a b.csv"].is_folder, found["a b.csv"].stamp) == (False, file)
    assert found["a b.csv"].url == "http://podaci.rs/podaci/a%20b.csv"


@pytest.mark.parametrize(
    "href",
    [
        "../tajna.csv",
        "%2e%2e/tajna.csv",
        "a/b.csv",
        "a%2fb.csv",
        "a%5cb.csv",
        "/drugo/a.csv",
        "//zli.rs/podaci/a.csv",
        "http://zli.rs/podaci/a.csv",
        "https://podaci.rs/podaci/a.csv",
        "http://podaci.rs:81/podaci/a.csv",
        "a.csv?x=1",
        "?C=N",
        "#a",
        "",
        "javascript:alert(1)",
        "http://[::1/a.csv",
        "a%00.csv",
        "%0aa.csv",
        "%ff%fe.csv",
        "x" * 300 + ".csv",
    ],
)
def test_a_link_that_is_no_file_below_is_left_out(href):
    assert listed(f'<a href="{href}">x</a>', "http://podaci.rs/podaci/") == []


@given(st.text(), st.lists(st.text(max_size=20)))
def test_any_page_is_a_listing_perhaps_of_nothing(text, hrefs):
    page = text + "".join(f'<a href="{href}">' for href in hrefs)
    for one in listed(page, "http://podaci.rs/podaci/"):
        assert one.url.startswith("http://podaci.rs/podaci/")
        assert "/" not in one.name


def links(*names, stamp="2024-11-02 10:00 1K"):
    rows = "\n".join(f'<a href="{name}">{name}</a> {stamp}' for name in names)
    return Reply(f"<html><pre>{rows}</pre>".encode(), type="text/html")


@pytest.fixture
def waf(upstream):
    """A folder of a web server; `waf(path=body, …)` puts files there and makes the listings."""

    def put(files, stamp="2024-11-02 10:00 1K"):
        folders = {"": set()}
        for path, body in files.items():
            upstream.answers[f"/waf/{path}"] = body
            steps = path.split("/")
            for depth, step in enumerate(steps):
                here = "/".join(steps[:depth])
                last = depth == len(steps) - 1
                folders.setdefault(here, set()).add(step if last else f"{step}/")
        for path, names in folders.items():
            place = f"/waf/{path}/" if path else "/waf/"
            upstream.answers[place] = links(*sorted(names), stamp=stamp)
        return upstream

    return put


def source(upstream, path="/waf/", **keys):
    return HttpIndex(name="waf", kind="http_index", url=f"{upstream.url}{path}", **keys)


def records(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def harvested(source, http, into):
    return [source.collect(record, {}, http, into).dataset for record in records(source, http)]


FILES = {
    "nis/putevi.csv": CSV,
    "nis/putevi.yml": "title: Путеви\nencoding: utf-8\nlicenses: [{name: CC0-1.0}]\n".encode(),
    "nis/slike/mapa.png": b"PNG",
    "nis/2024/skole.geojson": b'{"type": "FeatureCollection", "features": []}',
    "sabac/parking/datapackage.json": json.dumps(
        {"name": "gradski-parking", "resources": [{"path": "data/p.csv"}]}
    ).encode(),
    "sabac/parking/data/p.csv": CSV,
}


def test_each_file_is_a_dataset(waf, http, tmp_path):
    upstream = waf(FILES)
    schools, roads, parking = harvested(source(upstream), http, tmp_path)
    assert (roads.name, roads.remote_id) == ("nis-putevi", "nis/putevi.csv")
    assert (str(roads.title), roads.license_id) == ("Путеви", "cc-zero")
    assert [(r.name, r.encoding) for r in roads.resources] == [("putevi", "utf-8")]
    assert (schools.organization, schools.resources[0].format) == ("nis", "geojson")
    assert (parking.name, parking.remote_id) == ("gradski-parking", "sabac/parking")
    assert parking.resources[0].path.read_bytes() == CSV
    assert [d.findings for d in (schools, roads, parking)] == [(), (), ()]
    assert not any(asked.path.endswith(".png") for asked in upstream.asked)


def test_each_folder_may_be_a_dataset(waf, http, tmp_path):
    upstream = waf({**FILES, "nis/procitaj.pdf": b"%PDF"})
    datasets = harvested(source(upstream, dataset_is="folder"), http, tmp_path)
    assert [d.remote_id for d in datasets] == ["nis", "nis/2024", "sabac/parking"]
    assert [r.name for r in datasets[0].resources] == ["putevi"]
    assert [link.name for link in datasets[0].links] == ["procitaj"]


def test_a_stamp_is_made_of_the_rows(waf, http):
    one, two = (records(source(waf(FILES, stamp)), http) for stamp in ("2024-11-02 1K", "2025 2K"))
    assert all(record.modified for record in one)
    assert not {record.modified for record in one} & {record.modified for record in two}
    assert [record.modified for record in records(source(waf(FILES, "")), http)] == [""] * 3


def test_a_recorded_folder_of_metadata_is_harvested(upstream, shared, http, tmp_path):
    """Made for a test of ckanext-spatial's; two records of Wales."""
    folder = shared / "data/upstream/csw/gemini/gemini2.1-waf"
    for path in folder.iterdir():
        upstream.answers[f"/waf/{path.name}"] = path.read_bytes()
    datasets = harvested(source(upstream, "/waf/index.html"), http, tmp_path)
    assert len(datasets) == 2
    for dataset in datasets:
        assert dataset.title and dataset.organization
        assert dataset.links or dataset.resources
        assert not [f for f in dataset.findings if f.severity == "error"]


def test_xml_that_is_no_metadata_is_counted(waf, http):
    upstream = waf({"nis/a.csv": CSV, "nis/a.xml": b"<gml/>", "nis/b.xml": b"<"})
    [page] = source(upstream).harvest(http)
    assert ([r.remote_id for r in page.records], page.skipped) == (["nis/a.csv"], 2)


def test_parts_of_a_shapefile_are_one_resource(waf, http, tmp_path):
    names = ("put.shp", "put.SHX", "put.dbf", "put.prj")
    upstream = waf({f"nis/{name}": name.encode() for name in names})
    [dataset] = harvested(source(upstream), http, tmp_path)
    [resource] = dataset.resources
    with zipfile.ZipFile(resource.path) as archive:
        assert sorted(n.lower() for n in archive.namelist()) == sorted(n.lower() for n in names)
    assert (resource.format, dataset.findings) == ("shp", ())


def test_robots_are_obeyed(waf, http, tmp_path):
    upstream = waf(FILES)
    upstream.answers["/robots.txt"] = Reply(
        b"User-agent: *\nDisallow: /waf/nis/", type="text/plain"
    )
    assert [d.remote_id for d in harvested(source(upstream), http, tmp_path)] == ["sabac/parking"]
    assert not any(asked.path.startswith("/waf/nis/") for asked in upstream.asked)


def test_robots_that_close_all_are_told(waf, http):
    upstream = waf(FILES)
    upstream.answers["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", type="text/plain")
    with pytest.raises(HarvestError, match=r"robots\.txt of the server forbids it") as told:
        records(source(upstream), http)
    assert told.value.fault == "forbidden"


def test_folders_are_followed_to_a_depth(waf, http):
    upstream = waf({"a/b/c/in.csv": CSV, "a/b/c/d/out.csv": CSV, "a/b/mid.csv": CSV})
    assert [r.remote_id for r in records(source(upstream), http)] == ["a/b/c/in.csv", "a/b/mid.csv"]
    assert [r.remote_id for r in records(source(upstream, depth=2), http)] == ["a/b/mid.csv"]


def test_a_link_back_to_a_folder_above_is_no_loop(waf, http):
    upstream = waf({"nis/a.csv": CSV})
    upstream.answers["/waf/nis/"] = links("a.csv", "krug/")
    for place in ("/waf/nis/krug/", "/waf/nis/krug/krug/"):
        upstream.answers[place] = links("a.csv", "krug/")
    assert [r.remote_id for r in records(source(upstream), http)] == ["nis/a.csv"]


def test_a_listing_without_end_is_stopped(upstream, http, monkeypatch):
    monkeypatch.setattr("harvesters.folders.index.MAX_PAGES", 20)

    class Endless(dict):
        def get(self, path, default=None):
            if path == "/robots.txt":
                return default
            return links(*(f"{path.count('/')}-{n}/" for n in range(5)))

    upstream.answers = Endless()
    with pytest.raises(HarvestError, match="more than 20 folders") as told:
        records(source(upstream), http)
    assert told.value.fault == "too-many"


@pytest.mark.parametrize("answer", [Reply(b"", 403), Reply(b"", 404), Reply(b"", 401)])
def test_a_folder_that_is_closed_is_counted(waf, http, answer):
    upstream = waf(FILES)
    upstream.answers["/waf/nis/2024/"] = answer
    [page] = source(upstream).harvest(http)
    assert page.skipped == 1
    assert [r.remote_id for r in page.records] == ["nis/putevi.csv", "sabac/parking"]


def test_a_folder_that_fails_stops_the_source(waf, http):
    """Else its datasets would look gone."""
    upstream = waf(FILES)
    upstream.answers["/waf/nis/2024/"] = Reply(b"", 418)
    with pytest.raises(HarvestError) as told:
        records(source(upstream), http)
    assert told.value.fault == "status"


@pytest.mark.parametrize("page", [b"", b"<html>Prijavite se</html>", b"\0\1\2", CSV])
def test_a_page_that_lists_nothing_is_no_deletion(upstream, http, page):
    upstream.answers["/waf/"] = Reply(page, type="text/html")
    with pytest.raises(HarvestError, match="lists no file") as told:
        records(source(upstream), http)
    assert told.value.fault == "folder-empty"


def test_a_listing_without_data_is_no_deletion(waf, http):
    with pytest.raises(HarvestError, match="no datapackage") as told:
        records(source(waf({"nis/mapa.png": b"PNG"})), http)
    assert told.value.fault == "folder-empty"


def test_many_datasets_come_in_pages_that_can_be_resumed(waf, http, monkeypatch):
    monkeypatch.setattr("harvesters.http_index.PAGE", 2)
    upstream = waf({f"nis/{name}.csv": CSV for name in "abcde"})
    pages = list(source(upstream).harvest(http))
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert list(source(upstream).harvest(http, at=pages[0].next)) == pages[1:]


def test_a_redirect_gives_the_slash(waf, http):
    upstream = waf({"nis/a.csv": CSV})
    upstream.answers["/waf"] = Reply(b"", 301, headers={"Location": "/waf/"})
    [record] = records(source(upstream, "/waf"), http)
    assert record.distributions[0].url == f"{upstream.url}/waf/nis/a.csv"


def test_a_file_of_nobody_is_a_finding(waf, http):
    [record] = records(source(waf({"a.csv": CSV})), http)
    assert [f.check for f in record.findings] == ["organization-missing"]
    [owned] = records(source(waf({"a.csv": CSV}), organization="nis"), http)
    assert (owned.findings, owned.organization) == ((), "nis")


def test_a_file_that_went_away_is_a_link_and_a_warning(waf, http, tmp_path):
    upstream = waf({"nis/a.csv": CSV})
    del upstream.answers["/waf/nis/a.csv"]
    [dataset] = harvested(source(upstream), http, tmp_path)
    assert [f.check for f in dataset.findings] == ["resource-unreachable"]
