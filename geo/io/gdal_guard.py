"""GDAL is let in with the few drivers the house expects, before its first import: no VRT, no remote paths."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

ALLOWED = frozenset(("ESRI Shapefile", "GeoJSON", "GPKG", "OpenFileGDB", "LIBKML", "KML", "GTiff", "MEM", "Memory"))
# Everything else that pyogrio's and rasterio's wheels know is switched off (a .geojson may be a VRT, GDALG or WFS).
# tests/unit/io/test_gdal_guard.py fails when a new GDAL knows more.
_REFUSED = """
AAIGrid ACE2 ADBC ADRG AIG AirSAR AIVector AmigoCloud AVCBin AVCE00 BAG BIGGIF BLX BMP BSB BT BYN CALS Carto CEOS COASP
COG COSAR CPG CSV CSW CTable2 CTG DAAS DERIVED DGN DIMAP DIPEx DOQ1 DOQ2 DTED DXF ECRGTOC EDIGEO EEDA EEDAI EHdr EIR
ELAS Elasticsearch ENVI ERS ESAT ESRIC ESRIJSON FAST FIT FlatGeobuf GDALG GenBin GeoJSONSeq GeoRSS GFF GIF GML
GNMDatabase GNMFile GPSBabel GPX GRASSASCIIGrid GRIB GS7BG GSAG GSBG GSC GTFS GTI GTX GXF HDF5 HDF5Image HF2 HFA HTTP
Idrisi ILWIS IRIS ISCE ISG ISIS2 ISIS3 JAXAPALSAR JDEM JML JP2OpenJPEG JPEG JSONFG KMLSUPEROVERLAY KRO L1B LAN LCP
Leveller LOSLAS LVBAG MAP MapML MBTiles MFF MFF2 MiraMonVector MRF MSGN MVT NDF netCDF NGSGEOID NGW NITF NOAA_B
NSIDCbin NTv2 NWT_GRC NWT_GRD OAPIF ODS OGCAPI OGR_GMT OGR_PDS OGR_VRT OSM OZI PAux PCIDSK PCRaster PDF PDS PDS4 PGDUMP
PLMOSAIC PLSCENES PLScenes PLMosaic PMTiles PNG PNM PRF R Rasterlite RIK RMF ROI_PAC RPFTOC RRASTER RS2 RST S102 S104
S111 S57 SAFE SAGA SAR_CEOS SDTS Selafin SENTINEL2 SGI SIGDEM SNAP_TIFF SNODAS SQLite SRP SRTMHGT STACIT STACTA SXF
Terragen TGA TIL TopoJSON TSX USGSDEM VDV VFK VICAR VRT WAsP WCS WEBP WFS WMS WMTS XLSX XPM XYZ Zarr ZMap
"""
_LIST = ",".join([*_REFUSED.split(), "MapInfo File"])
_STRAY = ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH", "OGR_DRIVER_PATH")
_QUIET = {
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "OGR_ENABLE_PARTIAL_REPROJECTION": "NO",
    # Arcs become chords of a quarter of a degree: a circle loses 3e-6 of its area (GDAL's 4 degrees: 8e-4).
    "OGR_ARC_STEPSIZE": "0.25",
    "PROJ_NETWORK": "OFF",
    "CPL_LOG": os.devnull,  # each library would tell which of the names it does not know anyway
}


@cache
def guard() -> None:
    """Limit GDAL once per process and drop stray PROJ/GDAL paths of other software. Call before importing a reader."""
    if "pyogrio" not in sys.modules and "rasterio" not in sys.modules:
        os.environ.setdefault("GDAL_SKIP", _LIST)
    os.environ.update(_QUIET)
    for stray in _STRAY:
        os.environ.pop(stray, None)


def worker_environment() -> dict[str, str]:
    """Environment of the process that opens strangers' files: the same limits, this package first on the path."""
    here = str(Path(__file__).resolve().parents[2])
    kept = {k: v for k, v in os.environ.items() if k not in _STRAY and not k.upper().endswith("_PROXY")}
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    path = os.pathsep.join(p for p in (here, os.environ.get("PYTHONPATH", "")) if p)
    return {
        **kept, **_QUIET, **nowhere, "GDAL_SKIP": _LIST, "PYTHONPATH": path, "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        "SHAPE_RESTORE_SHX": "NO", "MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system",
    }  # fmt: skip


def extra_drivers() -> list[str]:
    """Vector drivers that GDAL still offers beyond the allowed ones."""
    guard()
    import pyogrio

    return sorted(set(pyogrio.list_drivers()) - ALLOWED)
