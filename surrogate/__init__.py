"""Process-aware surrogate models and inverse design for sulfide all-solid-state batteries.

Start with :func:`surrogate.composition.parse_composition`, describe a :class:`surrogate.measurement.Candidate`,
load a model with :func:`surrogate.models.load`, and ask for a prediction. Importing this package is quick: nothing
heavier than the standard library is loaded until it is needed.
"""

__version__ = "0.1.0"
