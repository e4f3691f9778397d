"""THE PAGES: widgets, a call into geo.study, a picture of the answer. Nothing is computed here."""
