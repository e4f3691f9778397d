"""A3 of a whole zone as PDF: seconds of processor and wall for each step: ``python -m bench.print ZONE [-n 5]``.

The app has the zone open already, so its wait is "draw and write"; the command also reads the layers.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from geo.io.zone_folder import read_zone
from geo.study import map_sheet


def main() -> None:
    """Prints the medians of so many rounds, the first one (compilers, fonts) told apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("zone", type=Path)
    parser.add_argument("-n", "--rounds", type=int, default=5)
    args = parser.parse_args()
    wish = map_sheet.Wish(paper="A3")
    begun = time.perf_counter(), time.process_time()
    zone = read_zone(args.zone, layers=map_sheet.needed_layers(wish))
    print(f"read      {time.perf_counter() - begun[0]:6.2f} s wall {time.process_time() - begun[1]:6.2f} s cpu")
    wall, cpu = [], []
    with tempfile.TemporaryDirectory() as room:
        for number in range(args.rounds + 1):
            begun = time.perf_counter(), time.process_time()
            path = map_sheet.write(map_sheet.sheet(zone, wish), wish, Path(room) / "zone.pdf")
            spent = time.perf_counter() - begun[0], time.process_time() - begun[1]
            if number == 0:
                size = path.stat().st_size
                print(f"first     {spent[0]:6.2f} s wall {spent[1]:6.2f} s cpu  {len(zone.layer('parcels'))} parcels")
                continue
            wall.append(spent[0])
            cpu.append(spent[1])
    print(f"A3 as PDF {statistics.median(wall):6.2f} s wall {statistics.median(cpu):6.2f} s cpu  {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
