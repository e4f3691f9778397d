"""REPLACEMENT OF FARMLAND THAT A PROJECT TAKES (占用补划): reserve lots chosen with a proof, county by county."""
