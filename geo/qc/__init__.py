"""IS THE DATA FIT? Attributes against the data standard, coverage against gaps and overlaps: numbered findings."""
