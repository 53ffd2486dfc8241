"""The models in service: requests, work and page."""
