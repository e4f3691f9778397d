"""The layer tree of the side bar: groups, a switch and an opacity for each layer; and the legend of what is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from app.cache import has_layer, layer_index, open_zone, shelf
from app.parts.map_view import MapLayer
from app.parts.map_words import w
from app.parts.safe_text import esc, esc_markdown
from app.state import session
from app.words import pick, t
from geo.report import view_layers
from geo.report.palette import Style
from geo.standards.schema import schema


@dataclass(frozen=True)
class Entry:
    """A layer as the tree offers it; ``label`` is a key of the words, empty for the schema's own name.

    ``follows``: a layer of the zone that this one lies on, and whose switch and opacity it obeys.
    """

    id: str
    group: str
    on: bool
    opacity: float
    label: str = ""
    source: str = ""
    side: str = ""
    follows: str = ""
    title: str = ""  # a name of the visitor's own, before any other


_IN_TREE = {"land": "group_base", "admin": "group_base", "farm": "group_farm", "control": "group_lines", "": ""}
_NAMED = {"highstandard": "layer_highstandard"}
# Bottom of the map first; the tree lists them the other way round.
STANDING = tuple(
    Entry(name, _IN_TREE[group], on, opacity, _NAMED.get(name, "")) for name, on, opacity, group in view_layers.STANDING
)
FAINT = 0.35
_GROUPS = ("group_mine", "group_plan", "group_result", "group_lines", "group_farm", "group_base")


def entries(extra: Sequence[Entry] = ()) -> list[Entry]:
    """The standing layers that the zone has, then a page's own on top."""
    zone = open_zone().zone
    found: list[Entry] = []
    for entry in STANDING:
        if has_layer(zone, entry.id):
            found += [entry, *(e for e in extra if e.follows == entry.id)]
    found += [e for e in extra if not e.follows]
    return _ordered(found)


def _ordered(found: list[Entry]) -> list[Entry]:
    """Bottom first as the visitor put them; a layer nobody moved keeps its place above the one that it lay on."""
    wanted = {name: place for place, name in enumerate(session().order)}
    if not wanted:
        return found
    places = iter(sorted((e for e in found if e.id in wanted), key=lambda e: wanted[e.id]))
    return [next(places) if e.id in wanted else e for e in found]


def _move(entry: Entry, there: Sequence[Entry], step: int) -> None:
    """One place up (1) or down (-1) among the layers that the tree lists."""
    ids = [e.id for e in there]
    listed = [e.id for e in there if e.group]
    at = listed.index(entry.id)
    if not 0 <= at + step < len(listed):
        return
    a, b = ids.index(entry.id), ids.index(listed[at + step])
    ids[a], ids[b] = ids[b], ids[a]
    session().order = tuple(ids)


def layer_tree(
    extra: Sequence[Entry] = (), *, faint: Sequence[str] = (), before: Sequence[str] = (), without: Sequence[str] = ()
) -> list[MapLayer]:
    """Draw the tree in the current container; the layers as the visitor wants them, bottom first.

    ``faint``: layers that this page shows pale until the visitor sets them, so that its own results stand out;
    ``before``: layers that belong to the left side of a comparison; ``without``: layers that this page does not have.
    """
    mind = session()
    there = [replace(e, opacity=FAINT) if e.id in faint else e for e in entries(extra) if e.id not in without]
    there = [replace(e, side="before") if e.id in before else e for e in there]
    there += mine()
    for group in _GROUPS:
        members = [e for e in reversed(there) if e.group == group]
        if not members:
            continue
        st.html(f'<div class="tc-group">{esc(t(group))}</div>')
        for entry in members:
            _row(entry, there)
    layers = []
    for entry in there:
        own = next((e for e in there if e.id == entry.follows), entry)
        shown, opacity = mind.shown.get(own.id, own.on), mind.opacity.get(own.id, own.opacity)
        layers.append(MapLayer(entry.id, entry.source or entry.id, shown, opacity, entry.side))
    return layers


