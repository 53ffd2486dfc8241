"""What people look at: figures, and a report in one HTML file.

:mod:`surrogate.report.figures` has one function per figure, each of which returns a matplotlib ``Figure``; notebook,
report and training runs draw with the same functions. :func:`surrogate.report.document.write_report` makes the file.
"""
