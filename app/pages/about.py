"""关于: versions, data and hashes, how areas are computed, licences, and what is not confirmed."""

from __future__ import annotations

import streamlit as st

from app.parts import look
from app.parts.about_tables import licence_table, reading_notes, software_table, source_table, unconfirmed_table
from app.parts.guard import zone_or_stop
from app.parts.safe_text import esc_markdown
from app.parts.tables import plain_table
from app.words import pick, t

opened = zone_or_stop()
zone = opened.zone

look.heading(t("page_about"), t("about_lead"), mark=zone.synthetic)
left, right = st.columns([0.62, 0.38], gap="large")
with left:
    st.subheader(t("about_data"), anchor=False)
    st.markdown(f"**{esc_markdown(pick(zone.name, zone.name_en))}** · {t('about_year', year=zone.survey_year)} · "
                f"{t('about_read_as')}")  # fmt: skip
    plain_table(source_table(opened))
    for note in reading_notes(opened):
        st.caption(esc_markdown(note))
    st.subheader(t("about_unconfirmed"), anchor=False)
    st.markdown(t("about_unconfirmed_text"))
    plain_table(unconfirmed_table())
with right:
    st.subheader(t("about_area"), anchor=False)
    st.markdown(t("about_area_text"))
    st.subheader(t("about_limits"), anchor=False)
    st.markdown(t("about_limits_text"))
    st.subheader(t("about_software"), anchor=False)
    plain_table(software_table())
    st.subheader(t("about_licences"), anchor=False)
    plain_table(licence_table())
st.caption(t("about_offline"))
