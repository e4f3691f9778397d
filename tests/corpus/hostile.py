"""Files of an enemy: they point to other files or addresses, explode, never end, or carry commands in their text.

``secret`` is the path of a file that no answer may show a byte of; ``port`` is where a listener waits in vain.
"""

# ruff: noqa: E501  # tables of cases
from __future__ import annotations

import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from .base import PARTS, Case, Cases, sound
from .texts import collection, kml, placemark, square


def cases(room: Path, *, secret: Path, port: int) -> Cases:
    """Every hostile case."""
    url = f"http://127.0.0.1:{port}"
    yield from _pointers(secret, url)
    yield from _json(url, secret)
    yield from _xml(url, secret)
    yield from _sqlite(url, secret)
    yield from _tif(secret, url)
    yield from _archives(room, secret)
    yield from _names(room)
    yield from _endless(secret)


def _text(name: str, body: str) -> Case:
    return Case(f"hostile/{name}", lambda p: p.write_bytes(body.encode("utf-8")))


def _vrt(source: str) -> str:
    return f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


def _raster_vrt(source: str, kind: str = "SourceFilename") -> str:
    if kind == "raw":
        band = f'<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand"><SourceFilename>{source}</SourceFilename></VRTRasterBand>'
    elif kind == "python":
        band = '<VRTRasterBand dataType="Byte" band="1" subClass="VRTDerivedRasterBand"><PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage><PixelFunctionCode>import os</PixelFunctionCode></VRTRasterBand>'
    else:
        band = f'<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>{source}</SourceFilename></SimpleSource></VRTRasterBand>'
    return f'<VRTDataset rasterXSize="20" rasterYSize="20">{band}</VRTDataset>'


def _pointers(secret: Path, url: str) -> Cases:
    for suffix in (
        ".geojson",
        ".json",
        ".shp",
        ".gpkg",
        ".kml",
        ".vrt",
        ".csv",
        ".txt",
        ".dbf",
        ".parquet",
        ".tif",
        ".wkt",
        ".zip",
        ".xlsx",
    ):
        yield _text(f"vrt_local{suffix}", _vrt(str(secret)))
    for suffix in (".geojson", ".shp", ".gpkg", ".kml"):
        yield _text(f"vrt_remote{suffix}", _vrt(f"/vsicurl/{url}/a.geojson"))
    yield _text("vrt_spaces.geojson", "\n\n  <!-- x -->" + _vrt(str(secret)))
    yield _text(
        "vrt_sql.geojson", _vrt(str(secret)).replace("</OGRVRTLayer>", "<SrcSQL>DELETE FROM t</SrcSQL></OGRVRTLayer>")
    )
    wfs = f"<OGRWFSDataSource><URL>{url}/wfs?service=WFS</URL></OGRWFSDataSource>"
    wms = f'<GDAL_WMS><Service name="WMS"><ServerUrl>{url}/wms?</ServerUrl></Service></GDAL_WMS>'
    for suffix in (".geojson", ".kml", ".gpkg"):
        yield _text(f"wfs{suffix}", wfs)
    for suffix in (".tif", ".tiff"):
        yield _text(f"wms{suffix}", wms)
    yield _text("address_alone.geojson", f"{url}/a.geojson")
    yield _text("connection.geojson", f"PG:host=127.0.0.1 port={url.rpartition(':')[2]}")
    yield _text("memory.tif", "MEM:::DATAPOINTER=1,PIXELS=10,LINES=10,BANDS=1,DATATYPE=Byte")


