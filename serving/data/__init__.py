"""Cited measurements, and what can be asked: requests, work and page."""
