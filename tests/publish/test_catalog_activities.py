"""What happened: written, listed, compared, followed; and never told to those who may not know."""

from datetime import UTC, datetime

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError


def caller(catalog, name):
    return catalog.as_user(catalog.create_user(name) if name else None)


def kinds(activities):
    return [activity["activity_type"] for activity in activities]


@pytest.fixture
def editor(catalog):
    """An editor who made the dataset `vazduh` and changed its title once."""
    editor = caller(catalog, "urednica")
    editor.call_action(
        "package_create",
        {"name": "vazduh", "title": "Ваздух", "owner_org": "grad-nis", "tag_string": "pm10"},
    )
    editor.call_action("package_patch", {"id": "vazduh", "title": "Квалитет ваздуха"})
    return editor


def activity_list(catalog, **given):
    return catalog.call_action("package_activity_list", {"id": "vazduh", **given})


def test_each_change_keeps_the_whole_dataset_as_it_then_was(catalog, editor):
    changed, new = activity_list(caller(catalog, None))
    assert kinds([changed, new]) == ["changed package", "new package"]
    assert changed["user_id"] == editor.user.id
    assert changed["permission_labels"] == ["public"]
    assert changed["data"] == {
        "package": catalog.call_action("package_show", {"id": "vazduh"}),
        "actor": "urednica",
    }
    assert new["data"]["package"]["title"] == "Ваздух"
    assert changed["timestamp"] > new["timestamp"]


def test_a_change_that_changes_nothing_is_none(catalog, editor):
    editor.call_action("package_patch", {"id": "vazduh", "title": "Квалитет ваздуха"})
    assert len(activity_list(editor)) == 2


def test_what_is_sent_back_as_it_is_changes_nothing(catalog, editor):
    whole = {"id": "grad-nis", "include_users": True, "include_extras": True}
    catalog.call_action("organization_update", catalog.call_action("organization_show", whole))
    for name in ("urednica", "gost"):
        catalog.call_action("user_update", catalog.call_action("user_show", {"id": name}))
    everything = {"id": "grad-nis", "include_hidden_activity": True}
    told = catalog.call_action("organization_activity_list", everything)
    assert "changed organization" not in kinds(told)
    assert "changed user" not in kinds(catalog.call_action("user_activity_list", {"id": "gost"}))


def test_one_is_shown_and_compared_with_the_one_before(catalog, editor):
    changed, new = activity_list(editor)
    assert catalog.call_action("activity_show", {"id": new["id"]}) == new
    assert "data" not in catalog.call_action(
        "activity_show", {"id": new["id"], "include_data": False}
    )
    asked = {"id": changed["id"], "object_type": "package"}
    assert catalog.call_action("activity_data_show", asked) == changed["data"]["package"]
    told = catalog.call_action("activity_diff", asked)
    assert told["activities"] == [new, changed]
    assert '-  "title": "Ваздух",' in told["diff"].splitlines()
    assert '+  "title": "Квалитет ваздуха",' in told["diff"].splitlines()
    context = catalog.call_action("activity_diff", asked | {"diff_type": "context"})
    assert '!   "title": "Ваздух",' in context["diff"].splitlines()
    with pytest.raises(NotFound, match="Previous activity"):
        catalog.call_action("activity_diff", asked | {"id": new["id"]})
    for wrong in ({"object_type": "car"}, {"diff_type": "car"}, {"id": None}):
        with pytest.raises(ValidationError):
            catalog.call_action("activity_diff", asked | wrong)
    for action in ("activity_show", "activity_data_show"):
        with pytest.raises(NotFound):
            catalog.call_action(action, {"id": "nema"})
    with pytest.raises(NotFound):
        catalog.call_action("activity_data_show", asked | {"object_type": "group"})