def _json(url: str, secret: Path) -> Cases:
    command = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {secret} ! write --format stream",
    }
    remote = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {url}/a.geojson"}
    for suffix in (".geojson", ".json", ".gdalg.json"):
        yield _text(f"gdalg{suffix}", json.dumps(command))
        yield _text(f"gdalg_remote{suffix}", json.dumps(remote))
    yield _text("gdalg_padded.geojson", json.dumps({"a": "x" * 5000, **command}))
    for name, crs in {
        "link": {"type": "link", "properties": {"href": f"{url}/crs", "type": "proj4"}}, "url": {"type": "url", "properties": {"url": f"{url}/crs"}},
        "name_url": {"type": "name", "properties": {"name": f"{url}/crs"}}, "name_path": {"type": "name", "properties": {"name": str(secret)}},
        "ogc_url": {"type": "name", "properties": {"name": f"{url}/def/crs/EPSG/0/4490"}}, "name_wkt": {"type": "name", "properties": {"name": 'GEOGCS["x"]'}},
        "name_grids": {"type": "name", "properties": {"name": f"+proj=longlat +nadgrids={secret}"}},
    }.items():  # fmt: skip
        yield _text(f"crs_{name}.geojson", json.dumps(collection(square(), crs=crs)))
    yield _text(
        "esri_json.json",
        json.dumps({"geometryType": "esriGeometryPolygon", "features": [], "spatialReference": {"wkt": url}}),
    )
    yield _text(
        "service.json",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [],
                "links": [{"rel": "next", "href": f"{url}/next"}],
                "next": f"{url}/n",
            }
        ),
    )
    yield _text(
        "script_values.geojson",
        json.dumps(collection(square(名称="<img src=x onerror=alert(1)>", b="${alert(1)}", c="=cmd|'/C calc'!A0"))),
    )
    yield _text(
        "script_columns.geojson",
        json.dumps(collection(square(**{"<script>alert(1)</script>": 1, "a'b\"c": 2, "\u202e": 3}))),
    )
    yield _text(
        "script_layer.geojson", json.dumps({**collection(square()), "name": "<script>alert(1)</script>\u202e\n"})
    )


