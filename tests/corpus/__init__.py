"""A CORPUS OF BAD FILES, made by a script: what officials really send broken, and what an enemy would send.

``python -m tests.corpus FOLDER`` writes all files; ``expected.csv`` says what the front door answers to each.
"""
