"""One page a noun; each about sixty lines."""
