"""The site itself: who it is, and what each action does."""

from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import missing
from publish.catalog.registry import ACTIONS, action
from publish.catalog.validators import REQUIRED

CKAN_VERSION = "2.12.0"  # clients branch on it: the version whose answers ours are
LOCALES = {"sr-Cyrl": "sr", "sr-Latn": "sr_Latn", "en": "en"}
EXTENSIONS = ("activity", "image_view", "text_view", "datatables_view", "datastore")
"""Names of CKAN's plug-ins whose actions we answer; clients look here before they call them."""


@action(pure=True)
def status_show(call: Call, given: Given) -> Document:
    """Tell the title, address, language and version of this site."""
    return {
        "site_title": call.site.title,
        "site_description": call.site.description,
        "site_url": call.site_url,
        "error_emails_to": "",
        "locale_default": LOCALES[call.site.language],
        "extensions": list(EXTENSIONS),
        "ckan_version": CKAN_VERSION,
    }


@action(pure=True)
def site_read(call: Call, given: Given) -> bool:
    """Tell whether the site may be read: always true. Old monitors ask."""
    return True


@action(takes={"name": REQUIRED}, pure=True)
def help_show(call: Call, given: Given) -> str:
    """Tell what an action does and takes.

    :param name: the name of the action
    """
    if given["name"] not in ACTIONS:
        raise missing("Action function not found")
    return ACTIONS[given["name"]].help
