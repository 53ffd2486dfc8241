"""How long work is carried out: chunks handed to this process or to Dask, results in a folder that can be resumed.

:mod:`~surrogate.execution.workers` hands out, :mod:`~surrogate.execution.folder` keeps. Neither knows what a chunk is.
"""
