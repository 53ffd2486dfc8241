"""Fit, evaluate and promote models, with every run tracked: `python -m training`."""
