"""``python -m training check | simulate | fit | evaluate | promote | card``."""

from __future__ import annotations

import signal
import sys

from training.commands import main

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler that ends the job is an interruption too
    sys.exit(main())
