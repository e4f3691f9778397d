"""INSIDE THE CONFINED PROCESS: one reader a format. They answer with Arrow tables and notes, never with objects.

Nothing here is called by the rest of the house: ``geo.io.worker_process`` runs it in a child without network.
"""
