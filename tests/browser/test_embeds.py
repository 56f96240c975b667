"""Our maps in the pages of others, as files, and the pages of publishers, in a real browser."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(demo):
    """The address of another site, whose page has our map in a frame."""
    page = f'<!doctype html><title>x</title><iframe src="{demo}/embed/map?layers=vrtici"></iframe>'

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_page_of_another_site_shows_the_map_in_its_frame(visit, elsewhere):
    here = visit()
    here.page.goto(elsewhere)
    whole = here.page.frame_locator("iframe").get_by_role("link", name="Отвори целу мапу")
    whole.wait_for()
    assert "/map?" in (whole.get_attribute("href") or "")
    here.faults[:] = [fault for fault in here.faults if elsewhere not in fault]


def test_a_file_of_a_map_works_without_a_network(visit, demo, tmp_path):
    file = tmp_path / "mapa.html"
    file.write_bytes(httpx.get(f"{demo}/embed/folium?layers=vrtici,zgrade&download=1").content)
    here = visit("phone")
    here.page.context.set_offline(True)
    here.page.goto(file.as_uri())
    here.page.get_by_role("button", name="Приближи").click()
    assert here.page.locator(".leaflet-control-layers label").count() == 2
    here.faults[:] = [fault for fault in here.faults if "file:" not in fault]


def test_the_nearest_kindergarten_is_two_steps_from_the_first_page_without_scripts(visit):
    here = visit(scripts=False)
    here.open("/")
    here.page.get_by_role("link", name="Вртићи", exact=False).first.click()
    here.page.locator("input[name=q]").first.fill("44.012, 20.911")
    here.page.locator("input[name=q]").first.press("Enter")
    nearest = here.page.get_by_role("link", name="Вртић „", exact=False).first
    nearest.wait_for()
    assert "/place/vrtici/" in (nearest.get_attribute("href") or "")
