"""田畴: measure, judge, decide, tell. See ARCHITECTURE.md for the floor plan of the house."""

__version__ = "0.1.0"
