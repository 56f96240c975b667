"""A municipality's own logo and colour: used on every page, refused where nobody could read it."""

import re

import pytest

from datasets.colours import contrast
from datasets.config import DARK_GROUND, Site, load
from datasets.errors import ConfigError
from geoportal.brand import Brand, brand, colours
from tests.geoportal.conftest import browsing

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>'


def config(folder, site):
    path = folder / "config.yml"
    path.write_text(f"site:\n  title: Град\n{site}", encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path):
    (tmp_path / "grb.svg").write_text(LOGO, encoding="utf-8")
    site = '  logo: grb.svg\n  colour: "#8a1538"\n'
    with browsing(load(config(tmp_path, site))[0], tmp_path / "state") as client:
        yield client


def test_every_page_has_the_logo_and_the_colours(own):
    page = own.get("/").text
    assert 'href="/brand/colours.css?v=' in page and 'src="/brand/logo?v=' in page
    sheet = own.get("/brand/colours.css")
    assert "--brand:#8a1538" in sheet.text
    assert sheet.headers["content-type"].startswith("text/css")


def test_a_script_in_a_logo_cannot_run(own):
    logo = own.get("/brand/logo")
    assert logo.headers["content-type"] == "image/svg+xml"
    assert logo.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("colour", ["#000000", "#8a1538", "#0b5563", "#5a4a00", "#0000ff"])
def test_the_dark_colour_is_made_so_that_it_is_read(colour):
    in_dark = colours(Site(colour=colour)).rpartition('[data-theme="dark"]{--brand:')[2][:7]
    assert contrast(in_dark, DARK_GROUND) >= 4.5


def test_dark_is_the_same_whoever_chose_it(project):
    sheet = (project / "geoportal" / "static" / "css" / "site.css").read_text(encoding="utf-8")
    as_the_system, as_the_reader = (
        set(re.findall(r"--[a-z-]+: [^;]+;", re.search(rf"{start} {{(.*?)}}", sheet, re.S)[1]))
        for start in (r':root:not\(\[data-theme="light"\]\)', r':root\[data-theme="dark"\]')
    )
    assert len(as_the_system) > 20
    assert as_the_system == as_the_reader


def test_a_site_without_its_own_has_ours(pages):
    assert brand(Site()) == Brand("/static/favicon.svg", "")
    assert pages.get("/brand/logo").status_code == 404
    assert pages.get("/brand/colours.css").status_code == 404


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ('  colour: "#ffcc00"\n', "its contrast is 1.5 to 1, and 4.5 is the least"),
        ('  colour_dark: "#222222"\n', "take a paler one"),
        ("  colour: red\n", 'must be a colour as "#0b5563"'),
        ('  colour: "#0b5563;}"\n', "must be a colour"),
        ("  logo: nema.svg\n", "nema.svg is not there"),
        ("  logo: config.yml\n", "must be one of .png, .svg, .webp"),
    ],
)
def test_a_look_that_cannot_be_is_refused_with_its_line(tmp_path, site, said):
    with pytest.raises(ConfigError, match=r"config\.yml:3: site\.") as refused:
        load(config(tmp_path, site))
    assert said in str(refused.value)
