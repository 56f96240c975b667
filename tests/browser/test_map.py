"""The eMap in a real browser: layers on and off, a feature's attributes, an address to share."""

import pytest

pytestmark = pytest.mark.browser
SIZES = ["desktop", "phone"]
NIS = (21.90333, 43.32472)
AROUND_NIS = "layers=naselja&center=21.90333,43.32472&zoom=10"


def layers_on(visit):
    return visit.page.evaluate(
        "[...document.querySelectorAll('#layers input:checked')].map((box) => box.value)"
    )


def pixel(visit, lonlat):
    """Where a place is in the window."""
    return visit.page.evaluate(
        """([lon, lat]) => {
            const at = window.emap.map.project([lon, lat]);
            const box = window.emap.map.getCanvas().getBoundingClientRect();
            return [box.x + at.x, box.y + at.y];
        }""",
        list(lonlat),
    )


def drawn(visit, layer):
    """Wait until features of a layer are on the screen; gives how many."""
    known, query = f"map.getLayer('{layer}')", f"map.queryRenderedFeatures({{layers: ['{layer}']}})"
    return visit.until(f"window.emap?.map && window.emap.{known} && window.emap.{query}.length")


def touch(visit, lonlat):
    visit.page.locator("#map").scroll_into_view_if_needed()
    at = pixel(visit, lonlat)
    (visit.page.touchscreen.tap if visit.size == "phone" else visit.page.mouse.click)(*at)