def _xml(url: str, secret: Path) -> Cases:
    laughs = (
        '<!DOCTYPE k [<!ENTITY a "ha">'
        + "".join(
            f'<!ENTITY {c} "{"&" + p + ";" * 1}{("&" + p + ";") * 9}">'
            for p, c in zip("abcdefghi", "bcdefghij", strict=True)
        )
        + "]>"
    )
    yield _text("laughs.kml", '<?xml version="1.0"?>' + laughs + kml(placemark(name="&j;"), ""))
    yield _text(
        "entity_file.kml", f'<!DOCTYPE k [<!ENTITY s SYSTEM "file://{secret}">]>' + kml(placemark(name="&s;"), "")
    )
    yield _text("entity_remote.kml", f'<!DOCTYPE k [<!ENTITY s SYSTEM "{url}/e">]>' + kml(placemark(name="&s;"), ""))
    yield _text("entity_parameter.kml", f'<!DOCTYPE k [<!ENTITY % s SYSTEM "{url}/dtd"> %s;]>' + kml(placemark(), ""))
    yield _text("doctype_remote.kml", f'<!DOCTYPE kml SYSTEM "{url}/kml.dtd">' + kml(placemark(), ""))
    yield Case(
        "hostile/entity_utf16.kml",
        lambda p: p.write_bytes(
            (f'<!DOCTYPE k [<!ENTITY s SYSTEM "file://{secret}">]>' + kml(placemark(name="&s;"), "")).encode("utf-16")
        ),
    )
    yield _text(
        "network_link.kml", kml(f"<NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink>" + placemark())
    )
    yield _text("only_network_link.kml", kml(f"<NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink>"))
    yield _text(
        "style_remote.kml", kml(placemark().replace("<Polygon>", f"<styleUrl>{url}/s.kml#x</styleUrl><Polygon>"))
    )
    yield _text("overlay.kml", kml(f"<GroundOverlay><Icon><href>{secret}</href></Icon></GroundOverlay>" + placemark()))
    yield _text(
        "schema_remote.kml",
        kml(placemark(), "").replace(
            "<kml ", f'<kml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x {url}/x.xsd" '
        ),
    )
    yield _text(
        "include.kml",
        kml(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>' + placemark()),
    )
    yield _text(
        "gml.kml",
        f'<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"><gml:member xlink:href="{url}/x"/></gml:FeatureCollection>',
    )
    yield _text("script_name.kml", kml(placemark(name="&lt;script&gt;alert(1)&lt;/script&gt;")))

    def sheet(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as sink:
            sink.writestr(
                "[Content_Types].xml",
                f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">&s;</Types>',
            )
            sink.writestr("xl/workbook.xml", f'<!DOCTYPE x [<!ENTITY s SYSTEM "{url}/x">]><workbook>&s;</workbook>')

    yield Case("hostile/entity.xlsx", sheet)


def _sqlite(url: str, secret: Path) -> Cases:
    def view(sql: str) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            import geopandas as gpd
            from shapely import box

            gpd.GeoDataFrame({"a": [1]}, geometry=[box(121, 31, 121.1, 31.1)], crs=4490).to_file(
                path, layer="t", engine="pyogrio"
            )
            base = sqlite3.connect(path)
            base.execute(f"CREATE VIEW v AS {sql}")
            base.execute(
                "INSERT INTO gpkg_contents SELECT 'v', data_type, 'v', description, last_change, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents LIMIT 1"
            )
            base.execute(
                "INSERT INTO gpkg_geometry_columns SELECT 'v', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns LIMIT 1"
            )
            base.commit()
            base.close()

        return write

    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS fid, NULL AS geom FROM c"
    for name, sql in {
        "endless": endless, "pixel": f"SELECT 1 AS fid, gdal_get_pixel_value('{secret}', 1, 'pixel', 0, 0) AS geom", "geocode": f"SELECT 1 AS fid, ogr_geocode('{url}') AS geom",
        "extension": f"SELECT 1 AS fid, load_extension('{secret}') AS geom", "file": f"SELECT 1 AS fid, readfile('{secret}') AS geom", "zeros": "SELECT 1 AS fid, zeroblob(2000000000) AS geom",
    }.items():  # fmt: skip
        yield Case(f"hostile/view_{name}.gpkg", view(sql))

    def swapped(path: Path) -> None:
        view(endless)(path)
        base = sqlite3.connect(path)
        base.execute("DROP TABLE t")
        base.execute(f"CREATE VIEW t AS {endless}")
        base.commit()
        base.close()

    def many(path: Path) -> None:
        view(endless)(path)
        base = sqlite3.connect(path)
        base.execute("DROP VIEW v")
        base.execute("DELETE FROM gpkg_contents WHERE table_name = 'v'")
        for n in range(400):
            base.execute(f"CREATE TABLE t{n}(fid INTEGER PRIMARY KEY, geom BLOB)")
            base.execute(
                f"INSERT INTO gpkg_contents(table_name, data_type, identifier, srs_id) VALUES ('t{n}', 'attributes', 't{n}', 4490)"
            )
        base.commit()
        base.close()

    yield Case("hostile/view_for_table.gpkg", swapped)
    yield Case("hostile/many_layers.gpkg", many)


def _tif(secret: Path, url: str) -> Cases:
    for name, body in {
        "vrt_raw": _raster_vrt(str(secret), "raw"), "vrt_bands": _raster_vrt(str(secret)), "vrt_remote": _raster_vrt(f"/vsicurl/{url}/a.tif"), "vrt_python": _raster_vrt("x", "python"),
        "passwd": _raster_vrt("/etc/passwd", "raw"),
    }.items():  # fmt: skip
        yield _text(f"{name}.tif", body)

    def sparse(path: Path, width: int, height: int) -> None:
        """A header that declares a raster of many gigabytes with no data behind it."""
        tags = [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 32),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (277, 3, 1, 1),
            (322, 4, 1, 512),
            (323, 4, 1, 512),
            (339, 3, 1, 3),
        ]
        body = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", len(tags))
        body += b"".join(struct.pack("<HHII", *tag) for tag in tags) + struct.pack("<I", 0)
        path.write_bytes(body)

    yield Case("hostile/sparse.tif", lambda p: sparse(p, 200_000, 200_000))
    yield Case("hostile/sparse_largest.tif", lambda p: sparse(p, 2**31 - 1, 2**31 - 1))
    yield Case(
        "hostile/loop.tif",
        lambda p: p.write_bytes(b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0) + struct.pack("<I", 8)),
    )