def test_html_of_a_comparison_runs_nothing(catalog, editor):
    editor.call_action("package_patch", {"id": "vazduh", "title": "<script>alert(1)</script>"})
    asked = {"id": activity_list(editor)[0]["id"], "object_type": "package", "diff_type": "html"}
    told = catalog.call_action("activity_diff", asked)["diff"]
    assert "&lt;script&gt;" in told
    assert "<script" not in told


def test_a_very_long_dataset_is_not_compared(catalog, editor):
    editor.call_action("package_patch", {"id": "vazduh", "notes": "a" * 300_000})
    asked = {"id": activity_list(editor)[0]["id"], "object_type": "package"}
    with pytest.raises(ValidationError, match="more than the 200000"):
        catalog.call_action("activity_diff", asked)


def test_pages_go_by_number_by_time_and_by_kind(catalog, editor):
    for title in "АБВ":
        editor.call_action("package_patch", {"id": "vazduh", "title": title})
    every = activity_list(editor)
    assert kinds(every) == ["changed package"] * 4 + ["new package"]
    moments = [
        datetime.fromisoformat(each["timestamp"]).replace(tzinfo=UTC).timestamp() for each in every
    ]
    assert activity_list(editor, limit=2) == every[:2]
    assert activity_list(editor, offset="3") == every[3:]
    assert activity_list(editor, after=moments[2]) == every[:2]
    assert activity_list(editor, before=moments[1]) == every[2:]
    assert activity_list(editor, before=moments[1], after=moments[4]) == every[2:4]
    assert activity_list(editor, after=str(moments[4]), limit=1) == every[3:4]
    assert activity_list(editor, activity_types=["new package"]) == every[4:]
    assert activity_list(editor, exclude_activity_types="new package") == every[:4]
    for wrong in (
        {"limit": "x"},
        {"limit": -1},
        {"offset": "-1"},
        {"before": "x"},
        {"after": "nan"},
        {"after": 1e300},
        {"before": [1]},
        {"activity_types": ["new package"], "exclude_activity_types": ["new package"]},
    ):
        with pytest.raises(ValidationError):
            activity_list(editor, **wrong)
    with pytest.raises(ValidationError):
        catalog.call_action("package_activity_list", {})
    with pytest.raises(NotFound):
        catalog.call_action("package_activity_list", {"id": "nema"})


def test_a_page_has_31_and_100_at_most(catalog, editor):
    for number in range(110):
        editor.call_action("package_patch", {"id": "vazduh", "version": str(number)})
    assert len(activity_list(editor)) == 31
    assert len(activity_list(editor, limit=1000)) == 100
    assert activity_list(editor, limit=0) == []


def test_what_is_private_is_told_to_its_organization_only(catalog, editor):
    editor.call_action("package_patch", {"id": "vazduh", "private": True})
    editor.call_action("package_patch", {"id": "vazduh", "notes": "тајна"})
    assert len(activity_list(caller(catalog, "gost"))) == 4
    stranger, other = caller(catalog, None), caller(catalog, "prolaznik")
    ids = [activity["id"] for activity in activity_list(editor)]
    for outsider in (stranger, other):
        with pytest.raises(NotAuthorized):
            activity_list(outsider)
        for action, given in (
            ("recently_changed_packages_activity_list", {}),
            ("organization_activity_list", {"id": "grad-nis"}),
            ("user_activity_list", {"id": "urednica"}),
        ):
            assert outsider.call_action(action, given) == []
        for each in ids:
            for action in ("activity_show", "activity_data_show", "activity_diff"):
                with pytest.raises(NotAuthorized):
                    outsider.call_action(action, {"id": each, "object_type": "package"})
    editor.call_action("package_patch", {"id": "vazduh", "private": False})
    told = activity_list(stranger)  # what was private then stays so
    assert kinds(told) == ["changed package", "changed package", "new package"]
    assert "тајна" not in str(told[1:])
    newest = {"id": told[0]["id"], "object_type": "package"}
    before = stranger.call_action("activity_diff", newest)["activities"][0]
    assert before["id"] == told[1]["id"]


