"""What people look at: figures, a report in one HTML file, and an archive for an electronic laboratory notebook.

:mod:`surrogate.report.figures` has one function per figure, each of which returns a matplotlib ``Figure``; notebook,
report and training runs draw with the same functions. Names are loaded when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.report.document import Content, write_report
    from surrogate.report.eln import read_eln, write_eln
    from surrogate.report.review import Review, Standing, review_store

__all__ = ["Content", "Review", "Standing", "read_eln", "review_store", "write_eln", "write_report"]

__getattr__, __dir__ = lazy_names(__name__)
