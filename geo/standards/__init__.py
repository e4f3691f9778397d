"""THE WORDS: codes, layer schemas, units and messages, kept as data in ``tables/*.csv``. No geometry here."""
