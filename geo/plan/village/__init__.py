"""Which hamlets move where: the problem as a value, the door to the solver, the proof without it."""
