"""A metadata record of ISO 19139 or 19115-3 as a record, in whatever dialect it is written.

owslib reads the record; words in several languages, links in place of words, and codes that are
not from the standard's lists are read here, by names without namespaces, which the dialects share.
A part that owslib cannot read is not said. Names of persons are not taken.
"""

import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from lxml import etree

from datasets.model import Finding
from datasets.record import Distribution, Record
from datasets.text import Text
from harvesters.catalogs.online import online
from harvesters.documents.xml import Element, child, children, local, said
from harvesters.fetching.address import without_secrets
from harvesters.sources.collecting import MAX_DISTRIBUTIONS
from harvesters.values import extent, mapping
from harvesters.values.licenses import license_id
from harvesters.values.mailbox import role_mailbox
from harvesters.values.mapping import NOTES, TITLE

RECORDS = ("MD_Metadata", "MI_Metadata", "CHE_MD_Metadata")
_GMD = "http://www.isotc211.org/2005/gmd"
_NEW = "http://standards.iso.org/iso/19115/"
_TYPE = "{http://www.isotc211.org/2005/gco}isoType"
_CITATION = ("identificationInfo", "*", "citation", "CI_Citation")
_ROLES = ("publisher", "owner", "custodian", "pointOfContact", "resourceProvider", "distributor")
_FREQUENCIES = {"continual": "cont", "biannually": "annual_2"}
# What owslib raises over parts of a record that are not as it awaits them.
_UNREAD = (AttributeError, LookupError, TypeError, ValueError)


def record(element: Element, address: str) -> Record | None:
    """Give a record; None for one without an identifier and a title.

    `address` is where it can be read.
    """
    title = _words(element, *_CITATION, "title")
    parsed = _parsed(element)
    identifier, findings = _identifier(element, title)
    if not identifier:
        return None
    parts = [part for part in parsed.identification or () if part]
    publisher, others = _organizations(parsed, parts)
    area, fault = _area(parts)
    return Record(
        remote_id=identifier,
        title=title if title else Text(identifier),
        name=mapping.slug(title.own),
        organization=mapping.slug(publisher),
        organization_title=publisher,
        notes=_words(element, "identificationInfo", "*", "abstract", longest=NOTES),
        license_id=_license(parts),
        tags=_tags(element),
        url=mapping.address(parsed.dataseturi),
        address=address,
        contributors=others,
        modified=stamp(element),
        extras=_extras(element, parsed, parts, area),
        distributions=_distributions(parsed, parts),
        findings=(*findings, *extent.odd(fault)),
    )


def level(element: Element) -> str:
    """Give what a record is of, in lower case: `dataset` where it does not say.

    A code of another list than the standard's is given by its words: `RI_622` is `dataset`.
    """
    for way in (("hierarchyLevel",), ("metadataScope", "MD_MetadataScope", "resourceScope")):
        if found := _code(child(element, *way, "MD_ScopeCode")):
            return found.lower()
    return "dataset"


def stamp(element: Element) -> str:
    """Give when a record was last changed, as it says it."""
    dates = children(element, "dateInfo", "CI_Date")
    changed = [d for d in dates if _code(child(d, "dateType", "CI_DateTypeCode")) == "revision"]
    for each in (child(element, "dateStamp", "*"), *(child(d, "date", "*") for d in changed)):
        if found := mapping.text(said(each), 100):
            return found
    return mapping.text(said(child(element, "dateInfo", "CI_Date", "date", "*")), 100)


def _parsed(element: Element) -> Any:
    """Let owslib read a record; of one that it cannot read, nothing is said."""
    import owslib.iso  # noqa: PLC0415 -- a fifth of a second, for those alone who have such a source
    import owslib.iso3  # noqa: PLC0415 -- as above

    plain = _plain(element)
    new = str(etree.QName(plain).namespace).startswith(_NEW)
    try:
        return (owslib.iso3 if new else owslib.iso).MD_Metadata(plain)
    except _UNREAD:
        return SimpleNamespace(
            identification=[], contact=[], distribution=None, dataquality=None, dataseturi=""
        )


