"""Logos and pictures over HTTP: sent as a part of a form, served under their dated name."""

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def send(client, token, action, content, **given):
    return client.post(
        f"/api/3/action/{action}",
        data=given,
        files={"image_upload": ("Грб града.png", content, "image/png")},
        headers={"Authorization": token},
    )


@pytest.fixture
def logo(client, admin):
    """The answer to making an organization with a logo."""
    return send(client, admin, "organization_create", PNG, name="grad-nis").json()["result"]


def test_a_logo_comes_with_the_organization_and_is_served(client, logo):
    assert logo["image_display_url"].endswith(f"/uploads/group/{logo['image_url']}")
    there = f"/uploads/group/{logo['image_url']}"
    answer = client.get(there)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert client.head(there).status_code == 200


def test_a_picture_comes_with_a_user(client, admin):
    person = {"name": "milica", "email": "m@primer.rs", "password": "dovoljno-duga"}
    made = send(client, admin, "user_create", PNG, **person).json()["result"]
    assert client.get(f"/uploads/user/{made['image_url']}").content == PNG
    shown = client.get("/api/3/action/user_show?id=milica").json()["result"]
    assert shown["image_display_url"] == made["image_display_url"]


def test_what_is_no_image_is_refused(client, admin):
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>", b""):
        answer = send(client, admin, "organization_create", content, name="grad-nis")
        assert answer.status_code == 409
        assert answer.json()["error"]["image_upload"] == ["Unsupported upload type"]
    assert client.get("/api/3/action/organization_list").json()["result"] == []


@pytest.mark.parametrize(
    "path", ["group/x.png", "group/%00", "user/..%2fconfig.yml", "admin/x.png", "group/", ""]
)
def test_what_is_not_there_is_a_page_of_404(client, logo, path):
    answer = client.get(f"/uploads/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
