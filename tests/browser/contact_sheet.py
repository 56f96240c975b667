"""All pictures of pages on one page: what people look at after a run."""

import re
from collections import defaultdict
from collections.abc import Iterable
from html import escape
from pathlib import Path

WAYS = "sr-cyrl|sr-latn|en|light|dark|narrow|desktop|phone"
WAY = re.compile(rf"(?P<page>.+?)(?P<way>(?:-(?:{WAYS}))+)")
HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Contact sheet</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; background: #ddd; color: #111; }
section { display: flex; flex-wrap: wrap; align-items: start; gap: 1rem; }
h2 { flex: 0 0 100%; margin: 1.5rem 0 0; }
figure { margin: 0; } figcaption { font-size: 13px; }
img { display: block; height: 20rem; box-shadow: 0 1px 4px #0006; }
</style>
<h1>Contact sheet</h1>
"""


def contact_sheet(pictures: Iterable[Path]) -> str:
    """HTML with the pictures by page, of which each leads to itself in full size."""
    pages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for picture in sorted(pictures):
        told = WAY.fullmatch(picture.stem)
        page, way = told.group("page", "way") if told else (picture.stem, "")
        pages[page].append((escape(picture.name), way.strip("-")))
    return HEAD + "".join(_section(page, shots) for page, shots in sorted(pages.items()))


def _section(page: str, shots: Iterable[tuple[str, str]]) -> str:
    figures = "".join(
        f'<figure><a href="{name}"><img src="{name}" alt="{way}" loading="lazy"></a>'
        f"<figcaption>{way}</figcaption></figure>\n"
        for name, way in shots
    )
    return f"<section><h2>{escape(page)}</h2>\n{figures}</section>\n"