def _archives(room: Path, secret: Path) -> Cases:
    def entries(name: str, *made: tuple[str | zipfile.ZipInfo, bytes]) -> Case:
        def write(path: Path) -> None:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
                for entry, body in made:
                    sink.writestr(entry, body)

        return Case(f"hostile/{name}.zip", write)

    text = json.dumps(collection(square())).encode()
    yield entries("climb", ("../../climbed.geojson", text))
    yield entries("climb_inside", ("a/../../climbed.geojson", text))
    yield entries("absolute", (Path(tempfile.gettempdir(), "tianchou_climbed.geojson").as_posix(), text))
    yield entries("drive", ("C:\\climbed.geojson", text))
    yield entries("control_name", ("a\nb.geojson", text))
    yield entries("long_name", ("a" * 300 + ".geojson", text))
    link = zipfile.ZipInfo("link.geojson")
    link.external_attr = 0o120777 << 16
    yield entries("link", (link, str(secret).encode()))

    def backslash(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as sink:
            sink.writestr("aa_aa_climbed.geojson", text)
        path.write_bytes(path.read_bytes().replace(b"aa_aa_climbed", b"..\\..\\climb.."))

    yield Case("hostile/backslash.zip", backslash)
    yield entries("bomb", ("a.geojson", b" " * 60_000_000))
    yield entries("many", *((f"{n}.txt", b"x") for n in range(2_500)))
    yield entries("vrt_inside", ("a.geojson", _vrt(str(secret)).encode()), ("DLTB.shp", _vrt(str(secret)).encode()))
    yield entries("deep_folder", ("/".join(["d"] * 120) + "/a.geojson", text))

    def overlapping(path: Path) -> None:
        entries("x", ("a.geojson", text))
        with zipfile.ZipFile(path, "w") as sink:
            sink.writestr("a.geojson", b" " * 5000)
            sink.writestr("b.geojson", b" " * 5000)
            sink.filelist[1].header_offset = sink.filelist[0].header_offset

    yield Case("hostile/overlapping.zip", overlapping)

    def declared_less(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
            sink.writestr("a.geojson", b" " * 3_000_000)
            sink.filelist[0].file_size = 100

    yield Case("hostile/declared_less.zip", declared_less)

    def bomb_in_bomb(path: Path) -> None:
        small = path.with_name("inner_bomb.zip")
        with zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as sink:
            sink.writestr("a.geojson", b" " * 60_000_000)
        body = small.read_bytes()
        small.unlink()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
            for n in range(20):
                sink.writestr(f"{n}.zip", body)

    yield Case("hostile/bomb_in_bomb.zip", bomb_in_bomb)
    yield Case("hostile/link_remote.kmz", lambda p: _kmz(p, _vrt(str(secret))))


def _kmz(path: Path, body: str) -> None:
    with zipfile.ZipFile(path, "w") as sink:
        sink.writestr("doc.kml", body)


def _names(room: Path) -> Cases:
    body = json.dumps(collection(square())).encode()
    for name in (
        "<img src=x onerror=alert(1)>.geojson",
        "![x](http:127.0.0.1).geojson",
        "a\nb\x07.geojson",
        "\u202egnp.geojson",
        "=cmd()|.geojson",
        "PG:host=127.0.0.1.geojson",
        "GPKG:x.geojson",
        "--help.geojson",
        "${alert(1)}.geojson",
    ):
        yield Case(f"hostile/names/{name}", lambda p: p.write_bytes(body))

    def shape(path: Path) -> None:
        for suffix in PARTS:
            path.with_suffix(suffix).write_bytes(sound("shp", room).with_suffix(suffix).read_bytes())

    yield Case("hostile/names/vsicurl,{x}.shp", shape)


def _endless(secret: Path) -> Cases:
    yield Case(
        "hostile/brackets.geojson",
        lambda p: p.write_bytes(b'{"type":"FeatureCollection","features":' + b"[" * 3_000_000),
    )
    yield Case(
        "hostile/numbers.geojson",
        lambda p: p.write_bytes(b'{"type":"Point","coordinates":[1' + b"0" * 2_000_000 + b",2]}"),
    )
    yield Case(
        "hostile/integer.geojson",
        lambda p: p.write_bytes(
            json.dumps(collection(square(a=1))).replace('"a": 1', '"a": 1' + "0" * 100_000).encode()
        ),
    )
    yield Case("hostile/columns.csv", lambda p: p.write_bytes(b"a," * 500_000 + b"\n1\n"))
    yield Case("hostile/cell.csv", lambda p: p.write_bytes(b'BSM,a\n1,"' + b"x" * 3_000_000))
    yield Case(
        "hostile/points.txt", lambda p: p.write_bytes(b"4,1,1,x,m,,,,@\n" + b"J1,1,3440000,40585000\n" * 200_000)
    )
    yield Case("hostile/commas.txt", lambda p: p.write_bytes(b"," * 2_000_000 + b"@\n"))
    yield Case("hostile/link_to_secret.geojson", lambda p: p.symlink_to(secret))
    yield Case("hostile/pipe.geojson", _pipe)
    yield Case("hostile/endless_device.geojson", lambda p: p.symlink_to("/dev/zero"))


def _pipe(path: Path) -> None:
    import os

    os.mkfifo(path)
