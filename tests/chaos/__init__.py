"""Chaos: many processes, killed without warning, and nothing acknowledged is ever lost. ``make chaos``."""
