"""How long work is carried out: calls handed to this process or to Dask, results in a folder that can be resumed.

:func:`surrogate.execution.workers.executor` opens the place, :mod:`~surrogate.execution.folder` keeps the results.
Neither knows what is computed.
"""
