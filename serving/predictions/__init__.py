"""Predictions, how compositions are read, and what moves a prediction: requests, work and page."""
