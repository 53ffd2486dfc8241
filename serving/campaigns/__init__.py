"""Campaigns with their suggestions, results and lab sheets: requests, work and pages."""
