"""Texts: GeoJSON, KML, boundary TXT, WKT, CSV, each broken in the ways that people and programs break them."""

# ruff: noqa: E501  # tables of cases
from __future__ import annotations

import json
from pathlib import Path

from .base import Case, Cases

RING = [[121.0, 31.0], [121.001, 31.0], [121.001, 31.001], [121.0, 31.001], [121.0, 31.0]]
PLOT = "4,0.8,1,示例地块,面,,公路用地,,@"
POINTS = ("J1,1,3440000.000,40585000.000", "J2,1,3440000.000,40585100.000", "J3,1,3440080.000,40585100.000",
          "J4,1,3440080.000,40585000.000", "J1,1,3440000.000,40585000.000")  # fmt: skip
HEAD = ("[属性描述]", "格式版本号=1.01版本", "数据产生单位=示例", "坐标系=2000国家大地坐标系", "几度分带=3",
        "投影类型=高斯克吕格", "计量单位=米", "带号=40", "精度=0.001", "转换参数=0,0,0,0,0,0,0", "[地块坐标]")  # fmt: skip


def cases(room: Path) -> Cases:
    """Every text case."""
    for name, body in {**_geojson(), **_kml(), **_txt(), **_wkt(), **_csv()}.items():
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        yield Case(name, lambda path, raw=raw: path.write_bytes(raw))


def feature(geometry: object, /, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object, **more: object) -> dict[str, object]:
    return {"type": "FeatureCollection", **more, "features": list(features)}


def square(**properties: object) -> dict[str, object]:
    return feature({"type": "Polygon", "coordinates": [RING]}, **properties)


