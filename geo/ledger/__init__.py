"""WHAT IS LEFT? The offset pool as an immutable double-entry ledger in integers.

Nothing here knows a polygon (evidence is bytes) or a number of the law (it comes in with ``Rules``).
"""
