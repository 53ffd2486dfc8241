"""`surrogate predict | suggest | read …`: arguments in, one library call, a table out.

Data go to stdout, everything else to stderr. Exit codes: 0 done, 1 unexpected, 2 usage, 3 invalid input, 4 out of
domain with ``--strict``, 5 model or data missing, 7 quality gate not met, 130 interrupted. Nothing heavy is imported
until a command needs it, so ``--help`` answers at once.
"""

from __future__ import annotations

from surrogate.cli.main import app

__all__ = ["app"]
