"""WHERE AND HOW BIG: coordinate systems, the one official area, borders and neighbours."""
