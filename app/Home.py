"""The frame around every page: look, logo, language, navigation."""  # noqa: N999  # the name that house.md and Streamlit give the entry

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.parts import change_words, data_words, mixed_words, project_words, rules_words, village_words
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
page = st.navigation(
    [
        st.Page("pages/overview.py", title=t("page_overview"), icon=":material/map:", default=True),
        st.Page("pages/fragments.py", title=t("page_fragments"), icon=":material/grain:", url_path="fragments"),
        st.Page("pages/relocation.py", title=t("page_relocation"), icon=":material/swap_calls:", url_path="relocation"),
        st.Page("pages/project.py", title=project_words.w("page"), icon=":material/add_road:", url_path="project"),
        st.Page("pages/village.py", title=village_words.w("page"), icon=":material/cottage:", url_path="village"),
        st.Page("pages/change.py", title=change_words.w("page"), icon=":material/compare:", url_path="change"),
        st.Page("pages/mixed.py", title=mixed_words.w("page"), icon=":material/mediation:", url_path="mixed"),
        st.Page("pages/rules.py", title=rules_words.w("page"), icon=":material/gavel:", url_path="rules"),
        st.Page("pages/pool.py", title=w("page"), icon=":material/account_balance:", url_path="pool"),
        st.Page("pages/data.py", title=data_words.w("page"), icon=":material/rule:", url_path="data"),
        st.Page("pages/about.py", title=t("page_about"), icon=":material/info:", url_path="about"),
    ],
    position="top",
)
page.run()