def _plain(element: Element) -> Element:
    """Give the elements of a national profile the names of those that they stand for."""
    for each in element.iter():
        if _TYPE in each.attrib:
            each.tag = f"{{{_GMD}}}{each.attrib[_TYPE].rpartition(':')[2]}"
    return element


def _words(element: Element, *path: str, longest: int = TITLE) -> Text:
    """Give the first element of a path that has words, in all their languages."""
    for each in children(element, *path):
        if found := _in_languages(each, _locales(element), longest):
            return found
    return Text()


def _in_languages(element: Element, locales: dict[str, str], longest: int) -> Text:
    spoken = {
        locales.get(tag, tag.partition("-")[0]): _long(each)
        for each in children(element, "PT_FreeText", "textGroup", "LocalisedCharacterString")
        if (tag := str(each.get("locale") or "").lstrip("#").lower())
    }
    own = next((_long(e) for e in element if local(e) in ("CharacterString", "Anchor")), "")
    if not own and not len(element):
        own = _long(element)
    return mapping.words(own, spoken, longest)


def _locales(element: Element) -> dict[str, str]:
    """Give the languages of a record by the ids that its words refer to."""
    ways = (("locale", "PT_Locale"), ("otherLocale", "PT_Locale"), ("defaultLocale", "PT_Locale"))
    return {
        str(each.get("id") or "").lower(): _code(child(each, name, "LanguageCode")).lower()
        for way in ways
        for each in children(element, *way)
        for name in ("languageCode", "language")
        if child(each, name) is not None
    }


def _long(element: Element) -> str:
    """Give the text of an element with its lines."""
    return "".join(element.itertext(with_tail=False)).strip()


def _code(element: Element | None) -> str:
    """Give the value of a code; where that is a number of another list, its words."""
    if element is None:
        return ""
    value = str(element.get("codeListValue") or "").strip()
    if not value or value.startswith("RI_"):
        value = said(element).partition(";")[0].strip()
    return value


def _identifier(element: Element, title: Text) -> tuple[str, tuple[Finding, ...]]:
    ways = (("fileIdentifier",), ("metadataIdentifier", "MD_Identifier", "code"))
    for way in ways:
        if found := mapping.text(_words(element, *way).own):
            return found, () if title else (_lacks("title"),)
    if not title:
        return "", ()
    made = hashlib.sha256(title.own.encode(errors="replace")).hexdigest()[:32]
    return made, (_lacks("fileIdentifier", "warning"),)


def _lacks(wanted: str, severity: Any = "error") -> Finding:
    return Finding(
        "record-broken",
        severity=severity,
        note=f"the record has no {wanted}",
        values={"wanted": wanted},
        remedy=f"give the record a {wanted} at the source",
    )


def _organizations(parsed: Any, parts: list[Any]) -> tuple[str, tuple[str, ...]]:
    """Give the organization that publishes, by its role, and the others."""
    contacts = [c for part in parts for c in _list(part, "contact")] or _list(parsed, "contact")
    ranked = sorted(contacts, key=_rank)
    names = [mapping.text(getattr(each, "organization", None)) for each in ranked]
    first, *others = dict.fromkeys(filter(None, names)) or ("",)
    return first, tuple(others)


def _rank(contact: Any) -> int:
    role = getattr(contact, "role", None)
    return _ROLES.index(role) if role in _ROLES else len(_ROLES)


def _list(value: Any, name: str) -> list[Any]:
    found = getattr(value, name, None)
    return found if isinstance(found, list) else []


def _texts(value: Any, name: str) -> list[str]:
    said = (mapping.text(each, 500) for each in _list(value, name))
    return [each for each in said if each]


def _license(parts: list[Any]) -> str:
    """Give CKAN's id of a licence that the constraints name; free words are kept as rights."""
    for part in parts:
        names = ("otherconstraints_url", "uselimitation_url", "otherconstraints", "uselimitation")
        for each in (text for name in names for text in _texts(part, name)):
            found = license_id(each)
            if found and found != each[:100]:
                return found
    return ""


