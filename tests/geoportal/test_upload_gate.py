"""The privacy gate over HTTP: what a client is told, in which language, and what is left."""

import pytest

from tests.validation import planted


@pytest.fixture
def send(client, admin):
    """Send a CSV to a dataset of the town, as its admin."""

    def send(content, prefix="", **given):
        return client.post(
            f"{prefix}/api/3/action/resource_create",
            data={"package_id": "parkovi-grada", **given},
            files={"upload": ("lica.csv", content, "text/csv")},
            headers={"Authorization": admin},
        )

    said = {"Authorization": admin}
    client.post("/api/3/action/organization_create", json={"name": "grad-nis"}, headers=said)
    made = {"name": "parkovi-grada", "owner_org": "grad-nis"}
    assert client.post("/api/3/action/package_create", json=made, headers=said).is_success
    return send


def test_a_file_with_personal_numbers_is_a_conflict_that_names_column_and_way_out(send, client):
    secrets = [planted.jmbg() for _ in range(5)]
    content = "id,јмбг\n" + "".join(f"{i},{secret}\n" for i, secret in enumerate(secrets))
    answer = send(content)
    assert answer.status_code == 409
    told = answer.json()["error"]
    assert told["__type"] == "Validation Error"
    assert told["upload"][0] == "Column јмбг: there are unique personal numbers (JMBG)"
    serbian = send(content, "/sr").json()["error"]["upload"]
    assert serbian[0] == "Колона јмбг: ту су јединствени матични бројеви грађана (ЈМБГ)"
    assert serbian[1].startswith("Уклоните то")
    assert not any(secret in answer.text for secret in secrets)
    shown = client.get("/api/3/action/package_show?id=parkovi-grada").json()["result"]
    assert shown["resources"] == []
    released = send(content, privacy_reason="Закон о јавној својини, члан 79").json()["result"]
    assert client.get(released["url"]).status_code == 200
