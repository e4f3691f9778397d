"""The relocation plan: a problem as a value, a solver behind one door, and a recheck that needs no solver.

Read in this order: ``plots`` (the rows), ``constraints/`` (what must hold, one noun a file), ``objective`` (what is
minimised), ``problem`` (all of it as one frozen value), ``model`` (the door to the solvers), ``solution`` (the answer),
``recheck`` (the answer verified again from the layers by plain arithmetic).
"""
