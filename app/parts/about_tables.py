"""Tables of the 关于 page: what the data is, what stands behind the figures, and what is not confirmed."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd

from app import assets, cache
from app.parts.figures import number
from app.parts.parcel_card import layer_label
from app.state import session
from app.words import pick, t
from geo.policy.article import mark_text
from geo.policy.book import load_book
from geo.study.record import software
from geo.study.spec import today_cn


def source_table(opened: cache.OpenZone) -> pd.DataFrame:
    """File, rows, coordinate system, encoding and hash of every layer read."""
    sources = opened.zone.sources
    return pd.DataFrame(
        {
            t("col_layer"): [layer_label(name) for name in sources],
            t("col_file"): [s.file for s in sources.values()],
            t("col_rows"): [number(s.rows) for s in sources.values()],
            "EPSG": [str(s.epsg) for s in sources.values()],
            t("col_encoding"): [s.encoding for s in sources.values()],
            "SHA-256": [s.sha256 for s in sources.values()],
        }
    )


def unconfirmed_table() -> pd.DataFrame:
    """Every parameter in force whose figure has not been confirmed, with its article and mark."""
    book, lang, today = load_book(), session().lang, today_cn()
    rows: list[dict[str, str]] = []
    noted: list[dict[str, str]] = []  # confirmed, but with a remark to read: after those that are not
    for spec in book.parameters.values():
        edition = spec.edition(today, None)
        if edition is None:
            continue
        parameter = spec.resolve(edition)
        if parameter.confirmed and not parameter.note(lang):
            continue
        (noted if parameter.confirmed else rows).append(
            {
                t("col_rule"): parameter.zh if lang == "zh" else parameter.en,
                t("col_value"): _shown(parameter.shown(lang).split(" [")[0]),
                t("col_sure"): mark_text(parameter.sure, lang),
                t("col_article"): book.article(parameter.article).citation(lang),
                t("col_note"): parameter.note(lang),
                t("col_checked"): parameter.checked_on.isoformat(),
            }
        )
    return pd.DataFrame([*rows, *noted])


def _shown(text: str) -> str:
    """A value that is a switch or a code, in words."""
    return pick(*VALUES.get(text, (text, text)))


VALUES = {"yes": ("是", "yes"), "no": ("否", "no"), "exit_gradually": ("逐步退出", "leaves step by step")}


def software_table() -> pd.DataFrame:
    """What ran: the house, Python, and the packages it stands on."""
    found = dict(software())
    for name in ("streamlit", "folium"):
        found[name] = version(name)
    return pd.DataFrame({t("col_package"): list(found), t("col_version"): list(found.values())})


def licence_table() -> pd.DataFrame:
    """Licences of the house, the shipped browser files, the font and the sample."""
    rows = [(t("title"), "Apache-2.0", "LICENSE")]
    rows += sorted({(f"{a.name} {a.version}", a.licence, "app/static/vendor") for a in assets.manifest()})
    rows.append(("Noto Sans SC", "OFL-1.1", "geo/report/fonts"))
    rows.append((t("sample_name"), t("see_notice"), "NOTICE · data/shapefiles"))
    return pd.DataFrame(rows, columns=[t("col_what"), t("col_licence"), t("col_where")])


def reading_notes(opened: cache.OpenZone) -> list[str]:
    """What was found on reading, in words."""
    return [f.text(session().lang) for f in opened.zone.findings]
