"""THE DOORS: the only rooms that read or write geographic files. Same answer out of each: frames and Findings."""
