"""Screening: very many candidates of a space, each predicted with interval and domain verdict, and the best kept.

Use it where a space is so large that the pool of a planner or of inverse design sees little of it; what comes out is a
table of different recipes, best first. :func:`screen` runs one into a folder that can be resumed, on this machine or on
a Dask cluster; memory does not grow with the number of candidates, and the answer depends on neither the number of
workers, nor the size of the chunks, nor the order in which they finish.
"""

from surrogate.planner.screening.run import Screened, screen
from surrogate.planner.screening.task import Screening

__all__ = ["Screened", "Screening", "screen"]