def _tags(element: Element) -> tuple[str, ...]:
    words = [
        _in_languages(each, {}, TITLE).own
        for each in children(
            element, "identificationInfo", "*", "descriptiveKeywords", "MD_Keywords", "keyword"
        )
    ]
    return mapping.tags(*words)  # one value may hold several, with commas between


def _area(parts: list[Any]) -> tuple[str, str]:
    for part in parts:
        box = getattr(part, "bbox", None)
        if box is not None:
            return extent.sides(box.minx, box.miny, box.maxx, box.maxy)
    return "", ""


def _extras(element: Element, parsed: Any, parts: list[Any], area: str) -> dict[str, str]:
    spoken = _code(child(element, "language", "LanguageCode")) or said(child(element, "language"))
    return mapping.extras(
        spatial=area,
        temporal_start=_first_date(parts, "temporalextent_start"),
        temporal_end=_first_date(parts, "temporalextent_end"),
        issued=_issued(parts),
        frequency=_frequency(element),
        language=mapping.text(spoken, 20),
        resource_type=level(element),
        theme="\n".join(dict.fromkeys(t for part in parts for t in _texts(part, "topiccategory"))),
        rights="\n".join(dict.fromkeys(_rights(parts)))[:5_000],
        access_rights="\n".join(_texts(parts[0], "accessconstraints")) if parts else "",
        provenance=mapping.prose(getattr(parsed.dataquality, "lineage", None), 10_000),
        contact_email=_mailbox(parsed, parts),
    )


def _first_date(parts: list[Any], name: str) -> str:
    dates = (mapping.date(getattr(part, name, None)) for part in parts)
    return next(filter(None, dates), "")


def _issued(parts: list[Any]) -> str:
    said = [each for part in parts for each in _list(part, "date")]
    for kind in ("publication", "creation"):
        for each in said:
            if each.type == kind and (found := mapping.date(each.date)):
                return found
    return ""


def _frequency(element: Element) -> str:
    way = ("resourceMaintenance", "MD_MaintenanceInformation", "maintenanceAndUpdateFrequency")
    found = _code(child(element, "identificationInfo", "*", *way, "MD_MaintenanceFrequencyCode"))
    return mapping.frequency(_FREQUENCIES.get(found, found))


def _rights(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        yield from _texts(part, "uselimitation")
        yield from _texts(part, "otherconstraints")


def _mailbox(parsed: Any, parts: list[Any]) -> str:
    contacts = [c for each in (*parts, parsed) for c in _list(each, "contact")]
    mails = (role_mailbox(mapping.text(getattr(each, "email", None), 200)) for each in contacts)
    return next(filter(None, mails), "")


def _distributions(parsed: Any, parts: list[Any]) -> tuple[Distribution, ...]:
    distributed = parsed.distribution
    links = _list(distributed, "online")
    links += [link for each in _list(distributed, "distributor") for link in _list(each, "online")]
    links += [
        link
        for part in parts
        for operation in _list(part, "operations")
        for link in operation.get("connectpoint", ())
    ]
    found = [each for link in links if (each := _distribution(link))]
    return tuple(found[:MAX_DISTRIBUTIONS])


def _distribution(link: Any) -> Distribution | None:
    """Give what a link leads to; None for one that is no address of the web."""
    url = mapping.address(getattr(link, "url", None))
    if not url:
        return None
    name, protocol, description = (
        mapping.text(getattr(link, each, None)) for each in ("name", "protocol", "description")
    )
    profile = mapping.text(getattr(link, "applicationprofile", None))
    download = getattr(link, "function", None) in ("download", "fileAccess")
    media_type = next(
        (each for each in (protocol, profile) if "/" in each and "://" not in each), ""
    )
    found = online(
        url, protocol, profile, name, media_type=media_type,
        download=download or "DOWNLOAD" in protocol.upper(),
    )  # fmt: skip
    key = without_secrets(url)
    return Distribution(
        key=f"{key}#{name}" if found.type == "api" and name else key,
        name=mapping.slug(name) or mapping.slug(description) or found.format.replace(" ", "-"),
        url=url,
        format=found.format,
        title=Text(name or description[:200]),
        description=Text(description if name else ""),
        link=found.link,
        type=found.type,
    )
