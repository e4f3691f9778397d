"""Fuzzing of the parsers that are our own: ``python -m tests.fuzz``; its seeds are replayed by the suite."""