def facts(visit):
    """What the panel says of the chosen feature, by the titles of its columns."""
    visit.until("document.querySelector('#feature .facts')")
    return visit.page.evaluate(
        """Object.fromEntries([...document.querySelectorAll('#feature dt')].map(
            (title) => [title.textContent, title.nextElementSibling.textContent]))"""
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_layer_is_switched_on_and_a_feature_tells_its_attributes(visit, size):
    here = visit(size)
    here.open("/map?layers=&center=21.90333,43.32472&zoom=10")
    assert layers_on(here) == []
    here.page.get_by_label("Насеља у Србији", exact=True).check()
    drawn(here, "naselja/point")
    here.until("document.querySelector('#in-view a[data-id=\"787657\"]')")
    touch(here, NIS)
    said = facts(here)
    assert said["Назив"] == "Ниш"
    assert said["Назив латиницом"] == "Niš"
    assert said["Број становника"] == "250000"
    assert "layers=naselja" in here.page.url
    assert here.page.url.endswith("&feature=naselja/787657")
    here.shoot("feature")
    here.page.get_by_role("button", name="Затвори").click()
    assert here.page.locator("#feature").is_hidden()
    assert "feature=" not in here.page.url


@pytest.mark.parametrize("size", SIZES)
def test_a_shared_address_shows_the_same(visit, size):
    first = visit(size)
    first.open(f"/map?{AROUND_NIS}")
    drawn(first, "naselja/point")
    touch(first, NIS)
    before = facts(first)
    other = visit(size)
    other.open(first.page.url.removeprefix(first.address))
    drawn(other, "naselja/point")
    assert facts(other) == before
    assert layers_on(other) == ["naselja"]
    assert other.until("window.emap.map.getLayer('marked/point') && true")
    view = "[window.emap.map.getZoom(), ...window.emap.map.getCenter().toArray()]"
    assert other.page.evaluate(view) == pytest.approx(first.page.evaluate(view), abs=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_the_map_is_not_empty_at_first(visit, size):
    here = visit(size)
    here.open("/map")
    assert drawn(here, "naselja/point") > 100
    assert layers_on(here) == ["naselja"]  # as config.yml of the demo says
    assert here.page.evaluate("window.emap.map.getLayer('base/land/gravitaciona-podrucja/fill').id")
    names = here.page.locator("#legend > ul > li > .entry .name").all_text_contents()
    assert [text.strip() for text in names] == ["Насеља у Србији"]
    counted = here.page.locator("#legend > ul > li > .entry .figure")
    here.until("[...document.querySelectorAll('#legend .figure')].every((f) => f.textContent)")
    assert all(int(text.replace(".", "")) > 0 for text in counted.all_text_contents())
    here.shoot("map")


def test_a_feature_is_chosen_in_the_list_with_the_keyboard_alone(visit):
    here = visit()
    here.open(f"/map?{AROUND_NIS}")
    link = here.page.locator('#in-view a[data-id="787657"]')
    here.until("document.querySelector('#in-view a[data-id=\"787657\"]')")
    link.focus()
    here.page.keyboard.press("Enter")
    assert facts(here)["Назив"] == "Ниш"
    assert here.page.evaluate("document.activeElement.id") == "feature-title"
    assert here.until("document.querySelector('#in-view a[aria-current]')?.dataset.id") == "787657"


def test_the_list_follows_the_map(visit):
    here = visit()
    here.open(f"/map?{AROUND_NIS}")
    here.until("document.querySelector('#in-view a[data-id=\"787657\"]')")
    here.page.evaluate("window.emap.map.jumpTo({center: [19.8335, 45.2671], zoom: 12})")
    here.until("document.getElementById('in-view').textContent.includes('Нови Сад')")
    assert here.page.locator('#in-view a[data-id="787657"]').count() == 0
    assert "у приказу" in here.page.locator("#count").text_content()


def test_the_map_canvas_moves_with_the_arrow_keys(visit):
    here = visit()
    here.open(f"/map?{AROUND_NIS}")
    here.page.locator(".maplibregl-canvas").focus()
    here.page.keyboard.press("ArrowRight")
    assert here.until("window.emap.map.getCenter().lng > 21.95")


def test_zoom_to_layer_switches_it_on_and_goes_there(visit):
    here = visit()
    here.open(f"/map?{AROUND_NIS}")
    here.page.locator("#add > summary").click()
    here.page.get_by_role("button", name="Приближи слоју: Насеља око Чачка").click()
    here.until("Math.abs(window.emap.map.getCenter().lng - 20.35) < 0.3")
    assert "naselja-oko-cacka" in layers_on(here)


@pytest.mark.parametrize("size", SIZES)
def test_labels_are_written_in_the_script_of_the_page(visit, size):
    here = visit(size)
    here.open(f"/sr-latn/map?{AROUND_NIS}")
    drawn(here, "naselja/label")
    here.shoot("latin")
    names = here.page.evaluate(
        """window.emap.map.queryRenderedFeatures({layers: ['naselja/label']}).map(
            (each) => each.layer.layout['text-field'].toString())"""
    )
    assert "Niš" in names
    here.page.get_by_title("Ћирилица").click()
    here.until("window.emap?.map && document.getElementById('map').dataset.idle")
    assert here.page.evaluate("document.documentElement.lang") == "sr-Cyrl"
    drawn(here, "naselja/label")
    here.shoot("cyrillic")


def test_the_map_follows_a_change_to_dark(visit):
    here = visit()
    here.open(f"/map?{AROUND_NIS}")
    drawn(here, "naselja/label")
    ground = "window.emap.map.getPaintProperty('ground', 'background-color')"
    light = here.page.evaluate(ground)
    here.page.emulate_media(color_scheme="dark")
    here.until(f"{ground} !== '{light}'")
    drawn(here, "naselja/point")
    assert here.page.evaluate(ground) != light


def test_of_several_features_under_the_pointer_one_is_chosen(visit):
    here = visit()
    here.open("/map?layers=naselja,gravitaciona-podrucja&center=21.90333,43.32472&zoom=10")
    drawn(here, "naselja/point")
    drawn(here, "gravitaciona-podrucja/fill")
    touch(here, NIS)
    here.until("document.querySelectorAll('#feature .places a').length > 1")
    here.page.locator("#feature .places a", has_text="Насеља у Србији").first.click()
    assert facts(here)["Назив"] == "Ниш"
    here.page.go_back()
    here.until("document.getElementById('feature').hidden")


def test_layers_are_ordered_and_faded_by_the_keyboard_and_names_change_script(visit):
    here = visit()
    here.open("/map?layers=naselja,naselja-oko-cacka&center=20.35,43.89&zoom=10")
    drawn(here, "naselja-oko-cacka/label")
    card = here.page.locator('[data-layer="naselja-oko-cacka"]')
    card.locator("summary").press("Enter")
    card.get_by_role("button", name="Горе").press("Enter")
    here.until("window.emap.state.get().layers[0] === 'naselja-oko-cacka'")
    slider = card.get_by_role("slider")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    assert card.locator("output").text_content() == "90 %"
    assert "layers=naselja-oko-cacka,naselja&opacity.naselja-oko-cacka=0.9" in here.page.url
    here.page.locator("#display summary").press("Enter")
    here.page.get_by_label("Писмо натписа и вредности").select_option("sr-Latn")
    here.until("document.getElementById('in-view').textContent.includes('Čačak')")
    names = """window.emap.map.queryRenderedFeatures({layers: ['naselja-oko-cacka/label']}).map(
        (each) => each.layer.layout['text-field'].toString()).includes('Čačak')"""
    here.until(names)


def test_without_webgl_the_list_still_works(visit):
    here = visit()
    here.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
    )
    here.page.goto(f"{here.address}/map?layers=naselja")
    here.until("!document.getElementById('map-note').hidden")
    assert "нема WebGL" in here.page.locator("#map-note").text_content()
    here.page.locator("#add > summary").click()
    here.page.get_by_label("Насеља око Чачка", exact=True).check()
    here.until("document.querySelector('#in-view a[data-collection=\"naselja-oko-cacka\"]')")


@pytest.mark.parametrize("size", SIZES)
def test_without_javascript_a_form_and_links_do_the_same(visit, size):
    here = visit(size, scripts=False)
    here.page.goto(f"{here.address}/map?layers=")
    here.page.get_by_label("Насеља око Чачка", exact=True).check()
    with here.page.expect_navigation():
        here.page.get_by_role("button", name="Прикажи изабране").click()
    here.shoot("without-javascript")
    with here.page.expect_navigation():
        here.page.locator("#in-view a").first.click()
    assert here.page.locator("#feature dt").count() > 3


def test_a_station_has_one_name_on_the_map_and_a_day_to_each_row_of_the_list(visit):
    here = visit()
    here.open("/en/map?layers=kvalitet-vazduha&center=20.35,43.89&zoom=12")
    drawn(here, "kvalitet-vazduha/label")
    count = "window.emap.map.queryRenderedFeatures({layers: ['kvalitet-vazduha/%s']}).length === %d"
    here.until(count % ("point", 654))
    here.until(count % ("label", 5))
    listed = here.page.locator("#in-view a[data-id]").all_inner_texts()
    assert len(listed) == 12
    assert all(" · " in name and name.endswith(" 2026") for name in listed)
