"""The terms of mixed use in both languages: facilities that plots could share, and how a distance was measured."""

from __future__ import annotations

# Facilities: kind, classes of the survey, words.
FACILITIES = (
    ("transport", ("1005",), "交通场站", "Transport stations"),
    ("services", ("08H2",), "科教文卫", "Education, health, culture"),
    ("park", ("0810",), "公园绿地", "Parks"),
    ("commerce", ("05H1",), "商业服务", "Shops and services"),
)
BY = (
    ("road", "沿道路", "by road"),
    ("straight", "直线", "straight"),
    ("none", "没有", "none"),
    ("road_far", "沿道路超出", "beyond by road"),
    ("not_measured", "未量（住宅）", "not measured (homes)"),
)
