"""THE NAMED JOBS: typed inputs and outputs, the four steps measure, judge, decide, tell in order, and a run record."""
