"""TELL: workbook (XLSX), print sheets (PDF/PNG), plan layers (GPKG/SHP), tiles of the app. Nothing here decides."""
