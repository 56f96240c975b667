"""The site's settings under CKAN's names: shown to sysadmins, set in config.yml only."""

from publish.catalog import authorization
from publish.catalog.call import Call, Given
from publish.catalog.errors import invalid
from publish.catalog.registry import action
from publish.catalog.validators import REQUIRED

SET = {
    "ckan.site_title": "site.title",
    "ckan.site_url": "site.url",
    "ckan.site_description": "site.description",
}
"""Options that are set in config.yml, and the key there."""
NAMES = (
    "ckan.site_title",
    "ckan.site_logo",
    "ckan.site_url",
    "ckan.site_description",
    "ckan.site_about",
    "ckan.site_intro_text",
    "ckan.site_custom_css",
    "ckan.theme",
    "logo_upload",
    "clear_logo_upload",
)
"""The options that CKAN lets be changed while it runs, in its order."""


@action(takes={})
def config_option_list(call: Call, given: Given) -> list[str]:
    """List the names of the options that `config_option_show` tells; sysadmins only."""
    authorization.see_options(call)
    return list(NAMES)


@action(takes={"key": REQUIRED})
def config_option_show(call: Call, given: Given) -> str:
    """Tell one option, empty where it is not set; sysadmins only.

    :param key: one of `config_option_list`
    """
    authorization.see_options(call)
    values = {
        "ckan.site_title": call.site.title,
        "ckan.site_url": call.site_url,
        "ckan.site_description": call.site.description,
    }
    if given["key"] not in NAMES:
        raise invalid({"key": [f"There is no option {given['key']!r}"]})
    return values.get(given["key"], "")


@action(writes=True)
def config_option_update(call: Call, given: Given) -> None:
    """Refuse with the way out: options are set in config.yml, which this portal never writes.

    :param ckan.site_title: and any other of `config_option_list`
    """
    authorization.see_options(call)
    errors = {name: [_way_out(name)] for name in given}
    raise invalid(errors or {"message": "No option was given"})


def _way_out(name: str) -> str:
    if name in SET:
        return f"Set {SET[name]} in config.yml and start the portal anew"
    return "This option cannot be set"