def test_a_deleted_dataset_takes_its_past_along(catalog, editor):
    editor.call_action("package_delete", {"id": "vazduh"})
    recent = "recently_changed_packages_activity_list"
    assert kinds(editor.call_action(recent)) == [
        "deleted package",
        "changed package",
        "new package",
    ]
    assert caller(catalog, None).call_action(recent) == []
    catalog.call_action("dataset_purge", {"id": "vazduh"})
    assert catalog.call_action(recent, {"include_hidden_activity": True}) == []


def test_what_the_portal_itself_did_is_shown_to_a_sysadmin_who_asks(catalog, editor):
    catalog.call_action("package_patch", {"id": "vazduh", "title": "Жетва"})
    assert len(activity_list(catalog)) == 2
    assert len(activity_list(catalog, include_hidden_activity=True)) == 3
    assert len(activity_list(editor, include_hidden_activity=True)) == 2


def test_groups_and_organizations_tell_of_their_datasets(catalog, editor):
    editor.call_action("group_create", {"name": "ekologija", "title": "Е"})
    editor.call_action("group_patch", {"id": "ekologija", "title": "Екологија"})
    told = editor.call_action("group_activity_list", {"id": "ekologija"})
    assert kinds(told) == ["changed group", "new group"]
    assert told[0]["data"]["group"]["title"] == "Екологија"
    assert told[0]["permission_labels"] is None
    editor.call_action("package_patch", {"id": "vazduh", "groups": [{"name": "ekologija"}]})
    told = editor.call_action("group_activity_list", {"id": "ekologija"})
    assert len(told) == 5  # also what happened to the dataset before
    editor.call_action("package_patch", {"id": "vazduh", "groups": []})
    assert len(editor.call_action("group_activity_list", {"id": "ekologija"})) == 2
    told = editor.call_action("organization_activity_list", {"id": "grad-nis"})
    assert kinds(told) == ["changed package"] * 3 + ["new package"]
    editor.call_action("group_patch", {"id": "ekologija", "state": "deleted"})
    assert kinds(editor.call_action("user_activity_list", {"id": "urednica"}))[0] == "deleted group"
    for action in ("group_activity_list", "organization_activity_list", "user_activity_list"):
        with pytest.raises(NotFound):
            catalog.call_action(action, {"id": "nema"})


def test_a_new_user_is_the_first_thing_he_did(catalog):
    given = {"name": "milica", "email": "m@primer.rs", "password": "dovoljno-duga"}
    made = catalog.call_action("user_create", given)
    catalog.call_action("user_patch", {"id": "milica", "about": "o"})
    told = catalog.call_action("user_activity_list", {"id": "milica"})
    assert kinds(told) == ["changed user", "new user"]
    assert {each["user_id"] for each in told} == {made["id"]}
    assert told[0]["data"] is None


def test_the_dashboard_tells_what_is_new_of_what_one_follows(catalog, editor):
    follower = caller(catalog, "gost")
    assert follower.call_action("dashboard_activity_list") == []
    follower.call_action("follow_dataset", {"id": "vazduh"})
    told = follower.call_action("dashboard_activity_list")
    assert [(each["activity_type"], each["is_new"]) for each in told] == [
        ("changed package", True),
        ("new package", True),
    ]
    assert follower.call_action("dashboard_new_activities_count") == 2
    follower.call_action("dashboard_mark_activities_old")
    assert follower.call_action("dashboard_new_activities_count") == 0
    follower.call_action("follow_group", {"id": "grad-nis"})
    follower.call_action("follow_user", {"id": "urednica"})
    editor.call_action("package_patch", {"id": "vazduh", "notes": "n"})
    told = follower.call_action("dashboard_activity_list", {"limit": 2})
    assert [each["is_new"] for each in told] == [True, False]
    assert {each["is_new"] for each in editor.call_action("dashboard_activity_list")} == {False}
    with pytest.raises(NotAuthorized):
        caller(catalog, None).call_action("dashboard_activity_list")


