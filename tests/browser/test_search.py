"""The search field of the map, my location, "what is here?", and pages of what is near."""

import pytest

pytestmark = pytest.mark.browser
AT = {"latitude": 44.01, "longitude": 20.91, "accuracy": 40}


def at_rest(one):
    one.until("window.emap && !document.getElementById('tools').hidden")


def typed(one, text):
    one.page.locator("#finder-q").press_sequentially(text)
    one.until("document.getElementById('finder-q').getAttribute('aria-expanded') === 'true'")


def test_a_mistyped_name_leads_to_its_place_by_keyboard_alone(visit):
    one = visit()
    one.open("/map?layers=vrtici")
    at_rest(one)
    typed(one, "bubamrara")
    field = one.page.locator("#finder-q")
    assert field.get_attribute("role") == "combobox"
    field.press("ArrowDown")
    chosen = one.page.locator("#finder-list [aria-selected=true]")
    assert "Бубамара" in chosen.inner_text()
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("Enter")
    one.until("document.querySelector('#feature .facts')?.dataset.collection === 'vrtici'")
    assert "feature=vrtici/" in one.page.url
    assert field.get_attribute("aria-expanded") == "false"
    one.shoot("search-found")


def test_escape_closes_the_list_and_keeps_what_was_typed(visit):
    one = visit("phone", "dark")
    one.open("/sr-latn/map?layers=vrtici")
    at_rest(one)
    typed(one, "krag")
    one.shoot("search-list")
    one.page.locator("#finder-q").press("Escape")
    assert one.page.locator("#finder-list").is_hidden()
    assert one.page.locator("#finder-q").input_value() == "krag"


def test_a_layer_that_is_found_goes_on_the_map(visit):
    one = visit()
    one.open("/map?layers=vrtici")
    at_rest(one)
    typed(one, "naselja u srbiji")
    one.page.locator("#finder-list [role=option]", has_text="Насеља у Србији").first.click()
    assert one.until("window.emap.state.get().layers.includes('naselja')")


def test_my_location_is_asked_for_on_a_click_only_and_lists_the_nearest(visit):
    one = visit("phone")
    one.page.context.grant_permissions(["geolocation"])
    one.page.context.set_geolocation(AT)
    one.open("/map?layers=vrtici")
    at_rest(one)
    one.page.click("[data-tool=locate]")
    one.until("document.querySelectorAll('#tool-body .near-list li').length > 5")
    assert "40 m" in one.page.locator("#tool-body [role=status]").inner_text()
    one.shoot("locate")


def test_what_is_here_needs_no_mouse(visit):
    one = visit()
    one.open("/map?layers=vrtici&center=20.91,44.01&zoom=14")
    at_rest(one)
    one.page.locator("[data-tool=here]").press("Enter")
    one.until("document.querySelector('#tool-body button')")
    one.page.locator("#tool-body button").press("Enter")
    assert one.until("document.querySelector('#tool-body .here section')?.textContent.length")


def test_the_nearest_kindergarten_without_javascript(visit):
    one = visit("phone", scripts=False)
    one.open("/near")
    one.page.select_option("#near-layer", "vrtici")
    one.page.fill("#near-q", "Borova 20")
    one.page.click("#near button[type=submit]")
    first = one.page.locator(".near-list a").first
    assert "Пчелица" in first.inner_text()
    first.click()
    assert "Пчелица" in one.page.locator("h1").inner_text()
    one.shoot("place")
