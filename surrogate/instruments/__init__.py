"""Files of instruments as values of properties: spectra of impedance and records of cyclers, with where they come from.

:func:`surrogate.instruments.measuring.measure` is the way in.
"""
