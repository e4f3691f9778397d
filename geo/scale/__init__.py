"""The same measures over layers in parts, on an existing engine (dask): equal to the plain ones row by row."""
