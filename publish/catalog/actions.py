"""All actions of the catalog: each registers itself where its module is imported."""
# ruff: noqa: F401

from publish.catalog import licenses
from publish.catalog.datasets import (
    bulk,
    collaborators,
    packages,
    privacy,
    purge,
    relationships,
    repairs,
    resources,
    revise,
    validations,
    views,
)
from publish.catalog.datastore import asking, drafting
from publish.catalog.following import activity_lists, dashboard, followers
from publish.catalog.harvests import harvest_jobs, harvest_objects, harvest_sources
from publish.catalog.organizations import group_changes, group_lists, groups, members
from publish.catalog.people import tokens, user_lists, users
from publish.catalog.search import finding, package_search
from publish.catalog.site import jobs, options, status, tasks
from publish.catalog.words import tags, translations, vocabularies
