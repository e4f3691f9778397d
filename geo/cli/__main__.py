"""``python -m geo.cli`` is the command ``tianchou``."""

import sys

from geo.cli import main

sys.exit(main())
