"""The frame around every page: look, logo, language, navigation."""  # noqa: N999  # the name that house.md and Streamlit give the entry

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import (
    change_words,
    consolidation_words,
    data_words,
    mixed_words,
    nav_words,
    project_words,
    rules_words,
    thematic_words,
    village_words,
)
from app.parts.look import dress
from app.parts.pool_words import w
from app.state import session
from app.words import t

BRAND = Path(__file__).parent / "static" / "brand"

mind = session()
st.set_page_config(
    page_title=f"{t('title')} · {t('subtitle')}", page_icon=str(BRAND / "icon.svg"), layout="wide",
    initial_sidebar_state="expanded",
)  # fmt: skip
st.logo(str(BRAND / "logo.svg"), size="large")
dress()
with st.container(key="language"):
    chosen = st.segmented_control(
        t("language"), ["zh", "en"], default=mind.lang, key="language_switch", label_visibility="collapsed",
        format_func={"zh": "中文", "en": "English"}.get,
    )  # fmt: skip
if chosen and chosen != mind.lang:
    mind.lang = chosen
    st.query_params["lang"] = chosen
    st.rerun()


def page(name: str, title: str, icon: str) -> st.Page:
    """A page of the menu at its own address; the overview is the first."""
    home = name == "overview"
    return st.Page(
        f"pages/{name}.py", title=title, icon=f":material/{icon}:", default=home, url_path="" if home else name
    )


# One group for each function that the officials' platforms have (GB/T 39972-2021).
st.navigation(
    {
        nav_words.w("browse"): [page("overview", t("page_overview"), "map")],
        nav_words.w("query"): [
            page("fragments", t("page_fragments"), "grain"),
            page("mixed", mixed_words.w("page"), "mediation"),
        ],
        nav_words.w("compare"): [
            page("relocation", t("page_relocation"), "swap_calls"),
            page("village", village_words.w("page"), "cottage"),
            page("consolidation", consolidation_words.w("page"), "agriculture"),
            page("change", change_words.w("page"), "compare"),
        ],
        nav_words.w("thematic"): [page("thematic", thematic_words.w("page"), "palette")],
        nav_words.w("share"): [page("results", nav_words.w("results"), "print")],
        nav_words.w("comply"): [
            page("project", project_words.w("page"), "add_road"),
            page("data", data_words.w("page"), "rule"),
            page("rules", rules_words.w("page"), "gavel"),
        ],
        nav_words.w("trace"): [
            page("pool", w("page"), "account_balance"),
            page("about", t("page_about"), "info"),
        ],
    },
    position="top",
).run()
