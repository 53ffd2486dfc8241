"""``python -m training check | simulate | fit | evaluate | promote | card``."""

from __future__ import annotations

import sys

from training.commands import main

if __name__ == "__main__":
    sys.exit(main())
