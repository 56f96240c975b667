"""XML as servers send it: read from bytes alone, with nothing fetched and nothing expanded.

libxml2 goes to no network, loads no DTD, puts no entity in its place, and limits depth and length.
"""

from collections.abc import Iterator

from lxml import etree

from datasets.errors import HarvestError

type Element = etree._Element

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def root(body: bytes, address: str = "") -> Element:
    """Give the root of an XML document, without comments and processing instructions.

    Raises HarvestError `not-xml` when it is not well formed, or declares entities of its own.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        found = etree.fromstring(body.strip(_BLANK).removeprefix(_BOM).lstrip(_BLANK), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_xml(str(error).partition("\n")[0][:200], address) from None
    _refuse_entities(found, address)
    return found


def _refuse_entities(found: Element, address: str) -> None:
    """A document that declares entities wants other bytes in its place: a file, a bomb."""
    dtd = found.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise _not_xml("it declares entities, which are not expanded", address)


def _not_xml(reason: str, address: str) -> HarvestError:
    return HarvestError(
        f"{address or 'the answer'}: is no XML that can be read ({reason}): tell its owner",
        "not-xml",
        reason=reason,
        **({"address": address} if address else {}),
    )


def local(element: Element) -> str:
    """Give an element's name without its namespace.

    >>> local(root(b'<a:Title xmlns:a="urn:a"/>'))
    'Title'
    """
    return str(etree.QName(element).localname)


def children(element: Element | None, *path: str) -> Iterator[Element]:
    """Give the elements below one, by a path of names without namespaces; `*` is any name.

    >>> tree = root(b'<r><a><b>1</b></a><a><b>2</b><c>3</c></a></r>')
    >>> [said(e) for e in children(tree, "a", "b")], [said(e) for e in children(tree, "a", "*")]
    (['1', '2'], ['1', '2', '3'])
    """
    if element is None:
        return
    if not path:
        yield element
        return
    for child in element:
        if isinstance(child.tag, str) and path[0] in ("*", local(child)):
            yield from children(child, *path[1:])


def child(element: Element | None, *path: str) -> Element | None:
    """Give the first element of a path of names, or None."""
    return next(children(element, *path), None)


def said(element: Element | None) -> str:
    """Give the text of an element and all in it, blanks in one; empty for None."""
    if element is None:
        return ""
    return " ".join("".join(element.itertext(with_tail=False)).split())
