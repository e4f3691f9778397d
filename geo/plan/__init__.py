"""WHAT SHOULD WE DO? Which land can take the place of the pieces that leave, and the best provable choice among it."""
