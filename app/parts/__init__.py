"""Parts that the pages share: the map, the layer tree, forms, tables, downloads."""
