"""Figures and the one-file report; see the modules."""
