"""HOW MUCH? Conflicts, blocks, fragmentation, slope: plain figures that know nothing of the law."""
