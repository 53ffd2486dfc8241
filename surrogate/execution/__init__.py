"""How long work is carried out: pieces handed to this process or to Dask, results in a folder that can be resumed.

:mod:`~surrogate.execution.workers` says where (:func:`~surrogate.execution.workers.executor`) and hands out,
:mod:`~surrogate.execution.folder` keeps. Neither knows what a piece of work is.
"""