def _row(entry: Entry, there: Sequence[Entry]) -> None:
    mind = session()
    name, tune = st.columns([0.84, 0.16], vertical_alignment="center", gap="small")
    shown = mind.shown.get(entry.id, entry.on)
    now = name.checkbox(label(entry), value=shown, key=f"layer_{entry.id}")
    if now != shown:
        mind.shown[entry.id] = now
    with tune.popover("", icon=":material/opacity:", help=t("opacity"), use_container_width=True):
        level = mind.opacity.get(entry.id, entry.opacity)
        chosen = st.slider(f"{label(entry)} · {t('opacity')}", 0.0, 1.0, level, 0.05, key=f"opacity_{entry.id}")
        if chosen != level:
            mind.opacity[entry.id] = chosen
        up, down = st.columns(2)
        for column, step, word, icon in ((up, 1, "raise", "up"), (down, -1, "lower", "down")):
            column.button(w(f"page_{word}"), icon=f":material/arrow_{icon}ward:", key=f"{word}_{entry.id}",
                          on_click=_move, args=(entry, there, step), width="stretch")  # fmt: skip


def mine() -> list[Entry]:
    """The visitor's own layers: what was selected, drawn, saved, uploaded."""
    from app import selecting, uploads

    work, found = session().work.now, []
    for address, name in work.layers:
        if address in shelf():
            found.append(Entry(address, "group_mine", True, 1.0, source=address, title=name))
    chosen = selecting.selection_frame(work.chosen) if work.chosen else None
    if chosen is not None:
        address = uploads.shelve_mine("selection", chosen)
        found.append(Entry("selection", "group_mine", True, 1.0, source=address, title=w("page_selection")))
    return found


def label(entry: Entry) -> str:
    """The layer's name for the visitor."""
    if entry.title:
        return esc_markdown(entry.title)
    if entry.label:
        return t(entry.label)
    words = schema(entry.id)
    return pick(words.zh, words.en)


def legend(layers: Sequence[MapLayer]) -> None:
    """The signs of the layers that are on; of the land classes only those that occur."""
    mind = session()
    blocks = []
    for layer in reversed(layers):
        if not layer.on or layer.id.startswith("context_"):
            continue
        index = layer_index(layer.source)
        head = f'<div class="tc-group">{esc(index.title)}</div>' if index.title else ""
        rows = "".join(f"<div>{_sign(s, mind.cvd)}{esc(s.label(mind.lang))}</div>" for s in index.signs)
        many = "" if layer.id == "parcels" and mind.lang == "zh" else " tc-one"
        blocks.append(f'{head}<div class="tc-legend{many}">{rows}</div>')
    st.html("".join(blocks) + f'<p class="tc-note">{esc(t("unchecked_colours"))}</p>')


def _sign(style: Style, cvd: bool) -> str:
    """A small swatch in plain CSS (pictures and SVG do not pass Streamlit's cleaning)."""
    fill, stroke = style.colours(cvd=cvd)
    line = stroke or fill
    pattern = _HATCH.get(style.hatch) or _GRAIN.get(style.grain)
    layers = [pattern.replace("INK", line)] if pattern else []
    if fill:
        tone = f"color-mix(in srgb, {fill} 45%, white)" if style.hatch else fill
        layers.append(f"linear-gradient({tone},{tone})")
    width = max(1.0, min(style.width * 1.3, 2.2))
    css = f"background:{','.join(layers) or 'transparent'};border:{width:.1f}px solid {line}"
    return f'<span class="tc-sign" style="{esc(css)}"></span>'


_HATCH = {
    "diagonal": "repeating-linear-gradient(135deg,INK 0 1px,transparent 1px 4px)",
    "back": "repeating-linear-gradient(45deg,INK 0 1px,transparent 1px 4px)",
    "cross": "repeating-linear-gradient(45deg,INK 0 1px,transparent 1px 4px),"
             "repeating-linear-gradient(135deg,INK 0 1px,transparent 1px 4px)",
    "dots": "radial-gradient(INK 1px,transparent 1.2px) 0 0/5px 5px",
}  # fmt: skip
_GRAIN = {
    "diagonal": "repeating-linear-gradient(135deg,transparent 0 4px,INK 4px 5px)",
    "back": "repeating-linear-gradient(45deg,transparent 0 4px,INK 4px 5px)",
    "cross": "repeating-linear-gradient(45deg,transparent 0 4px,INK 4px 5px),"
             "repeating-linear-gradient(135deg,transparent 0 4px,INK 4px 5px)",
    "dots": "radial-gradient(INK 0.9px,transparent 1.1px) 0 0/6px 6px",
    "dashes": "linear-gradient(INK,INK) 1px 2px/5px 1px no-repeat,linear-gradient(INK,INK) 9px 2px/5px 1px no-repeat,"
              "linear-gradient(INK,INK) 5px 6px/5px 1px no-repeat,linear-gradient(INK,INK) 12px 6px/5px 1px no-repeat",
}  # fmt: skip
