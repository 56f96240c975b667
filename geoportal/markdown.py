"""Markdown of publishers as HTML that can do nothing but be read."""

import html

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "a", "em", "strong", "ul", "ol", "li", "code", "pre", "h3", "h4", "br", "blockquote"}
SCHEMES = {"http", "https", "mailto"}
_PARSER = MarkdownIt("commonmark", {"html": False})


def markdown(text: str) -> Markup:
    r"""Render notes: raw HTML is shown as text, links lead to http, https and mailto only.

    Headings start at the third level, below those of the page.

    >>> print(markdown("# Паркови\n<script>alert(1)</script> [лево](javascript:alert)"))
    <h3>Паркови</h3>
    <p>&lt;script&gt;alert(1)&lt;/script&gt; [лево](javascript:alert)</p>
    <BLANKLINE>
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"
    rendered = _PARSER.renderer.render(tokens, _PARSER.options, {})
    cleaned = nh3.clean(rendered, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES)
    return Markup(cleaned)


def plain(text: str) -> str:
    r"""The words of notes without any markup, on one line.

    >>> plain("# Паркови\n**Мали** и [велики](https://example.rs) <b>&amp;</b>")
    'Паркови Мали и велики <b>&</b>'
    """
    return " ".join(html.unescape(nh3.clean(_PARSER.render(text), tags=set())).split())