def test_the_dashboard_of_a_follower_hides_what_became_private(catalog, editor):
    follower = caller(catalog, "prolaznik")
    follower.call_action("follow_dataset", {"id": "vazduh"})
    editor.call_action("package_patch", {"id": "vazduh", "private": True})
    assert follower.call_action("dashboard_activity_list") == []
    assert follower.call_action("dataset_followee_list", {"id": "prolaznik"}) == []


def test_following_and_no_longer(catalog, editor):
    follower = caller(catalog, "gost")
    first = follower.call_action("follow_dataset", {"id": "vazduh"})
    assert follower.call_action("follow_dataset", {"id": "vazduh"}) == first
    assert follower.call_action("am_following_dataset", {"id": "vazduh"})
    assert catalog.call_action("dataset_follower_count", {"id": "vazduh"}) == 1
    (person,) = catalog.call_action("dataset_follower_list", {"id": "vazduh"})
    assert person["name"] == "gost"
    follower.call_action("unfollow_dataset", {"id": "vazduh"})
    assert not follower.call_action("am_following_dataset", {"id": "vazduh"})
    with pytest.raises(NotFound):
        follower.call_action("unfollow_dataset", {"id": "vazduh"})


def test_organizations_are_followed_as_groups_and_counted_apart(catalog, editor):
    catalog.call_action("group_create", {"name": "ekologija", "title": "Екологија"})
    follower = caller(catalog, "gost")
    for name in ("ekologija", "grad-nis"):
        follower.call_action("follow_group", {"id": name})
    follower.call_action("follow_user", {"id": "urednica"})
    follower.call_action("follow_dataset", {"id": "vazduh"})
    counts = {
        noun: follower.call_action(f"{noun}_followee_count", {"id": "gost"})
        for noun in ("group", "organization", "user", "dataset")
    }
    assert set(counts.values()) == {1}
    assert follower.call_action("followee_count", {"id": "gost"}) == 4
    every = follower.call_action("followee_list", {"id": "gost"})
    assert {each["type"] for each in every} == {"group", "organization", "user", "dataset"}
    begun = follower.call_action("followee_list", {"id": "gost", "q": "Eko"})
    assert [each["display_name"] for each in begun] == ["Екологија"]
    assert catalog.call_action("organization_follower_count", {"id": "grad-nis"}) == 1
    shown = catalog.call_action("organization_show", {"id": "grad-nis"})
    assert shown["num_followers"] == 1


def test_who_may_follow_and_who_may_see_it(catalog, editor):
    stranger, follower = caller(catalog, None), caller(catalog, "gost")
    for action in ("follow_dataset", "unfollow_dataset", "am_following_dataset"):
        with pytest.raises(NotAuthorized):
            stranger.call_action(action, {"id": "vazduh"})
    for action in ("dataset_follower_list", "group_follower_list", "user_follower_list"):
        with pytest.raises(NotAuthorized):
            follower.call_action(action, {"id": "vazduh"})
    with pytest.raises(NotAuthorized):
        follower.call_action("followee_list", {"id": "urednica"})
    with pytest.raises(ValidationError, match="cannot follow yourself"):
        follower.call_action("follow_user", {"id": "gost"})
    private = {"name": "tajni", "owner_org": "opstina-sabac", "private": True}
    catalog.call_action("package_create", private)
    with pytest.raises(NotAuthorized):
        follower.call_action("follow_dataset", {"id": "tajni"})


@pytest.mark.parametrize("wrong", ["bad id", "     ", 3, 35.7, None, "", ["x"], "a\0b"])
def test_what_is_not_there_is_not_followed(catalog, wrong):
    follower = caller(catalog, "gost")
    for noun in ("dataset", "group", "user"):
        for pattern in ("follow_{}", "unfollow_{}", "am_following_{}", "{}_follower_count"):
            with pytest.raises(ValidationError):
                follower.call_action(pattern.format(noun), {"id": wrong})