def _geojson() -> dict[str, str | bytes]:
    made: dict[str, object] = {
        "empty_object": {}, "empty_list": [], "null": None, "number": 5, "string": "x",
        "no_features": {"type": "FeatureCollection"}, "features_object": {"type": "FeatureCollection", "features": {}},
        "features_null": {"type": "FeatureCollection", "features": None}, "no_rows": collection(),
        "unknown_type": {"type": "Features", "features": []}, "esri": {"rings": [], "geometryType": "esriGeometryPolygon"},
        "topojson": {"type": "Topology", "objects": {}, "arcs": []}, "feature_text": collection("x"),
        "feature_null": collection(None), "feature_number": collection(square(), 3),
        "null_geometry": collection(square(a=1), feature(None, a=2)), "no_geometry": collection({"type": "Feature"}),
        "empty_polygon": collection(feature({"type": "Polygon", "coordinates": []})),
        "two_points": collection(feature({"type": "Polygon", "coordinates": [RING[:2]]})),
        "unclosed": collection(feature({"type": "Polygon", "coordinates": [RING[:4]]})),
        "unclosed_multi": collection(feature({"type": "MultiPolygon", "coordinates": [[RING[:4]]]})),
        "text_coordinates": collection(feature({"type": "Polygon", "coordinates": [[[str(v) for v in p] for p in RING]]})),
        "null_coordinates": collection(feature({"type": "Polygon", "coordinates": None})),
        "flat_coordinates": collection(feature({"type": "Polygon", "coordinates": RING})),
        "one_number": collection(feature({"type": "Polygon", "coordinates": [[[121], [31], [121], [121]]]})),
        "unknown_geometry": collection(feature({"type": "Circle", "coordinates": [121, 31]})),
        "geometry_text": collection(feature("POINT(1 2)")), "geometry_list": collection(feature([1, 2])),
        "points": collection(feature({"type": "Point", "coordinates": [121, 31]})),
        "mixed": collection(square(), feature({"type": "Point", "coordinates": [121, 31]})),
        "collection": collection(feature({"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "coordinates": [RING]}]})),
        "swapped": collection(feature({"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]})),
        "metres": collection(feature({"type": "Polygon", "coordinates": [[[x * 4e5, y * 1e5] for x, y in RING]]})),
        "height": collection(feature({"type": "Polygon", "coordinates": [[[*p, 3.5] for p in RING]]})),
        "five_numbers": collection(feature({"type": "Polygon", "coordinates": [[[*p, 1, 2, 3] for p in RING]]})),
        "large_id": collection({**square(), "id": 9007199254740993}), "same_ids": collection({**square(), "id": 1}, {**square(), "id": 1}),
        "nested": collection(square(a={"b": [1, {"c": None}]}, d=[1, 2])), "properties_null": collection({**square(), "properties": None}),
        "properties_list": collection({**square(), "properties": [1]}), "mixed_types": collection(square(a=1), square(a="x"), square(a=None)),
        "large_integers": collection(square(a=2**70)), "column_geometry": collection(square(geometry="x", __geometry__="y")),
        "far": collection(feature({"type": "Polygon", "coordinates": [[[x + 500, y] for x, y in RING]]})),
        "huge": collection(feature({"type": "Polygon", "coordinates": [[[x * 1e300, y] for x, y in RING]]})),
        "bare_geometry": {"type": "Polygon", "coordinates": [RING]}, "bare_feature": square(a=1),
        "crs_4490": collection(square(), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}),
        "crs_84": collection(square(), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
        "crs_unknown": collection(square(), crs={"type": "name", "properties": {"name": "Shanghai"}}),
        "crs_none": collection(square(), crs=None), "crs_text": collection(square(), crs="EPSG:4490"),
        "crs_no_code": collection(square(), crs={"type": "name", "properties": {"name": "EPSG:999999"}}),
        "bowtie": collection(feature({"type": "Polygon", "coordinates": [[RING[0], RING[2], RING[1], RING[3], RING[0]]]})),
        "personal": collection(square(姓名="示例", 联系电话="13800000000", a=1)),
    }  # fmt: skip
    good = json.dumps(collection(square(名称="示例")), ensure_ascii=False)
    texts: dict[str, str | bytes] = {f"geojson/{k}.geojson": json.dumps(v, ensure_ascii=False) for k, v in made.items()}
    spoiled: dict[str, str | bytes] = {
        "nan": good.replace("121.001", "NaN"), "infinity": good.replace("121.001", "Infinity"),
        "overflow": good.replace("121.001", "1e400"), "cut_half": good[: len(good) // 2], "cut_end": good[:-1],
        "twice": good + good, "comment": "// x\n" + good, "single_quotes": good.replace('"', "'"), "trailing_comma": good[:-1] + ",}",
        "gbk": good.encode("gbk"), "utf16": good.encode("utf-16"), "utf8_bom": good.encode("utf-8-sig"), "utf32": good.encode("utf-32"),
        "latin": good.encode().replace("示例".encode(), b"\xe9\xff"), "zero_bytes": good.encode() + b"\x00" * 20, "blank": "   \n", "zero": b"",
        "deep": "[" * 100_000, "deep_object": '{"type":' * 50_000, "deep_coordinates": '{"type":"Polygon","coordinates":' + "[" * 5000 + "]" * 5000 + "}",
        "lone_surrogate": json.dumps(collection(square(a="\ud800"))), "html": "<html><body>404</body></html>", "words": "这不是 GeoJSON",
        "lines": "\n".join(json.dumps(square()) for _ in range(3)), "long_number": good.replace("121.001", "121." + "1" * 200_000),
    }  # fmt: skip
    return texts | {f"geojson/{k}.geojson": v for k, v in spoiled.items()}


def placemark(ring: str = "121,31 121.001,31 121.001,31.001 121,31", name: str = "示例") -> str:
    polygon = f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    return f"<Placemark><name>{name}</name>{polygon}</Placemark>"


def kml(body: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'


def _kml() -> dict[str, str | bytes]:
    good = kml(placemark())
    made: dict[str, str | bytes] = {
        "no_placemark": kml(""), "no_document": '<kml xmlns="http://www.opengis.net/kml/2.2"></kml>', "cut": good[:-30],
        "not_kml": "<gpx></gpx>", "html": "<html></html>", "open_tag": good.replace("</Polygon>", ""), "ampersand": kml(placemark(name="a & b")),
        "no_shape": kml("<Placemark><name>x</name></Placemark>"), "no_coordinates": kml(placemark("")), "two_points": kml(placemark("121,31 121.1,31")),
        "words": kml(placemark("a,b c,d e,f")), "nan": kml(placemark("121,31 nan,31 121,31.1 121,31")), "swapped": kml(placemark("31,121 31,121.001 31.001,121.001 31,121")),
        "far": kml(placemark("500,31 501,31 501,32 500,31")), "unclosed": kml(placemark("121,31 121.001,31 121.001,31.001")),
        "two_folders": kml(f"<Folder><name>甲</name>{placemark()}</Folder><Folder><name>乙</name>{placemark()}{placemark()}</Folder>"),
        "same_folders": kml(f"<Folder><name>甲</name>{placemark()}</Folder><Folder><name>甲</name>{placemark()}</Folder>"),
        "gbk": kml(placemark(), '<?xml version="1.0" encoding="GBK"?>').encode("gbk"), "gbk_unsaid": good.encode("gbk"),
        "gb2312": kml(placemark(), '<?xml version="1.0" encoding="gb2312"?>').encode("gb2312"), "utf16": kml(placemark(), "").encode("utf-16"),
        "wrong_encoding": kml(placemark(), '<?xml version="1.0" encoding="UTF-8"?>').encode("gb18030"), "nested": kml("<Folder>" * 300 + placemark() + "</Folder>" * 300),
        "deep": "<kml>" + "<a>" * 100_000, "points": kml("<Placemark><Point><coordinates>121,31</coordinates></Point></Placemark>"),
        "mixed": kml(placemark() + "<Placemark><Point><coordinates>121,31</coordinates></Point></Placemark>"), "one_without": kml(placemark() + "<Placemark/>"),
        "control": good.replace("示例", "示\x01例"), "empty": "", "prefix": good.replace("<kml", "<k:kml").replace("</kml>", "</k:kml>"),
    }  # fmt: skip
    return {f"kml/{k}.kml": v for k, v in made.items()}


def txt(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _txt() -> dict[str, str | bytes]:
    good = txt(*HEAD, PLOT, *POINTS)

    def changed(old: str, new: str) -> str:
        return good.replace(old, new)

    made: dict[str, str | bytes] = {
        "no_points": txt(*HEAD, PLOT), "no_plot_line": txt(*HEAD, *POINTS), "two_points": txt(*HEAD, PLOT, *POINTS[:2]), "only_head": txt(*HEAD),
        "one_plot_empty": txt(*HEAD, PLOT, *POINTS, PLOT), "no_at": changed("@", ""), "words": changed("40585100.000", "abc"), "nan": changed("40585100.000", "nan"),
        "inf": changed("40585100.000", "1e999"), "underscore": changed("40585100.000", "40_585_100"), "missing_column": changed(",40585100.000", ""),
        "one_swapped": changed("3440080.000,40585100.000", "40585100.000,3440080.000"), "two_zones": changed("40585100.000", "41585100.000"),
        "zone_disagrees": changed("带号=40", "带号=41"), "zone_99": changed("带号=40", "带号=").replace(",40585", ",99585"), "no_zone": changed("带号=40", "带号=").replace(",40585", ",585"),
        "zone_words": changed("带号=40", "带号=四十").replace(",40585", ",585"), "datum_80": changed("2000国家大地坐标系", "80国家大地坐标系"), "datum_54": changed("2000国家大地坐标系", "1954北京坐标系"),
        "datum_blank": changed("坐标系=2000国家大地坐标系", "坐标系="), "unit_km": changed("计量单位=米", "计量单位=公里"), "parameters": changed("转换参数=0,0,0,0,0,0,0", "转换参数=12.5,3,0,0,0,0,0"),
        "area_wrong": changed("4,0.8,", "4,1.8,"), "area_words": changed("4,0.8,", "4,八,"), "count_wrong": changed("4,0.8,", "40,0.8,"), "crossing": txt(*HEAD, PLOT, POINTS[0], POINTS[2], POINTS[1], POINTS[3]),
        "ring_overlaps": txt(*HEAD, PLOT, *POINTS, *(p.replace(",1,", ",2,").replace("405850", "405850").replace("40585100", "40585050") for p in POINTS)),
        "ring_twice": txt(*HEAD, PLOT, *POINTS, *(p.replace(",1,", ",2,") for p in POINTS)), "local": txt(*HEAD, PLOT, "J1,1,100.5,-2000.1", "J2,1,100.5,-1900", "J3,1,200,-1900"),
        "too_large": changed("40585100.000", "4058510000000"), "outside": txt(*HEAD, PLOT, *(p.replace("34400", "24400") for p in POINTS)),
        "degrees_minutes": txt(PLOT, "J1,1,121°0'0\",31°0'0\"", "J2,1,121°1'0\",31°0'0\"", "J3,1,121°1'0\",31°1'0\""), "plain_text": "今天开会。\n明天再说。\n", "readme": "README\n\nThis is a data package.\n",
        "zero": b"", "blank": "\n\n\n", "zeros": b"\x00" * 500, "binary": bytes(range(256)) * 4, "utf16": good.encode("utf-16"), "utf16_be": good.encode("utf-16-be"), "gbk": good.encode("gbk"), "utf8_bom": good.encode("utf-8-sig"),
        "bom_gbk": b"\xef\xbb\xbf" + good.encode("gbk"), "cr": good.replace("\n", "\r"), "crlf": good.replace("\n", "\r\n"), "full_width": good.replace(",", "，").replace("=", "＝").replace("@", "＠"),
        "brackets": good.replace("[", "【").replace("]", "】"), "at_alone": "@\n", "commas": ",,,,@\n,,,\n", "long_line": "J1," + "9" * 100_000 + "\n" + good, "cut": good[: len(good) // 2],
        "ring_words": txt(*HEAD, PLOT, *(p.replace(",1,", ",内环,") for p in POINTS)), "negative": txt(*HEAD, PLOT, *(p.replace(",40585", ",-40585") for p in POINTS)),
        "repeated": txt(*HEAD, PLOT, *(POINTS[0],) * 8), "same_line": txt(*HEAD, PLOT, "J1,1,3440000,40585000", "J2,1,3440000,40585050", "J3,1,3440000,40585100"),
        "html": "<html>4,0.8,1,x,面,,,,@</html>", "no_area_3": txt(PLOT.replace("0.8", ""), *POINTS), "semicolons": good.replace("3440", "3440").replace(",1,", ";1;"),
    }  # fmt: skip
    return {f"txt/{k}.txt": v for k, v in made.items()}


def _wkt() -> dict[str, str | bytes]:
    ring = "((121 31,121.001 31,121.001 31.001,121 31))"
    made: dict[str, str | bytes] = {
        "no_system": f"POLYGON{ring}\n", "half": f"POLYGON{ring[:-2]}\n", "words": "不是 WKT\n", "one_bad": f"POLYGON{ring}\nPOLYGON((1 2)\n", "empty": "POLYGON EMPTY\n",
        "two_srids": f"SRID=4490;POLYGON{ring}\nSRID=4528;POLYGON{ring}\n", "ewkt": f"SRID=4490;POLYGON{ring}\n", "srid_unknown": f"SRID=99999;POLYGON{ring}\n", "epsg_4490_named": f"POLYGON{ring}\n",
        "epsg_4528_named": f"POLYGON{ring}\n", "nan": "POLYGON((121 31,nan 31,121 31.1,121 31))\n",
    }  # fmt: skip
    return {f"wkt/{k}.wkt": v for k, v in made.items()}


def _csv() -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {
        "only_head": "BSM,面积\n", "zero": b"", "blank": "\n\n", "twice": "BSM,BSM\n1,2\n", "long_row": "BSM,a\n1,2,3\n", "short_row": "BSM,a,b\n1,2\n", "gbk": "BSM,名称\n1,示例\n".encode("gbk"),
        "utf16": "BSM,名称\n1,示例\n".encode("utf-16"), "bom": "BSM,名称\n1,示例\n".encode("utf-8-sig"), "tabs": "BSM\t名称\n1\t示例\n", "semicolons": "BSM;名称\n1;示例\n", "quotes": 'BSM,名称\n1,"示例\n2,x\n',
        "no_names": ",,\n1,2,3\n", "binary": bytes(range(256)), "nul": "BSM,a\n1,\x00\n", "formula": "BSM,a\n1,=1+1\n",
    }  # fmt: skip
    return {f"csv/{k}.csv": v for k, v in made.items()}
