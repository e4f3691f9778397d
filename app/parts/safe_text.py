"""The one way that a text from data may enter the map, a page's HTML or Markdown.

``html.escape`` alone is not enough for folium: its popups are JavaScript template literals, where ``${…}`` runs.
"""

from __future__ import annotations

import html

_TEMPLATE = str.maketrans({"$": "&#36;", "`": "&#96;", "\\": "&#92;", "{": "&#123;", "}": "&#125;"})
_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]()#+-.!|<>$:~"})


def esc(value: object) -> str:
    """Safe inside HTML, an attribute, and a JavaScript template literal."""
    return html.escape(str(value), quote=True).translate(_TEMPLATE)


def esc_markdown(value: object) -> str:
    """Safe inside a Streamlit label, caption or Markdown text: no picture, link or formula can form."""
    return str(value).replace("\n", " ").translate(_MARKDOWN)
