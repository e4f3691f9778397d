"""GDAL is let in with the few drivers the house expects, before its first import: no VRT, no remote paths."""

from __future__ import annotations

import os
import sys
from functools import cache

# Everything else that pyogrio's and rasterio's wheels know is switched off (reference: a .geojson may be a VRT).
_REFUSED = (
    "VRT OGR_VRT GDALG WFS OAPIF WMS WMTS WCS HTTP OGCAPI PLScenes PLMosaic EEDA EEDAI CSW Elasticsearch "
    "Carto AmigoCloud GML GeoRSS GPX MVT MBTiles PMTiles PDF XLSX ODS CSV SQLite PGDUMP DXF DGN LVBAG S57 SXF "
    "JML VDV OSM GeoJSONSeq ESRIJSON TopoJSON ENVI EHdr GenBin DERIVED STACTA STACIT ZARR GRIB AAIGrid ISCE "
    "SAFE MRF PCIDSK Selafin AVCBin AVCE00 Idrisi PCRaster NGW MapML FlatGeobuf JSONFG MiraMonVector "
)


@cache
def guard() -> None:
    """Limit GDAL once per process and drop stray PROJ/GDAL paths of other software. Call before importing a reader."""
    if "pyogrio" not in sys.modules and "rasterio" not in sys.modules:
        os.environ.setdefault("GDAL_SKIP", _REFUSED)
    os.environ.setdefault("GDAL_HTTP_PROXY", "127.0.0.1:9")
    os.environ["GDAL_DISABLE_READDIR_ON_OPEN"] = "EMPTY_DIR"
    os.environ["OGR_ENABLE_PARTIAL_REPROJECTION"] = "NO"
    for stray in ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH"):
        os.environ.pop(stray, None)
